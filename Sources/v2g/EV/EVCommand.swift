import ArgumentParser
import EVCCService
internal import Foundation
import Synchronization
import V2GSession

/// The car. Exit status: 0 charged and stopped well, 1 refused, with the reason, 3 no station found.
struct EVCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ev",
        abstract: "Be a car: find a station, prove the contract, charge, sign receipts, leave.",
        discussion: """
            The PKI directory is one that 'v2g pki init --edition both --samples' makes: V2G roots, the contract, the \
            provisioning certificate and, for -20, the vehicle certificate, each with its key. The station's chain needs \
            a fresh OCSP answer, or the car leaves. Exit status: 0 charged (or paused) and stopped well; 1 refused, with \
            the reason; 2 wrong usage; 3 no station found, or the network or disk failed.
            """)

    @Option(help: ArgumentHelp("The network interface towards the station.", valueName: "IF"))
    var interface: String

    @Option(help: ArgumentHelp("Certificates and keys.", valueName: "DIR"))
    var pki: String

    @Option(help: "How to pay: pnc, eim. Without it, the contract where there is one, else external means.")
    var auth: AuthorizationMethod?

    @Option(help: "What to charge with: ac, dc.")
    var energy: CarConfiguration.Current = .ac

    @Option(
        name: .customLong("protocol"),
        help: "The one protocol to offer: iso20, iso2, din. Without it, iso20 and then iso2.")
    var wireProtocol: CarConfiguration.WireProtocol?

    @Flag(help: "Install a contract certificate through the station, and charge on it.")
    var installContract = false

    @Flag(help: "Pause in the middle of each session, reconnect and take it up again.")
    var pause = false

    @Option(help: ArgumentHelp("How many sessions, one after the other.", valueName: "N"))
    var sessions = 1

    @Option(
        help: ArgumentHelp(
            "A named tolerance of known peers; may be repeated: \(Quirk.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "NAME"))
    var quirks: [Quirk] = []

    @Flag(help: "Print one JSON record a session.")
    var json = false

    @Option(help: "Who leads charging in -20: scheduled, dynamic.")
    var control: VehicleProfile.Control = .scheduled

    @Flag(help: "-20: let power flow back.")
    var bpt = false

    @Option(help: ArgumentHelp("Charge loop messages until the battery has what it wants.", valueName: "N"))
    var loops = 10

    @Option(help: ArgumentHelp("Milliseconds between charge loop messages.", valueName: "MS"))
    var pace = 0

    @Option(help: ArgumentHelp("State of charge at the start, in percent.", valueName: "PERCENT"))
    var soc = 50.0

    @Option(help: ArgumentHelp("Seconds until departure.", valueName: "S"))
    var departure: UInt32?

    @Option(
        help: ArgumentHelp("Where installed contracts are kept. Without it, they last for this run.", valueName: "DIR"))
    var state: String?

    @Option(
        name: .customLong("tls-keylog"),
        help: ArgumentHelp(
            "Write TLS secrets there. For development only: whoever has them reads all.", valueName: "FILE"))
    var keyLog: String?

    func validate() throws {
        guard (1...1_000_000).contains(sessions) else { throw ValidationError("--sessions must be in 1...1000000.") }
        guard (1...100_000).contains(loops) else { throw ValidationError("--loops must be in 1...100000.") }
        guard (0...60_000).contains(pace) else { throw ValidationError("--pace must be in 0...60000 milliseconds.") }
        guard (0.0...100.0).contains(soc) else { throw ValidationError("--soc must be in 0...100 percent.") }
        guard !interface.isEmpty, interface.utf8.count < 16 else {
            throw ValidationError("--interface must be the name of a network interface, at most 15 characters.")
        }
        guard wireProtocol != .din || energy == .dc else {
            throw ValidationError("DIN 70121 charges with DC only; add --energy dc.")
        }
        guard wireProtocol != .din || auth != .plugAndCharge else {
            throw ValidationError("DIN 70121 has no Plug & Charge; use --auth eim.")
        }
    }

    func run() async throws {
        let isJSON = json
        let car: Car
        do {
            car = try await Car(configuration()) { step in
                if !isJSON { CLI.print(step) }
            }
        } catch let error as CLIFailure {
            throw error
        } catch {
            throw CLIFailure(error) ?? CLIFailure(.usage, "\(error)")
        }
        for number in 1...sessions {
            if sessions > 1, !json { CLI.print("session \(number) of \(sessions)") }
            var record = await car.charge(pauses: pause)
            try report(record)
            if record.outcome == "paused" {
                record = await car.charge(pauses: false)
                try report(record)
            }
            guard record.isGood else {
                throw CLIFailure(record.outcome == "noStation" ? .environment : .refused, record.reason)
            }
        }
    }

    private func report(_ record: CarRecord) throws {
        guard json else {
            let after = record.chargingAfterMilliseconds.map { ", charging after \(($0 * 10).rounded() / 10) ms" } ?? ""
            return CLI.print("\(record.outcome): \(record.reason)\(after)")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try CLI.printResult(String(decoding: try encoder.encode(record), as: UTF8.self))
    }

    private func configuration() throws -> CarConfiguration {
        var configuration = CarConfiguration(interface: interface, pki: pki)
        configuration.state = state
        if let auth { configuration.authorization = [auth] }
        configuration.current = energy
        if let wireProtocol {
            configuration.protocols = [wireProtocol]
            if wireProtocol == .din { configuration.authorization = [.external] }
        }
        configuration.installsContract = installContract
        configuration.pauses = pause
        configuration.sessions = sessions
        configuration.quirks = Set(quirks)
        configuration.control = control
        configuration.isBidirectional = bpt
        configuration.loops = loops
        configuration.loopPace = .milliseconds(pace)
        configuration.stateOfCharge = soc
        configuration.departure = departure
        if let keyLog { configuration.keyLog = try Self.keyLogger(keyLog) }
        return configuration
    }

    private static func keyLogger(_ path: String) throws -> @Sendable (String) -> Void {
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw CLIFailure(.environment, "'\(path)' cannot be written. Name another file for --tls-keylog.") }
        CLI.note("warning: TLS secrets go to '\(path)'; whoever reads it reads the session")
        let file = Mutex(handle)
        return { line in
            file.withLock { handle in
                // A lost line of a development aid must not end a session.
                try? handle.write(contentsOf: Data((line + "\n").utf8))
            }
        }
    }
}

extension AuthorizationMethod: ExpressibleByArgument {}
extension Quirk: ExpressibleByArgument {}
extension CarConfiguration.Current: ExpressibleByArgument {}
extension CarConfiguration.WireProtocol: ExpressibleByArgument {}
extension VehicleProfile.Control: ExpressibleByArgument {}

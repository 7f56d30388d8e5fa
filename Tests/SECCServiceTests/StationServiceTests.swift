import V2GMessagesAppProtocol
import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing
import V2GFraming
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GTransport

@testable import SECCService

/// A station on the loopback address with cars that are scripts.
@Suite("A station serves connections", .serialized) struct StationServiceTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let loopback = IPv6Address(high: 0, low: 1)

    private func withStation<R>(
        _ lab: Lab, evses: Int = 1, _ body: (StationService) async throws -> R
    ) async throws -> R {
        let group = MultiThreadedEventLoopGroup.singleton
        var configuration = StationConfiguration(
            pki: .directory(lab.pki), state: lab.state,
            evses: try (1...evses).map {
                StationConfiguration.EVSE(
                    id: try #require(EVSEID("DE*ABC*E000\($0)")), interface: "lo",
                    port: UInt16.random(in: 20_000...29_999), equipment: .simulatedAtOnce)
            })
        for index in configuration.evses.indices { configuration.evses[index].port = configuration.evses[0].port }
        var placement = StationService.Placement()
        placement.address = Self.loopback
        placement.sdpPort = nil
        let service = try await StationService.start(
            configuration, placement: placement, on: group, logger: Self.quiet)
        do {
            let result = try await body(service)
            await service.stop(grace: .seconds(2))
            return result
        } catch {
            await service.stop(grace: .zero)
            throw error
        }
    }

    private func drive(
        _ service: StationService, _ script: [V2GTPFrame], closes: Bool = true, port index: Int = 0
    ) async throws -> ScriptedCar.Log {
        let log = ScriptedCar.Log()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let port = try #require(service.ports.indices.contains(index) ? service.ports[index] : nil)
        try await V2GConnector(place: .address(Self.loopback)).connect(
            to: LinkEndpoint(address: Self.loopback, scope: 0, port: port), on: loop
        ) { _ in ScriptedCar(script, closes: closes, log: log) }.get()
        return log
    }

    private func eventually(_ what: Comment, _ condition: () throws -> Bool) async throws {
        for _ in 0..<500 {
            if try condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record(what)
    }

    private func records(_ lab: Lab) throws -> [SessionRecord] {
        let directory = "\(lab.state)/sessions"
        return try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".json") }.map {
            try JSONDecoder().decode(
                SessionRecord.self, from: Data(contentsOf: URL(fileURLWithPath: "\(directory)/\($0)")))
        }
    }

    @Test("a car agrees on -2, sets up a session, leaves, and a record is kept") func session() async throws {
        let lab = try Lab()
        try await withStation(lab) { service in
            #expect(service.ports.count == 2)
            #expect(service.ports.last.map { $0 >= 49_152 } == true)
            let script = [
                try ScriptedCar.handshake(["urn:tesla:din:2018:MsgDef", "urn:iso:15118:2:2013:MsgDef"]),
                try ScriptedCar.sessionSetup(),
            ]
            let log = try await drive(service, script)
            try await eventually("the car has gone") { log.end != nil }
            #expect(log.frames.count == 2)
            let answer = try ScriptedCar.handshakeAnswer(log.frames[0])
            #expect(answer?.responseCode == .okSuccessfulNegotiation)
            #expect(answer?.schemaID == 2)
            let message = try ISO2Edition.decode(log.frames[1], quirks: []).message
            guard case .sessionSetupRes(let response) = message.body.bodyElement else {
                Issue.record("no SessionSetupRes came")
                return
            }
            #expect(response.responseCode == .okNewSessionEstablished)
            try await eventually("the record is kept") { try records(lab).count == 1 }
            let record = try #require(try records(lab).first)
            #expect(record.protocolName == "iso2")
            #expect(record.evse == "DE*ABC*E0001")
            #expect(record.session == V2GSessionID(message.header)?.description)
            #expect(record.codes == ["OK_NewSessionEstablished": 1])
            #expect(record.outcome == SessionEnd.Outcome.linkLost.rawValue)
            #expect(record.timeline.contains { $0.text == "supportedAppProtocolRes" })
        }
    }

    @Test("without a protocol in common the car is told, and why is on record") func nothingInCommon() async throws {
        let lab = try Lab()
        try await withStation(lab) { service in
            // This station has no certificate of -20.
            let log = try await drive(
                service, [try ScriptedCar.handshake(["urn:iso:std:iso:15118:-20:DC", "urn:x"])])
            try await eventually("the car has gone") { log.end != nil }
            let answer = try ScriptedCar.handshakeAnswer(try #require(log.frames.first))
            #expect(answer?.responseCode == .failedNoNegotiation)
            #expect(answer?.schemaID == nil)
            try await eventually("the record is kept") { try records(lab).count == 1 }
            let record = try #require(try records(lab).first)
            #expect(record.outcome == "refused")
            #expect(record.reason?.contains("does not serve it") == true)
        }
    }

    @Test("bytes that are no handshake close the connection, and the next car is served") func junk() async throws {
        let lab = try Lab()
        try await withStation(lab) { service in
            for payload in [[UInt8](repeating: 0xff, count: 40), [0x80], [0x80, 0x40, 0x00]] {
                let log = try await drive(
                    service, [V2GTPFrame(payloadType: .sapOrISO2, payload: payload)], closes: false)
                try await eventually("the station has closed") { log.end != nil }
                #expect(log.frames.isEmpty)
                try await eventually("the EVSE is free again") { service.sessionCount == 0 }
            }
            let log = try await drive(
                service, [try ScriptedCar.handshake(["urn:iso:15118:2:2013:MsgDef"]), try ScriptedCar.sessionSetup()])
            try await eventually("the car has gone") { log.end != nil }
            #expect(log.frames.count == 2)
        }
    }

    @Test("a second car at one EVSE is turned away while the first is there") func oneCarAtAnEVSE() async throws {
        let lab = try Lab()
        try await withStation(lab) { service in
            let handshake = try ScriptedCar.handshake(["urn:iso:15118:2:2013:MsgDef"])
            let first = try await drive(service, [handshake], closes: false)
            try await eventually("the first is served") { first.frames.count == 1 }
            let second = try await drive(service, [handshake], closes: false, port: 1)
            try await eventually("the second has been closed") { second.end != nil }
            #expect(second.frames.isEmpty)
            #expect(first.end == nil)
            #expect(service.sessionCount == 1)
        }
    }

    @Test("the dynamic port is chosen once and kept") func dynamicPort() async throws {
        let lab = try Lab()
        let first = try await withStation(lab) { service in service.ports.last }
        let second = try await withStation(lab) { service in service.ports.last }
        #expect(first == second)
    }

    @Test("a reload takes new settings, and a broken one changes nothing") func reload() async throws {
        let lab = try Lab()
        try await withStation(lab) { service in
            var configuration = StationConfiguration(
                pki: .directory(lab.pki), state: lab.state,
                evses: [.init(id: try #require(EVSEID("DE*ABC*E0009")), interface: "lo")])
            let ignored = try await service.reload(configuration)
            #expect(ignored == ["evses"])
            configuration.pki = .directory("\(lab.path)/nowhere")
            await #expect(throws: (any Error).self) { try await service.reload(configuration) }
            let log = try await drive(service, [try ScriptedCar.handshake(["urn:iso:15118:2:2013:MsgDef"])])
            try await eventually("the car was served") { log.frames.count == 1 }
        }
    }

    @Test("a check reads keys and certificates, and says what they come to") func check() async throws {
        let lab = try Lab()
        let configuration = StationConfiguration(
            pki: .directory(lab.pki), state: lab.state,
            evses: [.init(id: try #require(EVSEID("DE*ABC*E0001")), interface: "lo")])
        let lines = try await StationService.check(
            configuration, on: MultiThreadedEventLoopGroup.singleton, logger: Self.quiet)
        #expect(lines.contains("TLS ready"))
        #expect(lines.contains("1 OCSP answers for our chains"))
        #expect(lines.contains("no contract installation"))
    }
}

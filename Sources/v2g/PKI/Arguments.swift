public import ArgumentParser
public import V2GCertificates
public import V2GKeys

// What the parser may read from a command line, with the words of the contract.
extension Edition: ExpressibleByArgument {}
extension Role: ExpressibleByArgument {}
extension KeyAlgorithm: ExpressibleByArgument {
    public static var allValueStrings: [String] { ["p256", "p521", "ed448"] }
}

/// The leaf roles that a command line issues.
enum LeafRole: String, CaseIterable, ExpressibleByArgument {
    case secc, contract, oem, cps, vehicle, ocsp, station, csms, est

    var role: Role {
        switch self {
        case .secc: .secc
        case .contract: .contract
        case .oem: .oem
        case .cps: .cps
        case .vehicle: .vehicle
        case .ocsp: .ocsp
        case .station: .station
        case .csms: .csms
        case .est: .est
        }
    }
}

/// A key reference as an argument. A bare path is taken for a file.
struct KeyReferenceArgument: ExpressibleByArgument {
    let reference: KeyReference
    let text: String

    init?(argument: String) {
        let hasScheme = argument.hasPrefix("file:") || argument.lowercased().hasPrefix("pkcs11:")
        guard let reference = try? KeyReference(parsing: hasScheme ? argument : "file:" + argument) else { return nil }
        self.reference = reference
        text = argument
    }
}

/// Which PKI a command works on.
struct PKILocation: ParsableArguments {
    @Option(name: .customLong("dir"), help: "The PKI's directory.")
    var directory: String

    @Option(help: "The edition, where the directory holds both: iso2 or iso20.")
    var edition: Edition?
}

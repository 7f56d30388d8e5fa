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
///
/// It is parsed when it is used: the argument parser would repeat a refused value, and that may hold a PIN.
struct KeyReferenceArgument: ExpressibleByArgument {
    private let text: String

    init?(argument: String) { text = argument }

    func reference() throws(KeyError) -> KeyReference {
        let hasScheme = text.hasPrefix("file:") || text.lowercased().hasPrefix("pkcs11:")
        return try KeyReference(parsing: hasScheme ? text : "file:" + text)
    }
}

/// Which PKI a command works on.
struct PKILocation: ParsableArguments {
    @Option(name: .customLong("dir"), help: "The PKI's directory.")
    var directory: String

    @Option(help: "The edition, where the directory holds both: iso2 or iso20.")
    var edition: Edition?

    func validate() throws {
        guard !directory.isEmpty else { throw ValidationError("--dir is empty. Name the PKI's directory.") }
    }
}

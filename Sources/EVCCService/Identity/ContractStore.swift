internal import CryptoOpenSSL
internal import V2GCertificates
internal import V2GFiles
internal import V2GKeys
internal import V2GKeysFile
internal import V2GPKIDirectory
internal import V2GPrimitives
internal import V2GSession
internal import V2GSignatures
internal import V2GX509

/// Installed contracts on disk: `contracts/EDITION-EMAID-N.crt` (the chain) and `.key` (mode 0400), the key first, so
/// that a chain that is there has its key. Nothing is overwritten.
struct ContractStore: Sendable {
    private let directory: String

    init(_ state: String) throws(CarError) {
        directory = "\(state)/contracts"
        do throws(FileFailure) {
            try DurableFile.makeDirectory(state, mode: 0o700)
            try DurableFile.makeDirectory(directory, mode: 0o700)
        } catch {
            throw CarError(.storage, "\(error). Name another directory with --state.")
        }
    }

    func keep(_ contract: InstalledContract, key: SoftwareKey, edition: Edition) throws {
        let number = try files(edition).count + 1
        let stem = "\(directory)/\(prefix(edition))\(Self.padded(number))-\(contract.emaid.normalized)"
        try FileKeyProvider().store(key, at: "\(stem).key")
        let text = contract.chain.map { PEMBlock(label: "CERTIFICATE", der: $0).text }.joined()
        try DurableFile.write(Array(text.utf8), to: "\(stem).crt", mode: 0o600, replacing: false)
    }

    /// The contract that was installed last.
    func newest(_ edition: Edition) throws -> (credential: ContractCredential, key: SoftwareKey)? {
        guard let name = try files(edition).last else { return nil }
        let stem = "\(directory)/\(name.dropLast(4))"
        let chain = try CertificateFiles.certificates("\(stem).crt")
        guard let common = chain.first?.subject.commonName, let emaid = EMAID(common) else {
            throw CarError(.storage, "'\(stem).crt' holds no contract. Remove it.")
        }
        let key = try FileKeyProvider().softwareKey(.file(path: "\(stem).key"))
        return (ContractCredential(chain: chain.map(\.der), emaid: emaid), key)
    }

    private func files(_ edition: Edition) throws -> [String] {
        PKIDirectory.names(in: directory).filter { $0.hasPrefix(prefix(edition)) && $0.hasSuffix(".crt") }
    }

    private func prefix(_ edition: Edition) -> String { "\(edition.rawValue)-" }

    /// Six digits, so that names sort by age.
    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}

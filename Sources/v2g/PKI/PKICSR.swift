import ArgumentParser
import V2GCertificates
import V2GKeys
import V2GX509

struct PKICSR: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "csr",
        abstract: "Make a certification request, with a new key where it will live or with one that exists.",
        discussion: """
            REF is file:PATH (PKCS#8 PEM) or an RFC 7512 pkcs11: URI. The PIN comes from pin-source= in the URI or \
            from the environment variable V2G_PIN, never from an argument. The private key does not leave its place.
            """)

    @Option(help: "What the certificate is for: secc contract oem cps vehicle ocsp station csms est.")
    var role: LeafRole

    @Option(help: "The common name: EVSEID or SECC id, eMAID, PCID, EVCCID, or free text, by role.")
    var subject: String

    @Option(name: .customLong("new-key"), help: ArgumentHelp("Make a key here.", valueName: "REF"))
    var newKey: KeyReferenceArgument?

    @Option(help: ArgumentHelp("Use this key.", valueName: "REF"))
    var key: KeyReferenceArgument?

    @Option(help: "The kind of a new key: p256 (edition -2), p521 or ed448 (edition -20). Default p256.")
    var algorithm: KeyAlgorithm?

    @Option(
        name: .customLong("key-passphrase-file"),
        help: "The passphrase of an encrypted key file, in a file of mode 0400.")
    var passphraseFile: String?

    @Option(help: "Where to write the request; - is standard output.")
    var out: String

    func validate() throws {
        guard (newKey == nil) != (key == nil) else { throw ValidationError("Give one of --new-key and --key.") }
        if key != nil, algorithm != nil { throw ValidationError("--algorithm goes with --new-key: a key has its own.") }
        guard (1...64).contains(subject.unicodeScalars.count) else {
            throw ValidationError("--subject must have 1 to 64 characters.")
        }
    }

    func run() async throws {
        let keys = KeyAccess.providers(passphraseFile: passphraseFile)
        let reference: KeyReference
        if let newKey {
            reference = try newKey.reference()
            _ = try await keys.generate(reference, algorithm: algorithm ?? .p256)
            CLI.note("made a \((algorithm ?? .p256).displayName) key at \(reference)")
        } else if let key {
            reference = try key.reference()
        } else {
            throw CLIFailure(.usage, "give one of --new-key and --key")
        }
        let signer = try await keys.signingKey(reference)
        guard let signature = signer.publicKey.algorithm.signatureAlgorithm else {
            throw CLIFailure(
                .refused,
                "a \(signer.publicKey.algorithm.displayName) key cannot sign a request. Use p256, p521 or ed448.")
        }
        let body = CertificationRequest.body(
            subject: DistinguishedName([NameAttribute(.commonName, subject)]), key: signer.publicKey)
        let der = CertificationRequest.assemble(
            body: body, algorithm: signature, signature: try await signer.sign(body))
        try CLIFile.write(Array(PEMBlock(label: "CERTIFICATE REQUEST", der: der).text.utf8), to: out)
    }
}

import ArgumentParser
import V2GCertificateAuthority
import V2GPrimitives
import V2GX509

struct PKIRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke a certificate, for good or on hold.",
        discussion: """
            Reasons: unspecified keyCompromise cACompromise affiliationChanged superseded cessationOfOperation \
            certificateHold removeFromCRL (lifts a hold) privilegeWithdrawn aACompromise. The OCSP responder shows it \
            within seconds; a new CRL of the issuer is published at once. Only a hold can be lifted.
            """)

    @OptionGroup var location: PKILocation

    @Option(help: ArgumentHelp("The certificate's serial number.", valueName: "HEX"))
    var serial: String?

    @Option(help: ArgumentHelp("The certificate, PEM or DER.", valueName: "FILE"))
    var cert: String?

    @Option(help: "Why.")
    var reason: String

    @Option(help: ArgumentHelp("The issuer, where several used the serial.", valueName: "NAME"))
    var ca: String?

    @Option(name: .customLong("key-passphrase-file"), help: "The passphrase of the authorities' key files.")
    var passphraseFile: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        guard (serial == nil) != (cert == nil) else { throw ValidationError("Give one of --serial and --cert.") }
    }

    private struct Result: Encodable {
        let serial, authority, subject, state: String
        let reason, revokedAt: String?
    }

    func run() async throws {
        guard let why = RevocationReason(name: reason) else {
            let known = RevocationReason.allCases.map(\.name).joined(separator: " ")
            throw CLIFailure(.usage, "--reason '\(reason)' is not a reason. Known: \(known).")
        }
        let given = try cert.map(Self.certificate)
        let magnitude = try serial.map(SerialArgument.parse) ?? given?.body.serialNumber.magnitude ?? []
        let access = try await PKIAccess.open(location, issues: false, passphraseFile: passphraseFile)
        if let given {
            // Another issuer may have used the same serial: only what was issued here is revoked here.
            guard try await access.authority.certificates(serial: magnitude).contains(where: { $0.1 == given }) else {
                throw CLIFailure(
                    .refused,
                    "'\(cert ?? "")' (serial \(given.body.serialNumber.hex)) was not issued by this PKI; nothing was changed"
                )
            }
        }
        let receipt = try await access.authority.revoke(serial: magnitude, authority: ca, reason: why)
        if receipt.change != .alreadyRevoked {
            do {
                _ = try await access.authority.issueCRL(of: receipt.authority, in: access.directory)
            } catch {
                // The revocation itself is on disk and shows in OCSP; only the CRL waits.
                CLI.note(
                    "warning: revoked, but the CRL of '\(receipt.authority)' was not renewed: \(error). "
                        + "Run 'v2g pki crl --ca \(receipt.authority)' when the key is there.")
            }
        }
        try await access.store.close()
        let state =
            switch receipt.change {
            case .revoked: why == .certificateHold ? "hold" : "revoked"
            case .holdMadeFinal: "revoked"
            case .holdLifted: "good"
            case .alreadyRevoked: receipt.reason == .certificateHold ? "hold" : "revoked"
            }
        if json {
            try CLI.printJSON(
                Result(
                    serial: receipt.serial, authority: receipt.authority, subject: receipt.subject, state: state,
                    reason: receipt.reason?.name, revokedAt: receipt.revokedAt?.rfc3339))
        } else {
            let since = receipt.revokedAt.map { " since \($0.rfc3339)" } ?? ""
            let before = receipt.change == .alreadyRevoked ? " (it was before; nothing changed)" : ""
            CLI.print("\(receipt.serial) \(receipt.role) \(receipt.subject): \(state)\(since)\(before)")
        }
    }

    private static func certificate(_ path: String) throws -> Certificate {
        guard let first = try CertificateFile.certificates(path).first else {
            throw CLIFailure(.usage, "'\(path)' holds no certificate")
        }
        return first
    }
}

/// A serial as people write it: hexadecimal, colons and `0x` allowed.
enum SerialArgument {
    static func parse(_ text: String) throws(CLIFailure) -> [UInt8] {
        var digits = text.lowercased().filter { $0 != ":" && $0 != " " }
        if digits.hasPrefix("0x") { digits.removeFirst(2) }
        if digits.count % 2 == 1 { digits = "0" + digits }
        guard let bytes = Hex.decode(digits), bytes.contains(where: { $0 != 0 }),
            bytes.drop(while: { $0 == 0 }).count <= 20
        else { throw CLIFailure(.usage, "'\(text)' is not a serial number: hexadecimal, 1 to 20 bytes") }
        return bytes
    }
}

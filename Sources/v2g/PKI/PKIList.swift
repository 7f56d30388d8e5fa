import ArgumentParser
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GX509

struct PKIList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what was issued, in the order of issue.")

    @OptionGroup var location: PKILocation

    @Option(help: ArgumentHelp("Only of this authority.", valueName: "NAME"))
    var ca: String?

    @Option(help: "Only of this role, such as secc or cpo-sub2.")
    var role: String?

    @Option(help: ArgumentHelp("Only names that contain this.", valueName: "TEXT"))
    var subject: String?

    @Option(help: ArgumentHelp("Only serials that begin so.", valueName: "HEX"))
    var serial: String?

    @Flag(help: "Only revoked and held ones.")
    var revoked = false

    @Flag(help: "Also planned and cancelled ones.")
    var all = false

    @Option(
        name: .customLong("expires-within"),
        help: ArgumentHelp("Only those that expire within so many days.", valueName: "DAYS"))
    var expiresWithin: Int?

    @Flag(help: "One JSON object a line.")
    var json = false

    func validate() throws {
        if let days = expiresWithin, !(0...36_500).contains(days) {
            throw ValidationError("--expires-within must be in 0...36500.")
        }
        if let role, Role(rawValue: role) == nil {
            throw ValidationError(
                "--role: there is no '\(role)'. Known: \(Role.allCases.map(\.rawValue).joined(separator: " ")).")
        }
    }

    func run() async throws {
        let access = try await PKIAccess.open(location, issues: false)
        var selection = CertificateAuthority.Selection()
        selection.authority = ca
        selection.role = role
        selection.subjectContains = subject
        selection.serialPrefix = serial?.lowercased()
        selection.isRevoked = revoked ? true : nil
        selection.includesUnissued = all
        selection.expiresBefore = expiresWithin.map { Timestamp.now().advanced(bySeconds: Int64($0) * 86_400) }
        let isJSON = json
        try await access.authority.forEachRecord(selection) { record in
            if isJSON {
                try CLI.printJSONLine(record)
            } else {
                let serial = record.serial.padded(32)
                CLI.print(
                    "\(serial)  \(record.state.padded(9))  \(record.notAfter.prefix(10))  \(record.role.padded(9))  \(record.subject)"
                )
            }
        }
        try await access.store.close()
    }
}

struct PKIShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one certificate with its state, or an authority with its chain.")

    @OptionGroup var location: PKILocation

    @Option(help: ArgumentHelp("The certificate's serial number.", valueName: "HEX"))
    var serial: String?

    @Option(help: ArgumentHelp("The certificate, PEM or DER.", valueName: "FILE"))
    var cert: String?

    @Option(help: ArgumentHelp("An authority.", valueName: "NAME"))
    var ca: String?

    @Flag(help: "Print as JSON.")
    var json = false

    func validate() throws {
        guard [serial, cert, ca].compactMap({ $0 }).count == 1 else {
            throw ValidationError("Give one of --serial, --cert and --ca.")
        }
    }

    private struct Shown: Encodable {
        let record: CertificateRecord
        let pem: String?
    }

    func run() async throws {
        let access = try await PKIAccess.open(location, issues: false)
        if let ca {
            let chain = try await access.authority.publishedChain(of: ca)
            if json {
                try CLI.printJSON(chain.map(CertificateSummary.init))
            } else {
                for certificate in chain { CLI.print(CertificateSummary(certificate).text) }
            }
        } else {
            let magnitude = try serial.map(SerialArgument.parse) ?? fromFile()
            let found = try await access.authority.certificates(serial: magnitude)
            guard !found.isEmpty else {
                throw CLIFailure(.refused, "serial \(SerialNumber(magnitude: magnitude).hex) was not issued here")
            }
            for (record, certificate) in found {
                if json {
                    try CLI.printJSON(
                        Shown(record: record, pem: certificate.map { PEMBlock(label: "CERTIFICATE", der: $0.der).text })
                    )
                } else {
                    CLI.print(
                        "state:      \(record.state)\(record.reason.map { " (\($0), \(record.revokedAt ?? ""))" } ?? "")"
                    )
                    CLI.print("authority:  \(record.authority)")
                    if let certificate { CLI.print(CertificateSummary(certificate).text) }
                }
            }
        }
        try await access.store.close()
    }

    private func fromFile() throws -> [UInt8] {
        guard let first = try CertificateFile.certificates(cert ?? "-").first else {
            throw CLIFailure(.usage, "'\(cert ?? "")' holds no certificate")
        }
        return first.body.serialNumber.magnitude
    }
}

/// A certificate for people and machines.
struct CertificateSummary: Encodable {
    let subject, issuer, serial, notBefore, notAfter, key, signature, sha256: String
    let keyUsage: String?
    let isCA: Bool
    let bytes: Int
    let ocsp: [String]

    init(_ certificate: Certificate) {
        let body = certificate.body
        subject = body.subject.description
        issuer = body.issuer.description
        serial = body.serialNumber.hex
        notBefore = body.notBefore.rfc3339
        notAfter = body.notAfter.rfc3339
        key = body.subjectPublicKeyInfo.keyDescription
        signature =
            certificate.signatureAlgorithm.signatureAlgorithm?.rawValue ?? "\(certificate.signatureAlgorithm.algorithm)"
        sha256 = Hex.encode(certificate.fingerprint)
        // What cannot be decoded is for lint to report.
        keyUsage = ((try? body.keyUsage()) ?? nil)?.description
        isCA = ((try? body.basicConstraints()) ?? nil)?.isCA ?? false
        bytes = certificate.der.count
        ocsp = body.ocspURLs
    }

    var text: String {
        """
        subject:    \(subject)
        issuer:     \(issuer)
        serial:     \(serial)
        validity:   \(notBefore) to \(notAfter)
        key:        \(key), signed with \(signature), \(bytes) bytes
        key usage:  \(keyUsage ?? "none")\(isCA ? " (CA)" : "")
        ocsp:       \(ocsp.isEmpty ? "none" : ocsp.joined(separator: " "))
        sha256:     \(sha256)
        """ + "\n"
    }
}

extension String {
    /// Filled with blanks on the right.
    func padded(_ width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}

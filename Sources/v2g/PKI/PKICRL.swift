import ArgumentParser
import V2GCertificateAuthority

struct PKICRL: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crl", abstract: "Make and publish new CRLs: of one authority, or of all.",
        discussion: "Each is a full CRL with its number, written to crl/NAME.crl in DER.")

    @OptionGroup var location: PKILocation

    @Option(help: ArgumentHelp("Only of this authority.", valueName: "NAME"))
    var ca: String?

    @Flag(
        name: .customLong("if-needed"),
        help: "Only those that are missing, past half of their life or behind the revocations.")
    var ifNeeded = false

    @Option(name: .customLong("key-passphrase-file"), help: "The passphrase of the authorities' key files.")
    var passphraseFile: String?

    func validate() throws {
        if ifNeeded, ca != nil { throw ValidationError("--if-needed looks at all authorities: leave --ca out.") }
    }

    func run() async throws {
        let access = try await PKIAccess.open(location, issues: false, passphraseFile: passphraseFile)
        var names = try await access.authority.authorityNames()
        if let ca {
            guard names.contains(ca) else {
                throw CLIFailure(.usage, "there is no authority '\(ca)'. Known: \(names.joined(separator: ", ")).")
            }
            names = [ca]
        }
        if ifNeeded {
            let renewed = try await access.authority.renewCRLs(using: access.authority.crlIssuer(access.directory))
            CLI.print(renewed.isEmpty ? "no CRL is due" : renewed.joined(separator: "\n"))
        } else {
            // One key that is offline keeps only its own CRL from being made.
            var failures = 0
            for name in names {
                do {
                    let issued = try await access.authority.issueCRL(of: name, in: access.directory)
                    CLI.print("\(name): number \(issued.number), \(issued.count) revoked, until \(issued.nextUpdate)")
                } catch {
                    failures += 1
                    CLI.note("\(name): \(CLIFailure(error)?.message ?? "\(error)")")
                }
            }
            if failures > 0 {
                throw CLIFailure(.environment, "\(failures) of \(names.count) CRLs were not made; see above")
            }
        }
        try await access.store.close()
    }
}

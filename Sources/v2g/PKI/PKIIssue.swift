import ArgumentParser
import V2GCertificateAuthority
import V2GFiles
import V2GPrimitives
import V2GX509

struct PKIIssue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue",
        abstract: "Answer a certification request: leaf, sub-CA 2, sub-CA 1 as PEM.",
        discussion: """
            Only the public key and the common name are taken from the request; the rest comes from the role's profile, \
            and what was passed over is told. A key serves one role under one name for life; the same key, role and \
            name is a renewal. The certificate is recorded before it is written to --out.
            """)

    @OptionGroup var location: PKILocation

    @Option(help: "What the certificate is for: secc contract oem cps vehicle ocsp station csms est.")
    var role: LeafRole

    @Option(
        help: "The request, PEM or DER; several PEM requests in one file are answered in turn; - is standard input.")
    var csr: String

    @Option(help: "Where to write the chain; - is standard output. With several requests, a folder.")
    var out: String

    @Option(help: ArgumentHelp("The issuing authority, where it is not the role's own.", valueName: "NAME"))
    var ca: String?

    @Option(help: ArgumentHelp("Takes this common name instead of the request's.", valueName: "CN"))
    var subject: String?

    @Option(help: ArgumentHelp("A host name for station, csms or est; repeatable.", valueName: "NAME"))
    var dns: [String] = []

    @Option(help: "Days of validity, within the profile's limit.")
    var days: Int?

    @Option(name: .customLong("key-passphrase-file"), help: "The passphrase of the authorities' key files.")
    var passphraseFile: String?

    @Flag(help: "Print what was issued as JSON.")
    var json = false

    func validate() throws {
        if let days, !(1...36_500).contains(days) { throw ValidationError("--days must be in 1...36500.") }
    }

    func run() async throws {
        var options = IssueOptions()
        options.authority = ca
        options.commonName = subject
        options.validityDays = days
        for name in dns {
            guard let host = HostName(name) else {
                throw CLIFailure(
                    .refused, "--dns '\(name)' is not a host name (letters, digits, hyphens, dots; no wildcard)")
            }
            options.hosts.append(host)
        }
        let requests = try RequestReader.read(csr)
        if requests.count > 1, out == "-" {
            throw CLIFailure(
                .usage, "'\(csr)' holds \(requests.count) requests, so --out must be a folder and not '-'.")
        }
        let access = try await PKIAccess.open(location, issues: true, passphraseFile: passphraseFile)
        if requests.count > 1 { try DurableFile.makeDirectory(out) }
        let job = IssueJob(
            authority: access.authority, directory: access.directory, role: role.role, options: options,
            target: requests.count > 1 ? .folder(out) : .file(out))
        let (results, refusals) = try await job.run(requests)
        try await access.store.close()
        if json {
            try CLI.printJSON(results)
        } else {
            for result in results.prefix(20) {
                CLI.note("issued \(result.serial) to \(result.subject), until \(result.notAfter)")
            }
            if results.count > 20 { CLI.note("and \(results.count - 20) more") }
        }
        guard let first = refusals.first else { return }
        guard requests.count > 1 else { throw CLIFailure(.refused, first.reason) }
        for refusal in refusals { CLI.note("request \(refusal.number): \(refusal.reason)") }
        throw CLIFailure(.refused, "\(refusals.count) of \(requests.count) requests were refused")
    }
}

/// Reads certification requests from PEM or DER.
enum RequestReader {
    static func read(_ path: String) throws -> [[UInt8]] {
        let bytes = try CLIFile.read(path)
        if bytes.first == 0x30 { return [bytes] }
        let blocks: [PEMBlock]
        do {
            blocks = try PEM.blocks(in: bytes)
        } catch {
            throw CLIFailure(.usage, "'\(path)', line \(error.line): \(error.description)")
        }
        let requests = blocks.filter { $0.label == "CERTIFICATE REQUEST" || $0.label == "NEW CERTIFICATE REQUEST" }
        guard !requests.isEmpty else {
            throw CLIFailure(.usage, "'\(path)' holds no certification request (PEM 'CERTIFICATE REQUEST' or DER)")
        }
        return requests.map(\.der)
    }
}

import ArgumentParser
import Synchronization
import V2GCertificateAuthority
import V2GFiles
import V2GPrimitives
import V2GX509

struct PKIReissue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reissue",
        abstract: "Renew every valid leaf of a role: same key, same name, new validity.",
        discussion: """
            Progress is shown, and a run that was cut off goes on where it stopped when it is started again with the \
            same --out: leaves that have theirs are passed over. A finished run leaves its --out to the next one.
            """)

    @OptionGroup var location: PKILocation

    @Option(help: "secc contract oem cps vehicle station csms.")
    var role: LeafRole

    @Option(help: ArgumentHelp("The issuing authority, where it is not the role's own.", valueName: "NAME"))
    var ca: String?

    @Option(help: "The folder for the new chains, one PEM file a serial.")
    var out: String

    @Option(help: "How many are made at once, 1 to 1024.")
    var concurrency: Int = 64

    @Option(name: .customLong("key-passphrase-file"), help: "The passphrase of the authorities' key files.")
    var passphraseFile: String?

    func validate() throws {
        guard (1...1_024).contains(concurrency) else { throw ValidationError("--concurrency must be in 1...1024.") }
    }

    func run() async throws {
        let access = try await PKIAccess.open(location, issues: true, passphraseFile: passphraseFile)
        try DurableFile.makeDirectory(out)
        let job = try await ReissueMarker.begin(in: out, role: role.rawValue, authority: ca)
        let bar = ProgressBar(title: "re-issuing")
        let folder = out
        let directory = access.directory
        let (done, skipped, failures) = try await access.authority.reissue(
            role: role.role, authority: ca, since: job.since, concurrency: concurrency,
            progress: {
                bar.show($0.done + $0.failed, of: $0.total, detail: $0.failed > 0 ? "\($0.failed) refused" : "")
            },
            handOver: { issued in
                try directory.keepCopy(of: issued.certificate)
                let path = "\(folder)/\(issued.certificate.body.serialNumber.hex).pem"
                try DurableFile.write(Array(issued.pem.utf8), to: path, mode: 0o644)
            })
        bar.finish()
        // What an earlier, killed run recorded but did not get to write is written now.
        let restored = try await writeMissing(access.authority, since: job.since)
        try await access.store.close()
        try job.finish()
        CLI.print("\(done) re-issued, \(skipped) done before, \(restored) files restored, \(failures.count) refused")
        for failure in failures { CLI.note("\(failure.subject): \(failure.error)") }
        if !failures.isEmpty { throw CLIFailure(.refused, "\(failures.count) leaves were refused") }
    }

    private func writeMissing(_ authority: CertificateAuthority, since: Timestamp) async throws -> Int {
        var restored = 0
        for issued in try await authority.issuedSince(since, role: role.role, authority: ca) {
            let path = "\(out)/\(issued.serial).pem"
            guard !DurableFile.exists(path), let whole = try await authority.answer(serial: issued.serial) else {
                continue
            }
            try DurableFile.write(Array(whole.pem.utf8), to: path, mode: 0o644)
            restored += 1
        }
        return restored
    }
}

/// Remembers, in the folder that a mass re-issue writes to, what the job is and when it began.
struct ReissueMarker {
    let since: Timestamp
    private let path: String

    /// Begins a job, or goes on with the one that was cut off.
    static func begin(in folder: String, role: String, authority: String?) async throws -> ReissueMarker {
        let path = folder + "/.reissue-started"
        let job = "\(role) \(authority ?? "-")"
        guard DurableFile.exists(path) else {
            let now = Timestamp.now()
            try CLIFile.write(Array("\(now.rfc3339) \(job)".utf8), to: path)
            // Times are kept to the second: what is issued from here on is later than what was issued before.
            while Timestamp.now() <= now { try await Task.sleep(for: .milliseconds(50)) }
            return ReissueMarker(since: now, path: path)
        }
        let words = String(decoding: try CLIFile.read(path), as: UTF8.self).split(separator: " ", maxSplits: 1)
        guard words.count == 2, let since = Timestamp(rfc3339: String(words[0])) else {
            throw CLIFailure(.usage, "'\(path)' does not tell what job was begun. Choose another --out.")
        }
        guard words[1] == job else {
            throw CLIFailure(
                .usage,
                "'\(folder)' holds an unfinished job of another role or authority (\(words[1])). Finish it, or choose another --out."
            )
        }
        CLI.note("going on with the job of \(since.rfc3339)")
        return ReissueMarker(since: since, path: path)
    }

    /// Ends the job, so that the next run on the folder is a new one.
    func finish() throws { try DurableFile.remove(path) }
}

import ArgumentParser
import V2GCertificateAuthority
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GX509

struct PKIRollover: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollover",
        abstract: "Replace a root: a dated plan, link certificates, re-signed sub-CAs, readiness, retirement.",
        discussion: """
            announce: the new root and both link certificates are made. distribute: the sub-CAs are certified by the \
            new root too, with their own keys. changeOver: holders get chains to the new root. retire: the old root \
            leaves service. 'step' does the next one when it is due.
            """,
        subcommands: [Plan.self, Status.self, Step.self, Confirm.self],
        defaultSubcommand: Status.self)

    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Record the dated plan. Nothing is made yet.")

        @OptionGroup var location: PKILocation
        @Option(help: ArgumentHelp("The root to replace, such as v2g_root.", valueName: "NAME"))
        var root: String
        @Option(
            name: .customLong("new-root"),
            help: ArgumentHelp("Name of the new root. Default: ROOT_g2.", valueName: "NAME"))
        var newRoot: String?
        @Option(name: .customLong("common-name"), help: "CN of the new root. Default: the old one's and G2.")
        var commonName: String?
        @Option(help: "Kind of the new root's key. Default: as the old one's.")
        var algorithm: KeyAlgorithm?
        @Option(help: ArgumentHelp("When it begins. Default: now.", valueName: "RFC3339"))
        var start: String?
        @Option(name: .customLong("distribute-after"), help: "Days from the start.")
        var distributeAfter = 30
        @Option(name: .customLong("change-over-after"), help: "Days from the start.")
        var changeOverAfter = 180
        @Option(name: .customLong("retire-after"), help: "Days from the start.")
        var retireAfter = 730

        func run() async throws {
            var begin = Timestamp.now()
            if let start {
                guard let parsed = Timestamp(rfc3339: start) else {
                    throw CLIFailure(.usage, "--start '\(start)' is not a time such as 2027-01-31T00:00:00Z")
                }
                begin = parsed
            }
            let access = try await PKIAccess.open(location, issues: false)
            guard let old = try await access.authority.publishedChain(of: root).last else {
                throw CLIFailure(.refused, "'\(root)' has no certificate")
            }
            let name = newRoot ?? root + "_g2"
            guard name.utf8.allSatisfy({ ($0 >= 0x61 && $0 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5f }),
                (1...48).contains(name.utf8.count)
            else { throw CLIFailure(.usage, "--new-root '\(name)' must be lower-case letters, digits and underscores") }
            let plan = try RolloverPlan(
                oldRoot: root, newRoot: name,
                newCommonName: commonName ?? String("\(old.subject.commonName ?? root) G2".prefix(64)),
                algorithm: algorithm ?? old.publicKey?.algorithm ?? .p256, start: begin,
                distributeAfter: distributeAfter, changeOverAfter: changeOverAfter, retireAfter: retireAfter)
            try await access.authority.planRollover(plan)
            for step in plan.steps { CLI.print("\(Timestamp(seconds: step.due).rfc3339)  \(step.step.rawValue)") }
            try await access.store.close()
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What is done and due, and which stations and cars are not ready.")

        @OptionGroup var location: PKILocation
        @Option(help: ArgumentHelp("Only this root's.", valueName: "NAME"))
        var root: String?
        @Flag(help: "Print as JSON.")
        var json = false

        func run() async throws {
            let access = try await PKIAccess.open(location, issues: false)
            let plans = try await access.authority.rollovers().filter { root == nil || $0.oldRoot == root }
            var list: [RolloverStatus] = []
            for plan in plans { list.append(try await access.authority.rolloverStatus(of: plan.oldRoot)) }
            try await access.store.close()
            if json { return try CLI.printJSON(list) }
            if list.isEmpty { CLI.print("no rollover is planned") }
            for status in list {
                CLI.print("\(status.oldRoot) -> \(status.newRoot)")
                for step in status.steps {
                    let state = step.doneAt.map { "done \($0)" } ?? (step.isDue ? "DUE" : "waiting")
                    CLI.print("  \(step.due)  \(step.step.rawValue.padded(11))  \(state)")
                }
                for (what, names) in [("stations", status.stationsNotReady), ("cars", status.carsNotReady)] {
                    let shown = names.prefix(20).joined(separator: " ")
                    CLI.print(
                        "  \(what) not ready: \(names.isEmpty ? "none" : "\(names.count): \(shown)\(names.count > 20 ? " ..." : "")")"
                    )
                }
            }
        }
    }

    struct Step: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Do the next step, when it is due.")

        @OptionGroup var location: PKILocation
        @Option(help: ArgumentHelp("The root that is replaced.", valueName: "NAME"))
        var root: String
        @Option(
            help: ArgumentHelp(
                "Only if this is the next one: announce distribute changeOver retire.", valueName: "STEP"))
        var expect: String?
        @Flag(help: "Do it before its date.")
        var ahead = false
        @Flag(help: "Retire although stations or cars are not ready; the audit log notes it.")
        var unready = false
        @Option(name: .customLong("key-passphrase-file"), help: "The passphrase of the authorities' key files.")
        var passphraseFile: String?

        func run() async throws {
            let access = try await PKIAccess.open(location, issues: true, passphraseFile: passphraseFile)
            let site = CertificateAuthority.Site(directory: access.directory, keys: access.keyPlacement)
            if let expect {
                let next = try await access.authority.rollovers().first { $0.oldRoot == root }?.next?.step.rawValue
                guard next == expect else {
                    throw CLIFailure(.refused, "the next step is \(next ?? "none"), not '\(expect)'; nothing was done")
                }
            }
            let done = try await access.authority.advanceRollover(of: root, at: site, ahead: ahead, unready: unready)
            // Told before anything else can fail: the step is done and must not be taken for a failure.
            CLI.print("\(root): \(done.rawValue) done")
            do {
                _ = try await access.authority.renewCRLs(using: access.authority.crlIssuer(access.directory))
            } catch {
                CLI.note(
                    "warning: \(CLIFailure(error)?.message ?? "\(error)"). Run 'v2g pki crl' when the keys are there.")
            }
            try await access.store.close()
        }
    }

    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Note that stations or cars hold the new root.")

        @OptionGroup var location: PKILocation
        @Option(help: ArgumentHelp("The root that is replaced.", valueName: "NAME"))
        var root: String
        @Option(help: ArgumentHelp("A station or car; repeatable.", valueName: "CN"))
        var subject: [String] = []
        @Option(help: ArgumentHelp("A file with one common name a line; - is standard input.", valueName: "FILE"))
        var file: String?

        func run() async throws {
            var names = subject
            if let file {
                names += String(decoding: try CLIFile.read(file), as: UTF8.self).split(whereSeparator: \.isNewline).map(
                    String.init)
            }
            guard !names.isEmpty else { throw CLIFailure(.usage, "give --subject or --file") }
            let access = try await PKIAccess.open(location, issues: false)
            try await access.authority.confirm(names, rollover: root)
            try await access.store.close()
            CLI.print("\(names.count) confirmed")
        }
    }
}

import ArgumentParser

/// The command line's root. Exit codes: 0 accepted or done, 1 refused by a rule, 2 wrong usage or unreadable input,
/// 3 the environment failed.
@main
struct V2G: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "v2g",
        abstract: "Plug & Charge for ISO 15118: certificate authority, verifier, revocation, EXI messages, a car.",
        discussion: """
            Exit status: 0 accepted or done, 1 refused by a rule, 2 wrong usage or unreadable input, \
            3 the environment failed (disk, token, network).
            """,
        version: Version.text,
        subcommands: [PKICommand.self, VerifyCommand.self, LintCommand.self, EXICommand.self, EVCommand.self])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            CLI.exit(with: error)
        }
    }
}

enum Version {
    static let text = "swift-v2g 0.1.0"
}

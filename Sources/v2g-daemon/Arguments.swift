/// The command line, read by hand: the daemon is small on purpose.
struct Arguments {
    enum Outcome {
        case run(Arguments)
        case say(String)
        case wrong(String)
    }

    var file: String
    var onlyChecks = false

    static let help = """
        USAGE: v2g-daemon --config FILE [--check]

          --config FILE   The station's configuration (docs/daemon.md).
          --check         Read configuration, certificates and keys, say what they come to, and end.
          --version       Show the version.
          --help          Show this.

        SIGHUP reads certificates and settings anew, SIGTERM and SIGINT stop in order.
        """

    static func parse(_ words: [String]) -> Outcome {
        var file: String?
        var onlyChecks = false
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": return .say(help)
            case "--version": return .say("v2g-daemon 0.1.0")
            case "--check": onlyChecks = true
            case "--config":
                guard let value = rest.popFirst() else { return .wrong("--config needs a file.") }
                file = value
            case let word where word.hasPrefix("--config="): file = String(word.dropFirst(9))
            default: return .wrong("There is no '\(word)'.")
            }
        }
        guard let file, !file.isEmpty else { return .wrong("--config FILE is missing.") }
        return .run(Arguments(file: file, onlyChecks: onlyChecks))
    }
}

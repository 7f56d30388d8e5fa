/// How much a finding weighs. Errors refuse; warnings and notices are for people.
public enum Severity: String, Sendable, Hashable, CaseIterable, Codable, Comparable {
    case notice, warning, error

    private var rank: Int {
        switch self {
        case .notice: 0
        case .warning: 1
        case .error: 2
        }
    }

    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
}

/// Why a certificate is linted. What we issue is held to the letter; what others issued is judged by what matters.
public enum LintPurpose: String, Sendable, Hashable, CaseIterable, Codable {
    case issuing, verifying
}

/// Why a chain is not trusted: which paths were tried, which rules each broke, and what to do.
public struct ChainRefusal: Error, Sendable, CustomStringConvertible {
    public let report: VerificationReport

    /// The identifiers of the rules that refuse, each once, the most telling first.
    public var rules: [String] { report.refusingRules }

    /// Whether a rule is among those that refuse.
    public func names(_ rule: Rule) -> Bool { rules.contains(rule.id) }

    public var description: String { report.text }
}

extension ChainRefusal: Codable {
    public init(from decoder: any Decoder) throws { report = try VerificationReport(from: decoder) }
    public func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }
}

/// One rule that a certificate breaks.
public struct Finding: Sendable, Hashable {
    public let rule: Rule
    /// The rule's weight here, after the purpose and the tolerances were looked at.
    public let severity: Severity
    /// What was found, and where.
    public let detail: String
    /// The name of the switch that made a warning of an error, `nil` when none did.
    public let tolerance: String?
    /// The certificate's place in its chain, leaf first from 0; `nil` when it was judged alone.
    public internal(set) var position: Int?

    /// The same finding with the certificate's place in its chain.
    public func at(position: Int) -> Finding {
        var placed = self
        placed.position = position
        return placed
    }
}

extension Finding: CustomStringConvertible {
    /// `error V2G.KEY.RSA: DETAIL. REASON REMEDY (REFERENCE)`, for people.
    public var description: String {
        let place = position.map { " [certificate \($0)]" } ?? ""
        let switched = tolerance.map { " (tolerated by \($0))" } ?? ""
        return "\(severity.rawValue) \(rule.id)\(place): \(detail)\(switched). \(rule.reason) \(rule.remedy)"
            + " (\(rule.reference))"
    }
}

extension Finding: Codable {
    private enum Key: String, CodingKey {
        case rule, severity, detail, reason, remedy, reference, tolerance, position
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(rule.id, forKey: .rule)
        try container.encode(severity, forKey: .severity)
        try container.encode(detail, forKey: .detail)
        try container.encode(rule.reason, forKey: .reason)
        try container.encode(rule.remedy, forKey: .remedy)
        try container.encode(rule.reference, forKey: .reference)
        try container.encodeIfPresent(tolerance, forKey: .tolerance)
        try container.encodeIfPresent(position, forKey: .position)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let id = try container.decode(String.self, forKey: .rule)
        guard let rule = Rule.named(id) else {
            throw DecodingError.dataCorruptedError(
                forKey: .rule, in: container, debugDescription: "no rule has the identifier \(id)")
        }
        self.rule = rule
        severity = try container.decode(Severity.self, forKey: .severity)
        detail = try container.decode(String.self, forKey: .detail)
        tolerance = try container.decodeIfPresent(String.self, forKey: .tolerance)
        position = try container.decodeIfPresent(Int.self, forKey: .position)
    }
}

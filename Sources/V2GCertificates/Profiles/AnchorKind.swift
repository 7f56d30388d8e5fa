/// The kinds of trust anchor. They are never mixed: a chain counts only under the kinds that its role allows.
public enum AnchorKind: String, Sendable, Hashable, CaseIterable, Codable {
    /// Roots of the charging infrastructure.
    case v2g
    /// Roots of mobility operators.
    case mo
    /// Roots of car makers.
    case oem
    /// Roots of the backend connection (OCPP, enrollment).
    case csms
    /// The root of one private environment.
    case privateEnvironment = "private"
}

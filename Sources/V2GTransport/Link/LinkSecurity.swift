package import V2GTLS

/// How a connection is protected.
package enum LinkSecurity: Sendable {
    case plain
    /// With what was negotiated, the peer's chain included.
    case tls(TLSSummary)

    package var isTLS: Bool {
        switch self {
        case .plain: false
        case .tls: true
        }
    }

    /// `nil` for a plain connection.
    package var summary: TLSSummary? {
        switch self {
        case .plain: nil
        case .tls(let summary): summary
        }
    }
}

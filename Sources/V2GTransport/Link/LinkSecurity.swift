/// How a connection is protected.
package enum LinkSecurity: Sendable {
    case plain
    /// TLS.
    case tls

    package var isTLS: Bool {
        switch self {
        case .plain: false
        case .tls: true
        }
    }
}

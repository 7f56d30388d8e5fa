internal import CTLSEngine

/// An error in how TLS was set up or used. What a peer causes is a ``TLSFailure``.
package struct TLSError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String { case badConfiguration, unusableCredential, libraryFailed, notConnected }
        private let value: Value
        package var description: String { value.rawValue }

        /// Settings that contradict each other or allow nothing.
        package static let badConfiguration = Code(value: .badConfiguration)
        /// A chain that cannot be read, or a key that is not the one of its leaf.
        package static let unusableCredential = Code(value: .unusableCredential)
        /// OpenSSL refused; the message has its reason.
        package static let libraryFailed = Code(value: .libraryFailed)
        /// Nothing can be sent: the handshake is not done, or the connection has ended.
        package static let notConnected = Code(value: .notConnected)
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// With what OpenSSL has to say about the call that has just failed.
    static func drainingOpenSSL(_ code: Code, _ message: String) -> TLSError {
        let reason = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 200) { buffer -> String in
            guard let base = buffer.baseAddress else { return "" }
            unsafe v2g_tls_take_error(base, buffer.count)
            return unsafe String(cString: base)
        }
        return TLSError(code, "\(message) (OpenSSL: \(reason))")
    }
}

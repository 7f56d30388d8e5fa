/// An error from the PKI's HTTP server. Switch on ``code``; the rest is for people.
package struct PKIServerError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String { case cannotListen, unreadable }
        private let value: Value
        package var description: String { value.rawValue }

        /// The address cannot be listened on.
        package static let cannotListen = Code(value: .cannotListen)
        /// A directory with certificates or CRLs cannot be read.
        package static let unreadable = Code(value: .unreadable)
    }

    package let code: Code
    /// What went wrong and what to do about it.
    package let message: String
    package let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}

/// An error from a key store or a key operation. Switch on ``code``; the rest is for people.
public struct KeyError: Error, Sendable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case badReference, notFound, alreadyExists, insecurePermissions, unreadable, pinRequired, pinIncorrect
            case unsupported, tokenUnavailable, tokenMisbehaved, operationFailed
        }
        private let value: Value
        public var description: String { value.rawValue }

        /// The key reference is not one of the documented forms.
        public static let badReference = Code(value: .badReference)
        /// No key, token or module answers to the reference.
        public static let notFound = Code(value: .notFound)
        /// Generation would overwrite a key.
        public static let alreadyExists = Code(value: .alreadyExists)
        /// The key file can be read or replaced by others.
        public static let insecurePermissions = Code(value: .insecurePermissions)
        /// The bytes at the reference are not a key that can be used.
        public static let unreadable = Code(value: .unreadable)
        /// A PIN or passphrase is needed and none was given.
        public static let pinRequired = Code(value: .pinRequired)
        /// The PIN or passphrase is wrong, or the PIN is locked.
        public static let pinIncorrect = Code(value: .pinIncorrect)
        /// The key or token cannot do what was asked; the message names the mechanism.
        public static let unsupported = Code(value: .unsupported)
        /// The token is gone or does not answer.
        public static let tokenUnavailable = Code(value: .tokenUnavailable)
        /// The token answered with something that is not what was asked for; nothing was let out.
        public static let tokenMisbehaved = Code(value: .tokenMisbehaved)
        /// The operation failed in the key's library.
        public static let operationFailed = Code(value: .operationFailed)
    }

    public let code: Code
    /// What went wrong and what to do about it. No key material, no PIN.
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}

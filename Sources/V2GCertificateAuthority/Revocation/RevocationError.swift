/// An error from the OCSP responder or the CRL issuer. Switch on ``code``; the rest is for people.
package struct RevocationError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case badSettings, badSigner, signerUnavailable, storeUnavailable, publishingFailed
        }
        private let value: Value
        package var description: String { value.rawValue }

        /// A setting is out of its range, or settings contradict each other.
        package static let badSettings = Code(value: .badSettings)
        /// The certificate may not sign OCSP answers or CRLs of the authority.
        package static let badSigner = Code(value: .badSigner)
        /// The key could not sign.
        package static let signerUnavailable = Code(value: .signerUnavailable)
        /// The store could not be read or written.
        package static let storeUnavailable = Code(value: .storeUnavailable)
        /// A file could not be written.
        package static let publishingFailed = Code(value: .publishingFailed)
    }

    package let code: Code
    /// What went wrong and what to do about it. No key material.
    package let message: String
    package let cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}

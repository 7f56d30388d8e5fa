public import V2GCertificates

/// An error from the certificate authority. Switch on ``code``; the rest is for people.
public struct IssuanceError: Error, Sendable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case requestMalformed, possessionNotProven, nameRefused, keyInUse, keyCompromised, lintFailed,
                issuerUnsuitable
            case unknownAuthority, unknownCertificate, alreadyRevoked, signerUnavailable, storeFailed, planRefused
        }
        private let value: Value
        public var description: String { value.rawValue }

        /// The certification request cannot be read.
        public static let requestMalformed = Code(value: .requestMalformed)
        /// The request's signature does not verify under the key that it holds.
        public static let possessionNotProven = Code(value: .possessionNotProven)
        /// There is no usable common name, or a host name is not one.
        public static let nameRefused = Code(value: .nameRefused)
        /// The key serves another role or another name already.
        public static let keyInUse = Code(value: .keyInUse)
        /// A certificate of the key was revoked because the key was compromised.
        public static let keyCompromised = Code(value: .keyCompromised)
        /// The body breaks its certificate profile; nothing was signed.
        public static let lintFailed = Code(value: .lintFailed)
        /// The authority may not issue this role.
        public static let issuerUnsuitable = Code(value: .issuerUnsuitable)
        /// There is no authority of that name.
        public static let unknownAuthority = Code(value: .unknownAuthority)
        /// No certificate was found for what was named.
        public static let unknownCertificate = Code(value: .unknownCertificate)
        /// The certificate was revoked before; its state was not changed.
        public static let alreadyRevoked = Code(value: .alreadyRevoked)
        /// The key provider could not sign.
        public static let signerUnavailable = Code(value: .signerUnavailable)
        /// The store did not take it; nothing was answered that is not on disk.
        public static let storeFailed = Code(value: .storeFailed)
        /// The step is not possible in the present state of the plan.
        public static let planRefused = Code(value: .planRefused)

        /// Whether a rule refused the input, as opposed to the environment failing.
        public var isRefusal: Bool { self != .signerUnavailable && self != .storeFailed }
    }

    public let code: Code
    /// What went wrong and what to do about it. No key material, no personal data beyond the request's own name.
    public let message: String
    /// The rules that refused, for ``Code/lintFailed``.
    public let findings: [Finding]
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, findings: [Finding] = [], cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.findings = findings
        self.cause = cause
    }

    public var description: String { message }
}

/// Why a signature was not accepted, or not made. Switch on ``code``; the rest is for people.
package struct SignatureRefusal: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// There is no signature where one is required.
        case missing
        /// The element that must be signed has no Id, so nothing can refer to it.
        case elementWithoutID
        /// Two of the elements that must be signed have one Id, or there is none to sign.
        case ambiguousElements
        /// The key is of a kind that the edition does not sign with.
        case keyNotAllowed
        /// A canonicalization, transform, digest or signature method that is not the one of the key.
        case algorithmNotAllowed
        /// Something that the standard keeps out of signatures [V2G2-771].
        case forbiddenElement
        /// A reference to something that is not to be signed, or to nothing.
        case unexpectedReferences
        /// An element that must be signed is not referred to.
        case missingReference
        /// An element is referred to twice.
        case duplicateReference
        /// The element is not the one that was signed.
        case digestMismatch
        /// The signature value has a wrong length or a number out of range.
        case badValue
        /// The value is not a signature of this key over this `SignedInfo`.
        case wrongSignature
        /// The signature is right, but not by the trusted certificate that it has to come from.
        case untrustedSigner
        /// The key, or a library, failed. Not the peer's fault.
        case cannotCompute
    }

    package let code: Code
    /// What is wrong and what to do about it. No key material.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}

/// The same reasons, when we sign ourselves.
package typealias SignatureError = SignatureRefusal

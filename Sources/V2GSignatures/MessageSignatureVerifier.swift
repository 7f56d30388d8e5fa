internal import CryptoOpenSSL
internal import SchemaTypes
package import V2GCertificates
package import V2GKeys
package import V2GMessagesXMLDSig

/// Proof that a key signed elements of a message. The verifier alone makes it.
///
/// It says nothing about the key's certificate: that is `ValidatedChain`'s to prove. ``TrustedSignature`` is both.
package struct VerifiedSignature: Sendable {
    package let signer: PublicKey
    package let edition: Edition
    /// The elements that were signed, as given to the verifier.
    package let elements: [SignableElement]
    /// Which encoding of `SignedInfo` matched.
    package let grammar: SignedInfoGrammar
    /// Whether a digest matched under the peer's own grammar of an element (eMAID) instead of the standard's.
    package let usedAlternativeFragment: Bool
    /// Whether it was accepted by a tolerance: P-256 in -20.
    package let isOutOfProfile: Bool

    package var ids: [String] { elements.map(\.id) }

    /// Whether it is this value that was signed. What goes on with an element asks this of the proof that it is given.
    package func covers(_ element: SignableElement) -> Bool { elements.contains(element) }

    fileprivate init(
        signer: PublicKey, edition: Edition, elements: [SignableElement], grammar: SignedInfoGrammar,
        usedAlternativeFragment: Bool, isOutOfProfile: Bool
    ) {
        self.signer = signer
        self.edition = edition
        self.elements = elements
        self.grammar = grammar
        self.usedAlternativeFragment = usedAlternativeFragment
        self.isOutOfProfile = isOutOfProfile
    }
}

/// Verifies signatures of messages (ISO 15118-2 7.9.2.4, ISO 15118-20 7.9).
///
/// A signature is good when it refers to each element that has to be signed once, by Id, and to nothing else, with the
/// one set of algorithms that belongs to the key, has nothing in it that the standard forbids, and all digests and the
/// value are right. Anything else is refused.
package struct MessageSignatureVerifier: Sendable {
    package let profile: SignatureProfile
    private let verifier: any SignatureVerifier

    package init(profile: SignatureProfile, verifier: any SignatureVerifier = ProductSignatureVerifier()) {
        self.profile = profile
        self.verifier = verifier
    }

    /// - Parameters:
    ///   - signature: From the header of the message; `nil` is refused.
    ///   - elements: The decoded elements that the caller uses; all have to be signed.
    ///   - key: Of the certificate that the message names as the signer's.
    package func verify(
        _ signature: XMLDSig.Signature?, over elements: [SignableElement], by key: PublicKey
    ) throws(SignatureRefusal) -> VerifiedSignature {
        guard let signature else {
            throw SignatureRefusal(.missing, "The message has no signature in its header, and needs one.")
        }
        guard let suite = profile.suite(for: key.algorithm) else {
            throw SignatureRefusal.keyNotAllowed(key.algorithm, profile)
        }
        try SignableElement.requireDistinct(elements)
        try checkForm(signature)
        try checkMethods(signature.signedInfo, suite)
        let usedAlternative = try matchReferences(signature.signedInfo.reference.elements, elements, suite)
        let value = signature.signatureValue.value.octets
        guard let raw = suite.keyForm(of: value), let algorithm = key.algorithm.signatureAlgorithm else {
            throw SignatureRefusal(
                .badValue,
                "The signature value has \(value.count) octets, or a number out of range. A \(key.algorithm.rawValue) "
                    + "signature is r and s in the field's length, each above zero and below the order.")
        }
        for grammar in [SignedInfoGrammar.standalone, .messageSet] {
            let octets = try grammar.octets(of: signature.signedInfo, edition: profile.edition)
            guard verifier.isValid(signature: raw, algorithm: algorithm, over: octets, by: key) else { continue }
            return VerifiedSignature(
                signer: key, edition: profile.edition, elements: elements, grammar: grammar,
                usedAlternativeFragment: usedAlternative, isOutOfProfile: profile.isOutOfProfile(key.algorithm))
        }
        throw SignatureRefusal(
            .wrongSignature,
            "The digests are right, but the signature is not one of the key over this SignedInfo, in either grammar. "
                + "Another key signed it, or SignedInfo was changed.")
    }

    /// What the standard keeps out of signatures [V2G2-771], and identifiers outside of what is signed, which could be
    /// changed on the way without notice.
    private func checkForm(_ signature: XMLDSig.Signature) throws(SignatureRefusal) {
        func refuse(_ what: String) -> SignatureRefusal {
            SignatureRefusal(.forbiddenElement, "The signature has \(what), which ISO 15118 does not allow.")
        }
        guard signature.id == nil else { throw refuse("an Id on Signature") }
        guard signature.keyInfo == nil else { throw refuse("KeyInfo") }
        guard signature.object.elements.isEmpty else { throw refuse("Object") }
        guard signature.signatureValue.id == nil else { throw refuse("an Id on SignatureValue") }
        let info = signature.signedInfo
        guard info.id == nil else { throw refuse("an Id on SignedInfo") }
        guard info.canonicalizationMethod.content.isEmpty else { throw refuse("content in CanonicalizationMethod") }
        guard info.signatureMethod.content.isEmpty else { throw refuse("HMACOutputLength or more in SignatureMethod") }
        for reference in info.reference.elements {
            guard reference.type == nil else { throw refuse("a Type on Reference") }
            guard reference.digestMethod.content.isEmpty else { throw refuse("content in DigestMethod") }
            guard reference.transforms?.transform.elements.allSatisfy(\.content.isEmpty) ?? true else {
                throw refuse("XPath or more in Transform")
            }
        }
    }

    private func checkMethods(_ info: XMLDSig.SignedInfo, _ suite: SignatureSuite) throws(SignatureRefusal) {
        func require(_ what: String, _ found: String?, _ expected: String) throws(SignatureRefusal) {
            guard let found, found.isSame(as: expected) else {
                throw SignatureRefusal(
                    .algorithmNotAllowed, "\(what) is not \(expected), the only one allowed for the signer's key.")
            }
        }
        try require(
            "The canonicalization method", info.canonicalizationMethod.algorithm.string, SignatureSuite.canonicalEXI)
        try require("The signature method", info.signatureMethod.algorithm.string, suite.signatureMethod)
        for reference in info.reference.elements {
            let transforms = reference.transforms?.transform.elements ?? []
            guard transforms.count == 1 else {
                throw SignatureRefusal(
                    .algorithmNotAllowed, "A reference has \(transforms.count) transforms. It must have exactly one.")
            }
            try require("The transform", transforms.first?.algorithm.string, SignatureSuite.canonicalEXI)
            try require("The digest method", reference.digestMethod.algorithm.string, suite.digestMethod)
        }
    }

    /// - Returns: Whether an alternative fragment was needed.
    private func matchReferences(
        _ references: [XMLDSig.Reference], _ elements: [SignableElement], _ suite: SignatureSuite
    ) throws(SignatureRefusal) -> Bool {
        guard references.count <= elements.count else {
            throw SignatureRefusal(
                .unexpectedReferences, "There are \(references.count) references for \(elements.count) signed elements."
            )
        }
        var isMatched = [Bool](repeating: false, count: elements.count)
        var usedAlternative = false
        for reference in references {
            guard let uri = reference.uri?.string,
                let index = elements.firstIndex(where: { uri.isSame(as: "#" + $0.id) })
            else {
                throw SignatureRefusal(
                    .unexpectedReferences,
                    "A reference names none of the elements that have to be signed. "
                        + "A reference is '#' and the Id of an element.")
            }
            guard !isMatched[index] else {
                throw SignatureRefusal(.duplicateReference, "Two references name '\(elements[index].id)'.")
            }
            isMatched[index] = true
            let digest = reference.digestValue.octets
            if try suite.digest(elements[index].fragment) == digest { continue }
            guard let alternative = elements[index].alternative, try suite.digest(alternative) == digest else {
                throw SignatureRefusal(
                    .digestMismatch,
                    "The element '\(elements[index].id)' is not the one that was signed: its digest differs.")
            }
            usedAlternative = true
        }
        if let index = isMatched.firstIndex(of: false) {
            throw SignatureRefusal(
                .missingReference, "The element '\(elements[index].id)' is not signed: no reference names it.")
        }
        return usedAlternative
    }
}

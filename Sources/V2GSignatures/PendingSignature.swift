internal import SchemaTypes
internal import V2GCertificates
package import V2GKeys
package import V2GMessagesXMLDSig

/// A signature that waits for its key: digests are made, the octets to sign are known.
///
/// It is split from the key, so that cores stay pure and a key may live in a token.
package struct PendingSignature: Sendable {
    /// What the key signs: give it to `SigningKey.sign(_:)`, which hashes it.
    package let octets: [UInt8]
    private let signedInfo: XMLDSig.SignedInfo
    private let suite: SignatureSuite

    /// - Parameters:
    ///   - elements: What is signed, one reference for each, in this order.
    ///   - signer: The public half of the key that will sign; it decides on the algorithms.
    /// - Throws: ``SignatureRefusal`` with `keyNotAllowed`, `ambiguousElements` or `cannotCompute`.
    package init(
        _ elements: [SignableElement], signer: PublicKey, profile: SignatureProfile
    ) throws(SignatureError) {
        guard let suite = profile.suite(for: signer.algorithm) else {
            throw SignatureError.keyNotAllowed(signer.algorithm, profile)
        }
        try SignableElement.requireDistinct(elements)
        do {
            let transforms = XMLDSig.Transforms(
                transform: try BoundedList([
                    try XMLDSig.Transform(algorithm: XMLString(unchecked: SignatureSuite.canonicalEXI))
                ]))
            let digestMethod = try XMLDSig.DigestMethod(algorithm: XMLString(unchecked: suite.digestMethod))
            var references: [XMLDSig.Reference] = []
            for element in elements {
                references.append(
                    XMLDSig.Reference(
                        uri: try XMLString("#" + element.id), transforms: transforms, digestMethod: digestMethod,
                        digestValue: Octets(unchecked: try suite.digest(element.fragment))))
            }
            signedInfo = XMLDSig.SignedInfo(
                canonicalizationMethod: try XMLDSig.CanonicalizationMethod(
                    algorithm: XMLString(unchecked: SignatureSuite.canonicalEXI)),
                signatureMethod: try XMLDSig.SignatureMethod(
                    algorithm: XMLString(unchecked: suite.signatureMethod)),
                reference: try BoundedList(references))
        } catch let error as SignatureRefusal {
            throw error
        } catch {
            throw SignatureError(.cannotCompute, "SignedInfo cannot be made: \(error)")
        }
        octets = try profile.signsWith.octets(of: signedInfo, edition: profile.edition)
        self.suite = suite
    }

    /// The element for the message header.
    ///
    /// - Parameter signature: What `SigningKey.sign(_:)` gave for ``octets``: DER for the NIST curves, 114 octets for
    ///   Ed448.
    /// - Throws: ``SignatureRefusal`` with `badValue` when it has another form.
    package func completed(with signature: [UInt8]) throws(SignatureError) -> XMLDSig.Signature {
        guard let value = suite.messageForm(of: signature) else {
            throw SignatureError(.badValue, "The key gave \(signature.count) octets that are no signature of its kind.")
        }
        return XMLDSig.Signature(
            signedInfo: signedInfo, signatureValue: XMLDSig.SignatureValue(value: Octets(unchecked: value)))
    }

    /// Signs with a key, wherever it lives.
    ///
    /// - Throws: ``SignatureRefusal``; `cannotCompute` when the key failed.
    package static func signature(
        over elements: [SignableElement], by key: any SigningKey, profile: SignatureProfile
    ) async throws(SignatureError) -> XMLDSig.Signature {
        let pending = try PendingSignature(elements, signer: key.publicKey, profile: profile)
        let value: [UInt8]
        do {
            value = try await key.sign(pending.octets)
        } catch {
            throw SignatureError(.cannotCompute, "The key could not sign: \(error.message)")
        }
        return try pending.completed(with: value)
    }
}

extension SignableElement {
    /// Refuses none, and two of one Id: a reference would name both.
    static func requireDistinct(_ elements: [SignableElement]) throws(SignatureRefusal) {
        guard !elements.isEmpty else { throw SignatureRefusal(.ambiguousElements, "There is no element to sign.") }
        for (index, element) in elements.enumerated()
        where elements[..<index].contains(where: { $0.id.isSame(as: element.id) }) {
            throw SignatureRefusal(
                .ambiguousElements, "Two signed elements have the Id '\(element.id)'. Ids must be unique in a message.")
        }
    }
}

extension SignatureRefusal {
    static func keyNotAllowed(_ key: KeyAlgorithm, _ profile: SignatureProfile) -> SignatureRefusal {
        let remedy =
            profile.isOutOfProfile(key)
            ? " A named tolerance (Josev) can allow it." : " Take a certificate of the edition's profile."
        return SignatureRefusal(
            .keyNotAllowed,
            "\(key.rawValue) keys do not sign messages of edition \(profile.edition.rawValue)." + remedy)
    }
}

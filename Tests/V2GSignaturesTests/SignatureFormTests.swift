import CryptoOpenSSL
import EXICodec
import SchemaTypes
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSignatures

/// Signatures that are wrong in one way each, and signed anew, so that nothing but the fault can be the reason.
@Suite struct SignatureFormTests {
    let signer: Signer
    let element: SignableElement
    let good: XMLDSig.Signature

    init() throws {
        signer = try Signer("", .p256, SignatureProfile(edition: .iso2))
        element = try #require(try SignedSample.iso2().first).signable()
        good = try signer.sign([element])
    }

    /// Signs the changed `SignedInfo`, under the right key.
    private func resigned(_ change: (inout XMLDSig.Signature) throws -> Void) throws -> XMLDSig.Signature {
        var signature = good
        try change(&signature)
        let octets = try XMLDSig.Element.signedInfo(signature.signedInfo).encodedFragment()
        let raw = try #require(ECDSASignature(der: try signer.key.sign(octets), algorithm: .p256)).raw
        signature.signatureValue.value = try Octets(raw)
        return signature
    }

    private func code(_ signature: XMLDSig.Signature?) -> SignatureRefusal.Code? {
        refusal(signer.verifier, signature, over: [element], by: signer.key.publicKey)
    }

    private func changingReference(
        _ change: (inout XMLDSig.Reference) throws -> Void
    ) throws -> XMLDSig.Signature {
        try resigned { signature in
            var reference = signature.signedInfo.reference.elements[0]
            try change(&reference)
            signature.signedInfo.reference = try BoundedList([reference])
        }
    }

    @Test func resigningAloneChangesNothing() throws {
        #expect(code(try resigned { _ in }) == nil)
        #expect(code(try changingReference { _ in }) == nil)
    }

    @Test func aMissingSignatureIsRefused() {
        #expect(code(nil) == .missing)
    }

    @Test func forbiddenElementsAreRefused() throws {
        let id = try XMLID("id9")
        let canonical = try XMLString("http://www.w3.org/TR/canonical-exi/")
        let sha256 = try XMLString("http://www.w3.org/2001/04/xmlenc#sha256")
        let ecdsa = try XMLString("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")
        let text = try XMLString("x")
        var cases: [(String, XMLDSig.Signature)] = [
            ("Id of Signature", try resigned { $0.id = id }),
            ("Id of SignedInfo", try resigned { $0.signedInfo.id = id }),
            ("Id of SignatureValue", try resigned { $0.signatureValue.id = id }),
            ("Object", try resigned { $0.object = try BoundedList([try XMLDSig.Object()]) }),
            ("Type of Reference", try changingReference { $0.type = try XMLString("urn:x") }),
        ]
        cases.append(
            (
                "KeyInfo",
                try resigned {
                    $0.keyInfo = try XMLDSig.KeyInfo(content: [.keyName(try XMLString("me"))])
                }
            ))
        cases.append(
            (
                "content of CanonicalizationMethod",
                try resigned {
                    $0.signedInfo.canonicalizationMethod = try XMLDSig.CanonicalizationMethod(
                        algorithm: canonical, content: [.text(text)])
                }
            ))
        cases.append(
            (
                "HMACOutputLength",
                try resigned {
                    $0.signedInfo.signatureMethod = try XMLDSig.SignatureMethod(
                        algorithm: ecdsa, content: [.hmacOutputLength(UnboundedInteger(128))])
                }
            ))
        cases.append(
            (
                "content of DigestMethod",
                try changingReference {
                    $0.digestMethod = try XMLDSig.DigestMethod(algorithm: sha256, content: [.text(text)])
                }
            ))
        cases.append(
            (
                "XPath",
                try changingReference {
                    $0.transforms = XMLDSig.Transforms(
                        transform: try BoundedList([
                            try XMLDSig.Transform(
                                algorithm: canonical, content: [.xPath(try XMLString("//*"))])
                        ]))
                }
            ))
        for (name, signature) in cases { #expect(code(signature) == .forbiddenElement, "\(name)") }
    }

    @Test func otherAlgorithmsAreRefused() throws {
        let c14n = try XMLString("http://www.w3.org/TR/2001/REC-xml-c14n-20010315")
        let canonical = try XMLString("http://www.w3.org/TR/canonical-exi/")
        #expect(
            code(
                try resigned {
                    $0.signedInfo.canonicalizationMethod = try XMLDSig.CanonicalizationMethod(algorithm: c14n)
                }) == .algorithmNotAllowed)
        for other in [
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "",
        ] {
            let method = try XMLDSig.SignatureMethod(algorithm: try XMLString(other))
            #expect(code(try resigned { $0.signedInfo.signatureMethod = method }) == .algorithmNotAllowed, "\(other)")
        }
        for other in ["http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmlenc#sha512", ""] {
            let method = try XMLDSig.DigestMethod(algorithm: try XMLString(other))
            #expect(code(try changingReference { $0.digestMethod = method }) == .algorithmNotAllowed, "\(other)")
        }
        let right = try XMLDSig.Transform(algorithm: canonical)
        let wrong = try XMLDSig.Transform(algorithm: c14n)
        for transforms in [[wrong], [right, right], [right, wrong]] {
            let signature = try changingReference {
                $0.transforms = XMLDSig.Transforms(transform: try BoundedList(transforms))
            }
            #expect(code(signature) == .algorithmNotAllowed)
        }
        #expect(code(try changingReference { $0.transforms = nil }) == .algorithmNotAllowed)
    }

    @Test func referencesToSomethingElseAreRefused() throws {
        for other in ["#id2", "id1", "", "#ID1", "#id1 ", "##id1", "http://example.com/#id1"] {
            let signature = try changingReference { $0.uri = try XMLString(other) }
            #expect(code(signature) == .unexpectedReferences, "\(other)")
        }
        #expect(code(try changingReference { $0.uri = nil }) == .unexpectedReferences)
    }

    @Test func aSecondReferenceIsRefused() throws {
        let twice = try resigned {
            let one = $0.signedInfo.reference.elements[0]
            $0.signedInfo.reference = try BoundedList([one, one])
        }
        #expect(code(twice) == .unexpectedReferences)
        // Two elements, one of them named twice: the other is not signed.
        let second = try #require(try SignedSample.iso2().last).signable()
        #expect(
            refusal(signer.verifier, twice, over: [element, second], by: signer.key.publicKey) == .duplicateReference)
    }

    @Test func aDigestOfAnotherLengthIsRefused() throws {
        let digest = good.signedInfo.reference.elements[0].digestValue.octets
        for other in [[], Array(digest.dropLast()), digest + [0]] {
            #expect(code(try changingReference { $0.digestValue = try Octets(other) }) == .digestMismatch)
        }
    }

    @Test func valuesOutOfRangeAreRefused() throws {
        let value = good.signatureValue.value.octets
        let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        let zero = [UInt8](repeating: 0, count: 32)
        let first = Array(value[..<32])
        let last = Array(value[32...])
        let der = try #require(ECDSASignature(raw: value, algorithm: .p256)).der
        let bad: [(String, [UInt8])] = [
            ("empty", []), ("63 octets", Array(value.dropLast())), ("65 octets", value + [0]),
            ("r = 0", zero + last), ("s = 0", first + zero), ("r = n", order + last), ("s = n", first + order),
            ("DER", der), ("132 octets", [UInt8](repeating: 1, count: 132)),
        ]
        for (name, octets) in bad {
            var signature = good
            signature.signatureValue.value = try Octets(octets)
            #expect(code(signature) == .badValue, "\(name)")
        }
        var swapped = good
        swapped.signatureValue.value = try Octets(last + first)
        #expect(code(swapped) == .wrongSignature)
    }

    @Test func aKeyThatGivesNoSignatureIsNotSent() throws {
        let pending = try PendingSignature([element], signer: signer.key.publicKey, profile: signer.profile)
        #expect(throws: SignatureRefusal.self) { _ = try pending.completed(with: [1, 2, 3]) }
    }
}

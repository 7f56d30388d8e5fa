import CryptoOpenSSL
import EXICodec
import SchemaTypes
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GMessagesXMLDSig
import V2GSignatures

@Suite struct SignatureTests {
    @Test func everySignedElementVerifiesUnderEveryKeyAndGrammar() throws {
        for edition in Edition.allCases {
            for signer in try Signer.all(edition) {
                for sample in try SignedSample.all() where sample.edition == edition {
                    let element = try sample.signable()
                    let verified = try signer.verifier.verify(
                        try signer.sign([element]), over: [element], by: signer.key.publicKey)
                    #expect(verified.ids == [element.id])
                    #expect(verified.covers(element))
                    #expect(verified.grammar == signer.profile.signsWith, "\(sample.name), \(signer.name)")
                    #expect(verified.isOutOfProfile == (edition == .iso20 && signer.key.algorithm == .p256))
                    #expect(!verified.usedAlternativeFragment)
                    #expect(verified.signer == signer.key.publicKey)
                }
            }
        }
    }

    @Test func anElementWithAnyBitChangedIsRefused() throws {
        for edition in Edition.allCases {
            let signer = try Signer("", edition.defaultKeyAlgorithm, SignatureProfile(edition: edition))
            for sample in try SignedSample.all() where sample.edition == edition {
                let signature = try signer.sign([try sample.signable()])
                let mutants = try sample.mutants()
                #expect(mutants.count > 50, "\(sample.name)")
                for mutant in mutants {
                    // What is no signed element any more, or has lost its Id, is refused by its maker.
                    guard let element = try? mutant.signable() else { continue }
                    let code = refusal(signer.verifier, signature, over: [element], by: signer.key.publicKey)
                    #expect(code == .digestMismatch || code == .unexpectedReferences, "\(mutant.name)")
                }
            }
        }
    }

    @Test func aSignatureWithAnyBitChangedIsRefused() throws {
        for edition in Edition.allCases {
            for signer in try Signer.all(edition) where signer.profile.signsWith == .standalone {
                let sample = try #require(try SignedSample.all().first { $0.edition == edition })
                let element = try sample.signable()
                let signature = try signer.sign([element])
                let octets = try XMLDSig.Element.signature(signature).encodedFragment()
                var mutants = 0
                for bit in 8..<(octets.count * 8) {
                    var changed = octets
                    changed[bit / 8] ^= 0x80 >> UInt8(bit % 8)
                    guard case .signature(let mutant)? = try? XMLDSig.Element(decodingFragment: changed.span),
                        mutant != signature
                    else { continue }
                    mutants += 1
                    let code = refusal(signer.verifier, mutant, over: [element], by: signer.key.publicKey)
                    #expect(code != nil, "\(signer.name), bit \(bit)")
                }
                #expect(mutants > 1_000, "\(signer.name)")
            }
        }
    }

    @Test func anotherKeyIsRefused() throws {
        for edition in Edition.allCases {
            for signer in try Signer.all(edition) {
                let sample = try #require(try SignedSample.all().first { $0.edition == edition })
                let element = try sample.signable()
                let signature = try signer.sign([element])
                let other = try SoftwareKey.generate(signer.key.algorithm).publicKey
                #expect(refusal(signer.verifier, signature, over: [element], by: other) == .wrongSignature)
            }
        }
    }

    @Test func p256InEdition20NeedsTheNamedTolerance() throws {
        let profile = SignatureProfile(edition: .iso20)
        let tolerant = try Signer("", .p256, SignatureProfile(edition: .iso20, allowsP256InEdition20: true))
        let element = try #require(try SignedSample.iso20().first).signable()
        let signature = try tolerant.sign([element])
        let strict = MessageSignatureVerifier(profile: profile)
        #expect(refusal(strict, signature, over: [element], by: tolerant.key.publicKey) == .keyNotAllowed)
        #expect(throws: SignatureRefusal.self) {
            _ = try PendingSignature([element], signer: tolerant.key.publicKey, profile: profile)
        }
    }

    @Test func p521AndEd448AreRefusedInEdition2() throws {
        let element = try #require(try SignedSample.iso2().first).signable()
        for algorithm in [KeyAlgorithm.p521, .ed448, .x448] {
            let key = try SoftwareKey.generate(algorithm)
            #expect(throws: SignatureRefusal.self) {
                _ = try PendingSignature(
                    [element], signer: key.publicKey, profile: SignatureProfile(edition: .iso2))
            }
        }
    }

    @Test func ed448DigestsAreNotInterchangeable() throws {
        let signers = try Signer.all(.iso20).filter { $0.key.algorithm == .ed448 }
        let element = try #require(try SignedSample.iso20().first).signable()
        for signer in signers {
            for other in signers where other.profile.ed448Digest != signer.profile.ed448Digest {
                let signature = try signer.sign([element])
                #expect(
                    refusal(other.verifier, signature, over: [element], by: signer.key.publicKey)
                        == .algorithmNotAllowed)
            }
        }
    }

    @Test func installationAnswersHaveFourReferencesAndTariffsOneEach() throws {
        let signer = try Signer("", .p256, SignatureProfile(edition: .iso2))
        let key = signer.key.publicKey
        var tariffs: [ISO2.SalesTariff] = []
        for sample in try SignedSample.iso2() {
            guard case .iso2(.salesTariff(var tariff)) = sample.body else { continue }
            for number in 1...3 {
                tariff.id = try XMLID("tariff\(number)")
                tariff.salesTariffID = try ISO2.SAID(UInt8(number))
                tariffs.append(tariff)
            }
        }
        let elements = try SignableElement.elements(of: tariffs)
        let signature = try signer.sign(elements)
        #expect(signature.signedInfo.reference.count == 3)
        // The order of references does not matter, their Ids do.
        let verified = try signer.verifier.verify(signature, over: elements.reversed(), by: key)
        #expect(Set(verified.ids) == ["tariff1", "tariff2", "tariff3"])
        tariffs[0].numEPriceLevels = 3
        #expect(!verified.covers(try .salesTariff(tariffs[0])))
        #expect(
            refusal(signer.verifier, signature, over: Array(elements.dropLast()), by: key) == .unexpectedReferences)
        let partial = try signer.sign(Array(elements.dropLast()))
        #expect(refusal(signer.verifier, partial, over: elements, by: key) == .missingReference)
        #expect(
            refusal(signer.verifier, signature, over: elements + [elements[0]], by: key) == .ambiguousElements)
        #expect(refusal(signer.verifier, signature, over: [], by: key) == .ambiguousElements)
    }

    @Test func anEMAIDUnderTheGrammarOfItsTypeIsAcceptedAndReported() throws {
        let signer = try Signer("", .p256, SignatureProfile(edition: .iso2))
        let emaid = ISO2.EMAID(id: try XMLID("id4"), value: try ISO2.EMAIDString("NLTNM000122045U"))
        let element = try SignableElement.emaid(emaid)
        var signature = try signer.sign([element])
        let typed = try ISO2.Element.emaid(emaid).encodedFragment(form: EXIForm(ambiguousFragments: .typed))
        #expect(typed != element.fragment)
        var reference = signature.signedInfo.reference.elements[0]
        reference.digestValue = try Octets(HashAlgorithm.sha256.hash(typed))
        signature.signedInfo.reference = try BoundedList([reference])
        let info = try XMLDSig.Element.signedInfo(signature.signedInfo).encodedFragment()
        let der = try signer.key.sign(info)
        let raw = try #require(ECDSASignature(der: der, algorithm: .p256)).raw
        signature.signatureValue.value = try Octets(raw)
        let verified = try signer.verifier.verify(signature, over: [element], by: signer.key.publicKey)
        #expect(verified.usedAlternativeFragment)
    }

    @Test func anElementWithoutIdCannotBeSigned() throws {
        #expect(throws: SignatureRefusal.self) {
            _ = try SignableElement.authorizationReq(ISO2.AuthorizationReq())
        }
    }
}

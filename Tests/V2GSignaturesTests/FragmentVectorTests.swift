import CryptoOpenSSL
import EXICodec
import SchemaTypes
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GMessagesISO20Common
import V2GMessagesXMLDSig
import V2GSignatures

/// Fragments as EXIficient makes them, in numbers that were published with the facts about the protocol.
@Suite struct FragmentVectorTests {
    @Test func everySignedElementHasItsPublishedEventCode() throws {
        for sample in try SignedSample.all() {
            let octets = try sample.signable().fragment
            let width = sample.edition == .iso2 ? 8 : 9
            let head = Int(octets[1]) << 8 | Int(octets[2])
            #expect(octets[0] == 0x80)
            #expect(head >> (16 - width) == sample.code, "\(sample.name)")
        }
    }

    @Test func authorizationReqIsEncodedAsEXIficientDoes() throws {
        let request = ISO2.AuthorizationReq(
            id: try XMLID("id1"), genChallenge: try ISO2.GenChallenge(SignedSample.octets(16)))
        let octets = try SignableElement.authorizationReq(request).fragment
        #expect(octets == hex("8004015a590c408000081018202830384048505860687079e8"))
    }

    @Test func emaidIsEncodedAsEXIficientDoes() throws {
        let emaid = ISO2.EMAID(id: try XMLID("id4"), value: try ISO2.EMAIDString("NLTNM000122045U"))
        let octets = try SignableElement.emaid(emaid).fragment
        #expect(octets == hex("80ec0202b4b21a400453931513934c0c0c0c4c8c8c0d0d557d3d00"))
    }

    @Test func signedInfoIsEncodedInTheStandaloneGrammar() throws {
        let expected = hex(
            """
            808112b43a3a381d1797bbbbbb973b999737b93397aa2917b1b0b737b734b1b0b616b2bc3497a1ab43a3a381d1797bbbbbb973b999737b
            933979918181897981a17bc36b63239b4b396b6b7b93291b2b1b239b096b9b430991a9b220623696431025687474703a2f2f7777772e77
            332e6f72672f54522f63616e6f6e6963616c2d6578692f4852d0e8e8e0745e5eeeeeee5cee665cdee4ce5e646060625e60685ef0dad8ca
            dcc646e6d0c2646a6c84000020406080a0c0e10121416181a1c1e20222426282a2c2e30323436383a3c3e370
            """)
        #expect(expected.count == 209)
        let decoded = try XMLDSig.Element(decodingFragment: expected.span)
        guard case .signedInfo(let info) = decoded else {
            Issue.record("not a SignedInfo")
            return
        }
        let again = try XMLDSig.Element.signedInfo(info).encodedFragment()
        #expect(again == expected)
        // One octet more, with nine bits of event code where the standalone grammar has six.
        let combined = try ISO20Common.Element.signedInfo(info).encodedFragment()
        #expect(combined.count == 210)
    }

    @Test func weSignWhatThatSignedInfoSays() throws {
        let signer = try Signer("P-256", .p256, SignatureProfile(edition: .iso2))
        let request = ISO2.AuthorizationReq(
            id: try XMLID("id1"), genChallenge: try ISO2.GenChallenge(SignedSample.octets(16)))
        let pending = try PendingSignature(
            [try .authorizationReq(request)], signer: signer.key.publicKey, profile: signer.profile)
        // All but the digest, the last 32 octets and some bits, is that of the vector.
        #expect(
            Array(pending.octets.prefix(170))
                == Array(
                    hex(
                        """
                        808112b43a3a381d1797bbbbbb973b999737b93397aa2917b1b0b737b734b1b0b616b2bc3497a1ab43a3a381d1797bbbbbb973b999737b
                        933979918181897981a17bc36b63239b4b396b6b7b93291b2b1b239b096b9b430991a9b220623696431025687474703a2f2f7777772e77
                        332e6f72672f54522f63616e6f6e6963616c2d6578692f4852d0e8e8e0745e5eeeeeee5cee665cdee4ce5e646060625e60685ef0dad8ca
                        dcc646e6d0c2646a6c84
                        """
                    ).prefix(170)))
        #expect(pending.octets.count == 209)
    }
}

import CryptoOpenSSL
import EXICodec
import Foundation
import SchemaTypes
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GMessagesISO20Common
import V2GMessagesXMLDSig
import V2GSignatures

/// Signatures that others made over bytes that others encoded; the file tells who.
@Suite struct ForeignVectorTests {
    private struct Vector: Decodable {
        var set, element, algorithm, digest, grammar, publicKey, fragment, signature: String
    }

    private struct File: Decodable {
        var vectors: [Vector]
    }

    @Test func signaturesMadeByOthersVerify() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Vectors/signatures/foreign.json")
        let vectors = try JSONDecoder().decode(File.self, from: Data(contentsOf: path)).vectors
        #expect(vectors.count == 10)
        for vector in vectors {
            let edition: Edition = vector.set == "iso2" ? .iso2 : .iso20
            let fragment = hex(vector.fragment)
            let body: SignedSample.Body =
                edition == .iso2
                ? .iso2(try ISO2.Element(decodingFragment: fragment.span))
                : .iso20(try ISO20Common.Element(decodingFragment: fragment.span))
            let element = try SignedSample(name: vector.element, body: body, code: nil).signable()
            let algorithm = try #require(KeyAlgorithm(rawValue: vector.algorithm))
            let key = try #require(PublicKey(algorithm: algorithm, bytes: hex(vector.publicKey)))
            let octets = hex(vector.signature)
            guard case .signature(let signature) = try XMLDSig.Element(decodingFragment: octets.span) else {
                Issue.record("not a signature")
                continue
            }
            let profile = SignatureProfile(
                edition: edition, allowsP256InEdition20: algorithm == .p256,
                ed448Digest: vector.digest == "shake256" ? .shake256 : .sha512)
            let verified = try MessageSignatureVerifier(profile: profile).verify(
                signature, over: [element], by: key)
            #expect(verified.grammar.rawValue == vector.grammar)
            var changed = signature
            changed.signatureValue.value = try Octets(signature.signatureValue.value.octets.reversed())
            #expect(refusal(MessageSignatureVerifier(profile: profile), changed, over: [element], by: key) != nil)
        }
    }
}

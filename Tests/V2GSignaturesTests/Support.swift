import CryptoOpenSSL
import EXICodec
import SchemaTypes
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSignatures

/// Octets from hex digits, spaces allowed.
func hex(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// A key and the profile that it signs under.
struct Signer: Sendable, CustomTestStringConvertible {
    let name: String
    let key: SoftwareKey
    let profile: SignatureProfile

    var testDescription: String { name }
    var verifier: MessageSignatureVerifier { MessageSignatureVerifier(profile: profile) }

    init(_ name: String, _ algorithm: KeyAlgorithm, _ profile: SignatureProfile) throws {
        self.name = name
        key = try SoftwareKey.generate(algorithm)
        self.profile = profile
    }

    func sign(_ elements: [SignableElement]) throws -> XMLDSig.Signature {
        let pending = try PendingSignature(elements, signer: key.publicKey, profile: profile)
        return try pending.completed(with: try key.sign(pending.octets))
    }

    /// Each kind of signature, under each grammar of `SignedInfo`.
    static func all(_ edition: Edition) throws -> [Signer] {
        var signers: [Signer] = []
        for grammar in SignedInfoGrammar.allCases {
            let profile = SignatureProfile(edition: edition, signsWith: grammar)
            guard edition == .iso20 else {
                signers.append(try Signer("P-256, \(grammar)", .p256, profile))
                continue
            }
            signers.append(try Signer("P-521, \(grammar)", .p521, profile))
            signers.append(try Signer("Ed448, \(grammar)", .ed448, profile))
            var shake = profile
            shake.ed448Digest = .shake256
            signers.append(try Signer("Ed448 and SHAKE256, \(grammar)", .ed448, shake))
            var tolerant = profile
            tolerant.allowsP256InEdition20 = true
            signers.append(try Signer("P-256 tolerated, \(grammar)", .p256, tolerant))
        }
        return signers
    }
}

/// The code of the refusal, `nil` when the signature was accepted.
func refusal(
    _ verifier: MessageSignatureVerifier, _ signature: XMLDSig.Signature?, over elements: [SignableElement],
    by key: PublicKey
) -> SignatureRefusal.Code? {
    do throws(SignatureRefusal) {
        _ = try verifier.verify(signature, over: elements, by: key)
        return nil
    } catch {
        return error.code
    }
}

package import V2GCertificates
internal import CryptoOpenSSL
internal import V2GKeys

/// The grammar that `SignedInfo` is encoded in before it is signed. The standard leaves room for both readings; most
/// peers take the first.
package enum SignedInfoGrammar: String, Sendable, Hashable, CaseIterable {
    /// The schema of XML signatures alone.
    case standalone
    /// The schema set of the message: MsgDef in -2, CommonMessages in -20.
    case messageSet
}

/// The digest of references that are signed with Ed448, on which public implementations disagree.
package enum Ed448Digest: String, Sendable, Hashable, CaseIterable {
    /// SHA-512, as for the P-521 signatures of the same edition.
    case sha512
    /// SHAKE256 with 64 octets of output.
    case shake256
}

/// Which signatures an edition allows, and the tolerances that an operator chose.
package struct SignatureProfile: Sendable, Hashable {
    package let edition: Edition
    /// Accept and make P-256 with SHA-256 in -20, as Josev does. Out of profile, and reported as such.
    package var allowsP256InEdition20: Bool
    /// What `SignedInfo` is encoded in when we sign; both are verified.
    package var signsWith: SignedInfoGrammar
    /// The digest that goes with Ed448, made and expected.
    package var ed448Digest: Ed448Digest

    package init(
        edition: Edition, allowsP256InEdition20: Bool = false, signsWith: SignedInfoGrammar = .standalone,
        ed448Digest: Ed448Digest = .sha512
    ) {
        self.edition = edition
        self.allowsP256InEdition20 = allowsP256InEdition20
        self.signsWith = signsWith
        self.ed448Digest = ed448Digest
    }

    /// The algorithms that go with a key, `nil` when the profile does not allow the key.
    func suite(for key: KeyAlgorithm) -> SignatureSuite? {
        switch (edition, key) {
        case (.iso2, .p256): .ecdsaP256
        case (.iso20, .p521): .ecdsaP521
        case (.iso20, .ed448): ed448Digest == .sha512 ? .ed448SHA512 : .ed448SHAKE256
        case (.iso20, .p256): allowsP256InEdition20 ? .ecdsaP256 : nil
        case (.iso2, _), (.iso20, .x448): nil
        }
    }

    /// Whether a key is allowed by a tolerance only.
    func isOutOfProfile(_ key: KeyAlgorithm) -> Bool { edition == .iso20 && key == .p256 }
}

/// What belongs to one kind of key: a signature never chooses among algorithms, its key does.
enum SignatureSuite: Sendable {
    case ecdsaP256, ecdsaP521, ed448SHA512, ed448SHAKE256

    /// EXI is its own canonical form; the one canonicalization and the one transform of all signed messages.
    static let canonicalEXI = "http://www.w3.org/TR/canonical-exi/"

    var signatureMethod: String {
        switch self {
        case .ecdsaP256: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
        case .ecdsaP521: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512"
        case .ed448SHA512, .ed448SHAKE256: "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448"
        }
    }

    var digestMethod: String {
        switch self {
        case .ecdsaP256: "http://www.w3.org/2001/04/xmlenc#sha256"
        case .ecdsaP521, .ed448SHA512: "http://www.w3.org/2001/04/xmlenc#sha512"
        case .ed448SHAKE256: "http://www.w3.org/2021/04/xmldsig-more#shake256"
        }
    }

    func digest(_ octets: [UInt8]) throws(SignatureRefusal) -> [UInt8] {
        switch self {
        case .ecdsaP256: return HashAlgorithm.sha256.hash(octets)
        case .ecdsaP521, .ed448SHA512: return HashAlgorithm.sha512.hash(octets)
        case .ed448SHAKE256:
            do {
                return try shake256(octets, count: 64)
            } catch {
                throw SignatureRefusal(.cannotCompute, "SHAKE256 is not available: \(error.message)")
            }
        }
    }

    /// The octets of `SignatureValue` from the form that keys make (see `SigningKey`); `nil` for what no key of this
    /// kind makes.
    func messageForm(of signature: [UInt8]) -> [UInt8]? {
        switch self {
        case .ecdsaP256: ECDSASignature(der: signature, algorithm: .p256)?.raw
        case .ecdsaP521: ECDSASignature(der: signature, algorithm: .p521)?.raw
        case .ed448SHA512, .ed448SHAKE256: signature.count == Self.ed448Length ? signature : nil
        }
    }

    /// The form that verifiers take, from the octets of `SignatureValue`: `r || s` of exactly twice the field's
    /// length with both numbers in `1..<n`, or 114 octets. `nil` for everything else.
    func keyForm(of value: [UInt8]) -> [UInt8]? {
        switch self {
        case .ecdsaP256: ECDSASignature(raw: value, algorithm: .p256)?.der
        case .ecdsaP521: ECDSASignature(raw: value, algorithm: .p521)?.der
        case .ed448SHA512, .ed448SHAKE256: value.count == Self.ed448Length ? value : nil
        }
    }

    private static let ed448Length = 114
}

internal import V2GDER
internal import V2GKeys
internal import V2GX509

/// One entry of `trusted_ca_keys` (RFC 6066 section 6; [V2G2-652] has the car always send it).
package enum TrustedAuthority: Sendable, Hashable {
    /// Whatever both sides agreed on before: matches nothing.
    case preAgreed
    /// SHA-1 of the bits of the authority's public key.
    case keySHA1([UInt8])
    /// The authority's name in DER.
    case name([UInt8])
    /// SHA-1 of the authority's certificate.
    case certificateSHA1([UInt8])

    package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        case preAgreed = 0, keySHA1 = 1, name = 2, certificateSHA1 = 3
    }

    /// Most entries that are read: each chain of ours is compared with each.
    package static let maximumCount = 256

    /// Reads the body of the extension, `nil` when it is malformed.
    package static func list(_ body: [UInt8]) -> [TrustedAuthority]? {
        var outer = ByteReader(body)
        guard let list = outer.readVector(lengthOctets: 2), outer.isAtEnd else { return nil }
        var reader = ByteReader(list)
        var found: [TrustedAuthority] = []
        while !reader.isAtEnd {
            guard found.count < maximumCount, let type = reader.readNumber(octets: 1),
                let kind = UInt8(exactly: type).flatMap(Kind.init(rawValue:))
            else { return nil }
            switch kind {
            case .preAgreed:
                found.append(.preAgreed)
            case .keySHA1:
                guard let hash = reader.read(20) else { return nil }
                found.append(.keySHA1(Array(hash)))
            case .name:
                guard let name = reader.readVector(lengthOctets: 2), !name.isEmpty else { return nil }
                found.append(.name(Array(name)))
            case .certificateSHA1:
                guard let hash = reader.read(20) else { return nil }
                found.append(.certificateSHA1(Array(hash)))
            }
        }
        return found
    }

    /// The body of the extension; entries that do not fit any more are left out.
    package static func encode(_ authorities: [TrustedAuthority]) -> [UInt8] {
        var list: [UInt8] = []
        for authority in authorities {
            let entry = authority.encoded
            guard list.count + entry.count <= 0xffff - 2 else { break }
            list += entry
        }
        return [UInt8(truncatingIfNeeded: list.count >> 8), UInt8(truncatingIfNeeded: list.count)] + list
    }

    private var encoded: [UInt8] {
        switch self {
        case .preAgreed: [Kind.preAgreed.rawValue]
        case .keySHA1(let hash): [Kind.keySHA1.rawValue] + hash
        case .name(let name):
            [Kind.name.rawValue, UInt8(truncatingIfNeeded: name.count >> 8), UInt8(truncatingIfNeeded: name.count)]
                + name
        case .certificateSHA1(let hash): [Kind.certificateSHA1.rawValue] + hash
        }
    }

    /// Names an authority's certificate.
    init(_ certificate: Certificate, as kind: Kind) {
        switch kind {
        case .preAgreed: self = .preAgreed
        case .keySHA1: self = .keySHA1(HashAlgorithm.sha1.hash(certificate.body.subjectPublicKeyInfo.keyBits))
        case .name: self = .name(certificate.subject.der)
        case .certificateSHA1: self = .certificateSHA1(HashAlgorithm.sha1.hash(certificate.der))
        }
    }
}

/// By what names the authorities above a leaf may be called, computed once for each chain.
struct AuthorityNames: Sendable {
    private var known: Set<TrustedAuthority> = []

    /// - Parameter chain: Leaf first, without the root.
    init(chain: [Certificate], root: Certificate?) {
        for authority in Array(chain.dropFirst()) + [root].compactMap({ $0 }) {
            for kind in [TrustedAuthority.Kind.keySHA1, .name, .certificateSHA1] {
                known.insert(TrustedAuthority(authority, as: kind))
            }
        }
        guard let top = chain.last else { return }
        // The root that is not at hand is still known by what its child says of it.
        known.insert(.name(top.issuer.der))
        if let identifier = (try? top.body.authorityKeyIdentifier())?.keyIdentifier, identifier.count == 20 {
            known.insert(.keySHA1(identifier))
        }
    }

    func contains(_ authority: TrustedAuthority) -> Bool { known.contains(authority) }
}

public import V2GX509

/// A root that the operator trusts, and for which kinds of chain.
///
/// An anchor is its key together with its name: a second root that only bears the same name (an "evil twin") is
/// another anchor, and signs nothing for this one.
public struct TrustAnchor: Sendable, Hashable {
    public let certificate: Certificate
    /// What the operator trusts it for.
    public let kinds: Set<AnchorKind>
    /// SHA-256 of the SubjectPublicKeyInfo.
    public let fingerprint: [UInt8]

    public init(_ certificate: Certificate, kinds: Set<AnchorKind>) {
        self.certificate = certificate
        self.kinds = kinds
        fingerprint = certificate.body.subjectPublicKeyInfo.fingerprint
    }

    /// Whether a certificate stands for the same key and name.
    package func isSameIdentity(as other: Certificate) -> Bool { certificate.hasSameIdentity(as: other) }
}

/// The anchors of a verifier, with the link certificates that join the old and the new root while one replaces the
/// other.
public struct AnchorStore: Sendable {
    public private(set) var anchors: [TrustAnchor] = []
    /// Certificates of one root's key by another root; see ``addLink(_:)``.
    public private(set) var links: [Certificate] = []

    public init() {}

    /// Trusts a root for the given kinds. A verifier refuses one that its own key did not sign. The same
    /// certificate added again gains the further kinds.
    public mutating func add(_ certificate: Certificate, kinds: Set<AnchorKind>) {
        if let index = anchors.firstIndex(where: { $0.certificate == certificate }) {
            anchors[index] = TrustAnchor(certificate, kinds: anchors[index].kinds.union(kinds))
        } else {
            anchors.append(TrustAnchor(certificate, kinds: kinds))
        }
    }

    /// Trusts a root for one kind.
    public mutating func add(_ certificate: Certificate, kind: AnchorKind) { add(certificate, kinds: [kind]) }

    /// Offers a link certificate to path building. It is not trusted by itself: some anchor must have signed it.
    public mutating func addLink(_ certificate: Certificate) {
        if !links.contains(certificate) { links.append(certificate) }
    }
}

extension Certificate {
    /// Whether both certify the same key under the same name.
    package func hasSameIdentity(as other: Certificate) -> Bool {
        body.subjectPublicKeyInfo.der == other.body.subjectPublicKeyInfo.der && subject.matches(other.subject)
    }
}

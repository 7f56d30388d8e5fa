package import V2GX509

/// A leaf, the certificates above it, and the anchor they end in: every signature holds, nothing else is judged yet.
package struct CandidatePath: Sendable {
    /// Leaf first, the anchor not included.
    package let certificates: [Certificate]
    package let anchor: TrustAnchor

    package var leaf: Certificate { certificates[0] }

    /// The certificate that signed the one at `index`.
    package func issuer(of index: Int) -> Certificate {
        index + 1 < certificates.count ? certificates[index + 1] : anchor.certificate
    }
}

/// Where a path could not go on.
package struct DeadEnd: Sendable {
    package enum Cause: Sendable {
        /// Nothing bears the issuer's name.
        case noIssuer
        /// Certificates bear the issuer's name, and none of their keys made the signature.
        case signature(triedAnchor: Bool)
        /// The next certificate is in the path already.
        case loop
        /// The path has as many intermediates as are allowed.
        case tooLong
    }

    /// Leaf first; the last one has no usable issuer.
    package let certificates: [Certificate]
    package let cause: Cause
}

/// Finds the paths from a leaf to an anchor, depth first with backtracking: names chain by RFC 5280 7.1, key
/// identifiers only decide what is tried first, and a signature decides what counts.
package struct PathBuilder {
    private let verifier: any SignedDataVerifier
    private let limits: PathLimits
    private let pool: [Certificate]
    private let anchors: [TrustAnchor]
    private var known: [Link: Bool] = [:]
    private var signatureChecks = 0
    private var paths = 0

    package private(set) var deadEnds: [DeadEnd] = []
    /// Whether a limit ended the search before every path was tried.
    package private(set) var isExhausted = false

    private struct Link: Hashable {
        let subject: Swift.ObjectIdentifier
        let issuer: Swift.ObjectIdentifier
    }

    package init(
        pool: [Certificate], anchors: [TrustAnchor], verifier: any SignedDataVerifier, limits: PathLimits
    ) {
        self.verifier = verifier
        self.limits = limits
        self.pool = pool
        self.anchors = anchors
    }

    /// Offers each path to `accept` until it takes one.
    ///
    /// - Returns: Whether one was taken.
    package mutating func search(from leaf: Certificate, accept: (CandidatePath) -> Bool) -> Bool {
        var path = [leaf]
        return extend(&path, accept)
    }

    private mutating func extend(_ path: inout [Certificate], _ accept: (CandidatePath) -> Bool) -> Bool {
        guard let top = path.last, !isExhausted else { return false }
        // A malformed identifier is no hint; lint refuses it by its own rule.
        let hint = (try? top.body.authorityKeyIdentifier())?.keyIdentifier
        var isNameKnown = false
        var triedAnchor = false
        var wasSigned = false
        for anchor in Self.ordered(anchors.filter { $0.certificate.subject.matches(top.issuer) }, hint, \.certificate) {
            isNameKnown = true
            triedAnchor = true
            // A self-signed leaf that is itself installed as an anchor proves nothing about its role.
            guard !top.hasSameIdentity(as: anchor.certificate) else { continue }
            guard isSigned(top, by: anchor.certificate) else { continue }
            wasSigned = true
            guard paths < limits.maximumPaths else {
                isExhausted = true
                return false
            }
            paths += 1
            if accept(CandidatePath(certificates: path, anchor: anchor)) { return true }
        }
        var loops = false
        for next in Self.ordered(pool.filter { $0.subject.matches(top.issuer) }, hint, \.self) {
            isNameKnown = true
            // The root sent along adds nothing: its key was tried as the anchor's.
            if next.body.isSelfIssued, anchors.contains(where: { $0.isSameIdentity(as: next) }) { continue }
            guard !path.contains(where: { $0.hasSameIdentity(as: next) }) else {
                loops = true
                continue
            }
            guard path.count <= limits.maximumIntermediates else {
                record(path, .tooLong)
                return false
            }
            guard isSigned(top, by: next) else { continue }
            wasSigned = true
            path.append(next)
            if extend(&path, accept) { return true }
            path.removeLast()
        }
        if !wasSigned, !isExhausted {
            // A root that is not installed ends in itself, which is no ring.
            let isForeignRoot = top.body.isSelfIssued
            if loops, !isForeignRoot {
                record(path, .loop)
            } else {
                record(
                    path,
                    triedAnchor || (isNameKnown && !isForeignRoot) ? .signature(triedAnchor: triedAnchor) : .noIssuer)
            }
        }
        return false
    }

    private mutating func record(_ path: [Certificate], _ cause: DeadEnd.Cause) {
        if deadEnds.count < limits.maximumPaths { deadEnds.append(DeadEnd(certificates: path, cause: cause)) }
    }

    private mutating func isSigned(_ certificate: Certificate, by issuer: Certificate) -> Bool {
        let link = Link(subject: Swift.ObjectIdentifier(certificate), issuer: Swift.ObjectIdentifier(issuer))
        if let answer = known[link] { return answer }
        guard signatureChecks < limits.maximumSignatureChecks else {
            isExhausted = true
            return false
        }
        signatureChecks += 1
        let answer = verifier.isSigned(certificate, by: issuer.body.subjectPublicKeyInfo)
        known[link] = answer
        return answer
    }

    /// Those whose key identifier is the wanted one first; the order is kept otherwise.
    private static func ordered<Item>(
        _ items: [Item], _ hint: [UInt8]?, _ certificate: (Item) -> Certificate
    ) -> [Item] {
        guard let hint, items.count > 1 else { return items }
        var wanted: [Item] = []
        var others: [Item] = []
        for item in items {
            // A malformed identifier is no hint.
            if (try? certificate(item).body.subjectKeyIdentifier()) == hint {
                wanted.append(item)
            } else {
                others.append(item)
            }
        }
        return wanted + others
    }
}

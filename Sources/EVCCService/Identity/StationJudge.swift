internal import Synchronization
package import V2GCertificates
package import V2GPKIDirectory
internal import V2GPrimitives
package import V2GSession
package import V2GTLS

/// Judges the station's chain with its OCSP answers: an answer must be there, fresh and good, or the car closes
/// ([V2G2-873], [V2G20-2411]).
package final class StationJudge: Sendable {
    /// What came of it, for the record.
    package enum Finding: Sendable {
        case accepted(ValidatedChain)
        case refused(ChainRefusal)
        case noTrust
    }

    private let iso2: ChainVerifier?
    private let iso20: ChainVerifier?
    private let fallback: ChainVerifier?
    private let result = Mutex<Finding?>(nil)

    /// - Parameter quirks: `josev` accepts P-256 chains in TLS 1.3 and a chain without an OCSP answer; the record says
    ///   that it was used.
    package init(iso2: PKIEdition?, iso20: PKIEdition?, quirks: Set<Quirk>) {
        var settings = ChainVerifier.Settings()
        if quirks.contains(.josev) {
            settings.revocation = .ifPresented
        }
        self.iso2 = iso2?.verifier(role: .secc, settings: settings)
        self.iso20 = iso20?.verifier(role: .secc, settings: settings)
        // A dual car may speak -2 over TLS 1.3, where the station then shows its -2 leaf.
        fallback = quirks.contains(.josev) ? self.iso2 : nil
    }

    package var finding: Finding? { result.withLock { $0 } }

    package func judge(_ peer: PeerCertificates) -> PeerVerdict {
        let now = Timestamp.now()
        let evidence = RevocationEvidence(ocsp: peer.staples.compactMap { $0 })
        let verifiers = peer.isTLS13 ? [iso20, fallback] : [iso2]
        var refusal: ChainRefusal?
        for case .some(let verifier) in verifiers {
            do throws(ChainRefusal) {
                let chain = try verifier.verify(der: peer.chain, evidence: evidence, at: now)
                result.withLock { $0 = .accepted(chain) }
                return .accepted
            } catch {
                refusal = refusal ?? error
            }
        }
        guard let refusal else {
            result.withLock { $0 = .noTrust }
            return .refused(
                alert: .unknownCA,
                reason: "SSL_R_CERTIFICATE_VERIFY_FAILED: the car has no V2G root for \(peer.isTLS13 ? "-20" : "-2"). "
                    + "Put it into the PKI directory.")
        }
        result.withLock { $0 = .refused(refusal) }
        return .refused(alert: Self.alert(refusal), reason: Self.text(refusal, peer))
    }

    private static func alert(_ refusal: ChainRefusal) -> TLSAlert {
        let rules = refusal.rules.joined(separator: " ")
        if rules.contains("REVOKED") { return .certificateRevoked }
        if rules.contains("EXPIRED") || rules.contains("NOT-YET-VALID") { return .certificateExpired }
        if rules.contains("STATUS") { return .badCertificateStatusResponse }
        if rules.contains("ANCHOR") || rules.contains("ISSUER") { return .unknownCA }
        return .badCertificate
    }

    private static func text(_ refusal: ChainRefusal, _ peer: PeerCertificates) -> String {
        let missing = refusal.rules.contains { $0.contains("ANCHOR") || $0.contains("ISSUER") }
        let gap = missing ? " Invalid Certificate Path:" : ""
        return "SSL_R_CERTIFICATE_VERIFY_FAILED: role SECC certificate, rule \(refusal.rules.joined(separator: ", "))."
            + "\(gap) \(refusal.report.text)"
    }
}

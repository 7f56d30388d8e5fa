public import V2GPrimitives
public import V2GX509

/// Where a status was learned.
public enum EvidenceKind: String, Sendable, Hashable, Codable {
    case ocsp, crl
}

/// What the evidence says of one certificate.
public enum RevocationVerdict: Sendable, Hashable {
    /// Fresh evidence from the right signer says that it is not revoked, until the given time.
    case good(evidence: EvidenceKind, freshUntil: Timestamp)
    case revoked(at: Timestamp, reason: RevocationReason?)
    /// Nothing that counts says anything, or a responder says that it does not know; the findings say why.
    case unknown(why: [Finding])
    /// The policy does not ask.
    case notChecked

    /// For people.
    public var text: String {
        switch self {
        case .good(let evidence, let until): "good by \(evidence == .ocsp ? "OCSP" : "CRL") until \(until)"
        case .revoked(let time, let reason): "revoked at \(time), reason \(reason?.name ?? "not given")"
        case .unknown(let why): why.allSatisfy { $0.rule == .statusMissing } ? "no evidence given" : "unknown"
        case .notChecked: "not checked"
        }
    }
}

public import V2GPrimitives
internal import V2GX509

/// What a verification looked at and what it found, for people and machines. It proves nothing: only
/// ``ValidatedChain`` does.
public struct VerificationReport: Sendable, Hashable, Codable {
    /// The outcome in one word.
    public enum Verdict: String, Sendable, Hashable, Codable {
        case accepted, refused
    }

    /// One certificate in its place.
    public struct Entry: Sendable, Hashable, Codable {
        public let subject: String
        public let issuer: String
        /// Lower-case hexadecimal.
        public let serial: String
        /// SHA-256 of the certificate, lower-case hexadecimal.
        public let fingerprint: String
        public let notBefore: Timestamp
        public let notAfter: Timestamp
        /// The role it was judged in, `nil` where none fits.
        public let role: Role?
        public let isAnchor: Bool
        /// The status in words, `nil` where it was not looked at.
        public let revocation: String?
        public let findings: [Finding]
    }

    /// One path that was tried, leaf first. The last entry is the anchor, if one was reached.
    public struct Path: Sendable, Hashable, Codable {
        public let isComplete: Bool
        public let entries: [Entry]

        public var isAccepted: Bool {
            isComplete && !entries.contains { $0.findings.contains { $0.severity == .error } }
        }
    }

    public let verdict: Verdict
    public let role: Role
    public let edition: Edition
    /// The time that validity was judged at.
    public let time: Timestamp
    /// What is wrong with the question as a whole.
    public let findings: [Finding]
    /// The path that was accepted alone, or every path that was tried, the most promising first.
    public let paths: [Path]
    /// Until when the acceptance holds: the first end of a validity or of a status answer; `nil` when refused.
    public let validUntil: Timestamp?

    /// Every finding.
    public var allFindings: [Finding] { findings + paths.flatMap { $0.entries.flatMap(\.findings) } }

    /// The identifiers of the rules that refuse, each once, the most telling first.
    public var refusingRules: [String] {
        allFindings.filter { $0.severity == .error }.map(\.rule.id).reduce(into: []) { ids, id in
            if !ids.contains(id) { ids.append(id) }
        }
    }
}

extension VerificationReport.Entry {
    init(_ certificate: Certificate, role: Role?, isAnchor: Bool, revocation: String?, findings: [Finding]) {
        self.init(
            subject: certificate.subject.description, issuer: certificate.issuer.description,
            serial: certificate.body.serialNumber.hex, fingerprint: Hex.encode(certificate.fingerprint),
            notBefore: certificate.body.notBefore, notAfter: certificate.body.notAfter, role: role,
            isAnchor: isAnchor, revocation: revocation, findings: findings)
    }
}

/// What lint says of one certificate. It is about form and role only and proves no trust.
public struct LintReport: Sendable, Hashable, Codable {
    public let role: Role
    public let edition: Edition
    public let purpose: LintPurpose
    /// The certificate's subject, for people; `nil` when it could not be read or nothing was found.
    public let subject: String?
    public let findings: [Finding]

    public var errors: [Finding] { findings.filter { $0.severity == .error } }
    public var warnings: [Finding] { findings.filter { $0.severity == .warning } }
    public var notices: [Finding] { findings.filter { $0.severity == .notice } }

    /// Whether no rule refuses the certificate.
    public var isAccepted: Bool { !findings.contains { $0.severity == .error } }

    /// The names of the switches that were needed, each once; log them.
    public var tolerancesUsed: [String] {
        findings.compactMap(\.tolerance).reduce(into: []) { names, name in
            if !names.contains(name) { names.append(name) }
        }
    }
}

/// A body that lint refused; nothing was signed.
public struct LintRefusal: Error, Sendable, CustomStringConvertible {
    public let report: LintReport

    /// One line for each error.
    public var description: String { report.errors.map(\.description).joined(separator: "\n") }
}

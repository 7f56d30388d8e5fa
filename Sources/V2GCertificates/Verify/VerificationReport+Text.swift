internal import V2GPrimitives

extension VerificationReport {
    /// The report as a tree for a terminal: each path from its leaf to its root, each finding with reason and remedy.
    public var text: String {
        var lines: [String] = []
        switch verdict {
        case .accepted:
            lines.append("accepted: \(role.title), edition \(edition.title), at \(time)")
        case .refused:
            lines.append("refused: \(role.title), edition \(edition.title), at \(time)")
        }
        for finding in findings { lines += Self.lines(finding, indent: "  ") }
        for (index, path) in paths.enumerated() {
            if paths.count > 1 || verdict == .refused {
                lines.append(
                    "  path \(index + 1) of \(paths.count)\(path.isComplete ? "" : ", which reaches no anchor"):")
            }
            for (depth, entry) in path.entries.enumerated() {
                let indent = String(repeating: "  ", count: depth + 1)
                let mark = entry.findings.contains { $0.severity == .error } ? "✗" : "✓"
                let role = entry.role?.title ?? "certificate without a fitting role"
                lines.append("\(indent)\(mark) \(role)\(entry.isAnchor ? " (trust anchor)" : "")")
                lines.append("\(indent)    \(entry.subject)")
                lines.append("\(indent)    serial \(entry.serial), valid \(entry.notBefore) to \(entry.notAfter)")
                if let revocation = entry.revocation { lines.append("\(indent)    status: \(revocation)") }
                for finding in entry.findings.sorted(by: { $0.severity > $1.severity }) {
                    lines += Self.lines(finding, indent: indent + "    ")
                }
            }
        }
        if let validUntil { lines.append("  holds until \(validUntil)") }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ finding: Finding, indent: String) -> [String] {
        let switched = finding.tolerance.map { " (tolerated by \($0))" } ?? ""
        let head = "\(indent)\(finding.severity.rawValue) \(finding.rule.id): \(finding.detail)\(switched)"
        guard finding.severity == .error else { return [head] }
        return [
            head, "\(indent)  why: \(finding.rule.reason) [\(finding.rule.reference)]",
            "\(indent)  remedy: \(finding.rule.remedy)",
        ]
    }
}

extension Edition {
    /// For people: `-2` or `-20`.
    public var title: String { self == .iso2 ? "-2" : "-20" }
}

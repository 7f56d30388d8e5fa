import V2GCertificates

/// `docs/rules.md`, written from the rules themselves.
enum RuleDocument {
    static var text: String {
        var lines = [
            "# Lint rules",
            "",
            "Every rule that `v2g lint`, issuing and verification apply, in the order of the code. Identifiers are",
            "stable. This file is written by a test from the rules themselves; do not edit it.",
            "",
            "On issue every rule refuses. \"On verification\" says what it does to certificates of others; the switches at",
            "the end make a warning of an error. Rules whose roles are not listed are asked of all.",
            "",
        ]
        for rule in Rule.all {
            lines += ["## `\(rule.id)`", "", rule.reason, ""]
            lines.append("- Remedy: \(rule.remedy)")
            lines.append("- On verification: \(verification(rule))")
            if let roles = roles(rule) { lines.append("- Roles: \(roles)") }
            lines += ["- Source: \(rule.reference)", ""]
        }
        lines += [
            "# Verification rules", "",
            "What only `v2g verify` asks: paths, times and status. They are never asked on issue.", "",
        ]
        for rule in Rule.verification {
            lines += ["## `\(rule.id)`", "", rule.reason, ""]
            lines += ["- Remedy: \(rule.remedy)", "- On verification: \(rule.verifying?.rawValue ?? "not asked")"]
            lines += ["- Source: \(rule.reference)", ""]
        }
        lines += ["# Switches", "", "What verification tolerates when the switch is on.", ""]
        for (name, tolerance) in FieldTolerance.named {
            lines.append("- `\(name)`: \(FieldTolerance.standard.contains(tolerance) ? "on" : "off") by default")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func verification(_ rule: Rule) -> String {
        var weights: [String] = []
        for profile in CertificateProfile.all where rule.applies(to: profile) {
            let weight = rule.severity(.verifying, profile)?.rawValue ?? "not asked"
            if !weights.contains(weight) { weights.append(weight) }
        }
        guard weights.count > 1 else { return weights.first ?? "not asked" }
        let roots = CertificateProfile.all.filter { $0.role.isRoot || $0.role.isRootLink }
        if let root = roots.first(where: { rule.applies(to: $0) && !$0.role.isBackend }),
            let leaf = CertificateProfile.profile(.secc, .iso2), rule.applies(to: leaf),
            let ofRoots = rule.severity(.verifying, root), ofRoots != rule.severity(.verifying, leaf)
        {
            return
                "\(rule.severity(.verifying, leaf)?.rawValue ?? "not asked"); \(ofRoots.rawValue) for roots and root links"
        }
        return "\(weights[0]); \(weights[1]) for backend and OCSP certificates"
    }

    private static func roles(_ rule: Rule) -> String? {
        let asked = Role.allCases.filter { role in
            CertificateProfile.all.contains { $0.role == role && rule.applies(to: $0) }
        }
        guard asked.count < Role.allCases.count else { return nil }
        let editions = Edition.allCases.filter { edition in
            CertificateProfile.all.contains { $0.edition == edition && rule.applies(to: $0) }
        }
        let suffix = editions.count == 1 ? " (\(editions[0].rawValue) only)" : ""
        return asked.map { "`\($0.rawValue)`" }.joined(separator: ", ") + suffix
    }
}

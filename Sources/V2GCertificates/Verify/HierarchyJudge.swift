internal import V2GX509

/// Finds out which role each certificate of a path has, and judges it by that role's profile.
///
/// Roles follow from the leaf's upwards (``Role/issuers``): below the root stand sub-CA 2 alone, or sub-CA 1 and 2.
/// Where two hierarchies are legal, the one that the certificates fit counts.
struct HierarchyJudge {
    struct Assignment {
        /// Leaf first, the anchor at the end; `nil` where no role fits.
        var roles: [Role?]
        var findings: [[Finding]]
        /// The kind of anchor that the path was judged under.
        var kind: AnchorKind?

        var errorCount: Int { findings.reduce(0) { $0 + $1.count { $0.severity == .error } } }
    }

    private let role: Role
    private let linters: [Role: Linter]

    init(role: Role, linters: [Role: Linter]) {
        self.role = role
        self.linters = linters
    }

    /// The best reading of a path.
    ///
    /// - Parameter isLink: Whether a certificate joins two roots of a kind: it was offered as such, or its root is known.
    func judge(_ path: CandidatePath, isLink: (Certificate, AnchorKind) -> Bool) -> Assignment {
        let kinds = role.anchors.filter { path.anchor.kinds.contains($0) }
        guard !kinds.isEmpty else {
            var empty = [[Finding]](repeating: [], count: path.certificates.count + 1)
            let trusted = path.anchor.kinds.map(\.title).sorted().joined(separator: ", ")
            let wanted = role.anchors.map(\.title).joined(separator: " or ")
            empty[path.certificates.count] = [
                .verifier(
                    .anchorKind,
                    "trusted as \(trusted.isEmpty ? "nothing" : trusted) root; a \(role.title) needs a \(wanted) root")
            ]
            return Assignment(
                roles: [role] + Array(repeating: nil, count: path.certificates.count), findings: empty, kind: nil)
        }
        // From the top: the run of links that ends the path.
        func linkStart(_ kind: AnchorKind) -> Int {
            var start = path.certificates.count
            while start > 1, isLink(path.certificates[start - 1], kind) { start -= 1 }
            return start
        }
        var best: Assignment?
        for kind in kinds {
            let linkStart = linkStart(kind)
            for roles in assignments(count: linkStart, kind: kind) {
                let found = lint(path, roles, linkStart: linkStart, kind: kind)
                if found.errorCount == 0 { return found }
                if best.map({ found.errorCount < $0.errorCount }) ?? true { best = found }
            }
        }
        if let best { return best }
        return misplaced(path, linkStart: linkStart(kinds[0]), kind: kinds[0])
    }

    /// Every way to give roles to the leaf and the sub-CAs so that each may have issued the one below and the root the
    /// last.
    private func assignments(count: Int, kind: AnchorKind) -> [[Role]] {
        var partial: [[Role]] = [[role]]
        for _ in 1..<max(count, 1) {
            partial = partial.flatMap { roles in
                (roles.last?.issuers ?? []).filter { !$0.isRoot && !$0.isRootLink }.map { roles + [$0] }
            }
        }
        return partial.filter { $0.last?.issuers.contains(kind.rootRole) ?? false }
    }

    private func lint(_ path: CandidatePath, _ roles: [Role], linkStart: Int, kind: AnchorKind) -> Assignment {
        let all = path.certificates.indices.map { $0 < linkStart ? roles[$0] : kind.linkRole } + [kind.rootRole]
        var findings: [[Finding]] = []
        findings.reserveCapacity(all.count)
        for (index, certificate) in path.certificates.enumerated() {
            // A link's key is a root's: what it signed, a root signed.
            let above = all[index + 1].isRootLink ? kind.rootRole : all[index + 1]
            var found = lint(certificate, all[index], issuer: LintIssuer(path.issuer(of: index), role: above))
            if kind == .v2g, all[index].isCA {
                // Below a root of its own an MO or OEM names its sub-CAs as it likes. All branches share the V2G root:
                // there a sub-CA that does not say which one it is of could be of any.
                found = found.map { $0.rule == .domainComponentMissing ? $0.weighing(.error) : $0 }
            }
            findings.append(found)
        }
        findings.append(lint(path.anchor.certificate, kind.rootRole, issuer: nil))
        return Assignment(roles: all, findings: findings, kind: kind)
    }

    private func lint(_ certificate: Certificate, _ role: Role, issuer: LintIssuer?) -> [Finding] {
        guard let linter = linters[role] else {
            return [.verifier(.chainRoleUnknown, "the edition has no \(role.title)")]
        }
        return linter.lint(certificate, issuer: issuer).findings
    }

    /// No hierarchy has this shape: say where it goes wrong, with what the profile says of the leaf.
    private func misplaced(_ path: CandidatePath, linkStart: Int, kind: AnchorKind) -> Assignment {
        let count = path.certificates.count
        var roles: [Role?] = [role] + Array(repeating: nil, count: count - 1) + [kind.rootRole]
        for index in linkStart..<count { roles[index] = kind.linkRole }
        var findings = [[Finding]](repeating: [], count: count + 1)
        findings[0] = lint(path.leaf, role, issuer: nil)
        let subCAs = linkStart - 1
        findings[0].append(
            .verifier(
                .chainPosition,
                subCAs == 0
                    ? "a \(role.title) directly below a \(kind.rootRole.title)"
                    : "a \(role.title) below \(subCAs) sub-CAs and a \(kind.rootRole.title)"))
        return Assignment(roles: roles, findings: findings, kind: kind)
    }
}

extension AnchorKind {
    /// The role of this kind's roots.
    public var rootRole: Role {
        switch self {
        case .v2g: .v2gRoot
        case .mo: .moRoot
        case .oem: .oemRoot
        case .csms: .csmsRoot
        case .privateEnvironment: .privateRoot
        }
    }

    /// The role of certificates that join two roots of this kind. A private environment has one root and no links; its
    /// own root role refuses them.
    var linkRole: Role {
        switch self {
        case .v2g: .v2gRootLink
        case .mo: .moRootLink
        case .oem: .oemRootLink
        case .csms: .csmsRootLink
        case .privateEnvironment: .privateRoot
        }
    }

    /// For people.
    var title: String {
        switch self {
        case .v2g: "V2G"
        case .mo: "MO"
        case .oem: "OEM"
        case .csms: "CSMS"
        case .privateEnvironment: "private-environment"
        }
    }
}

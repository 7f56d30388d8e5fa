internal import V2GDER
internal import V2GKeys
internal import V2GX509

extension LintRun {
    func checkBasicConstraints(_ found: CertificateExtension?) {
        guard let found else {
            report(.basicConstraintsMissing, "no basic constraints")
            return
        }
        if !found.isCritical { report(.basicConstraintsNotCritical, "basic constraints are not critical") }
        guard let value = decoded(found, { (body) throws(DERError) in try body.basicConstraints() }) else { return }
        if profile.role.isCA, !value.isCA { report(.caIsNoCA, "cA is not set") }
        if profile.role.isLeaf, value.isCA { report(.leafIsCA, "cA is set") }
        switch (profile.pathLength, value.pathLength) {
        case (.leaf, let length?): report(.pathLengthOnLeaf, "path length \(length)")
        case (.unlimited, let length?):
            // Room for both sub-CAs harms nobody when others issued the root.
            report(.pathLengthOnRoot, atMost: length >= 2 ? .warning : .error, "path length \(length)")
        case (.exactly(let expected), nil): report(.pathLengthMissing, "no path length; expected \(expected)")
        case (.exactly(let expected), let length?):
            if length != expected { report(.pathLengthWrong, "path length \(length); expected \(expected)") }
        case (.atMost(let expected), let length?):
            if length > expected || (isIssuing && length != expected) {
                report(.pathLengthWrong, "path length \(length); expected \(expected)")
            }
        case (.atMost(let expected), nil):
            if isIssuing { report(.pathLengthWrong, "no path length; expected \(expected)") }
        case (.leaf, nil), (.unlimited, nil): break
        }
    }

    func checkKeyUsage(_ found: CertificateExtension?) {
        guard let found else {
            report(.keyUsageMissing, "no key usage")
            return
        }
        if !found.isCritical { report(.keyUsageNotCritical, "the key usage is not critical") }
        guard let value = decoded(found, { (body) throws(DERError) in try body.keyUsage() }) else { return }
        let rule = profile.keyUsage
        if !value.isSuperset(of: rule.required) {
            report(profile.role.isCA ? .caCannotSign : .leafCannotSign, "key usage: \(value)")
        }
        if value.contains(.keyCertSign), rule.forbidden.contains(.keyCertSign) {
            report(.leafSignsCertificates, "key usage: \(value)")
        }
        if value.contains(.cRLSign), rule.forbidden.contains(.cRLSign) {
            report(.leafSignsCRLs, "key usage: \(value)")
        }
        let enciphering: KeyUsage = [.keyEncipherment, .dataEncipherment]
        if !value.isDisjoint(with: enciphering) { report(.encipherment, "key usage: \(value)") }
        let algorithm = body.subjectPublicKeyInfo.key?.algorithm
        if algorithm == .ed448, value.contains(.keyAgreement) { report(.agreementWithEd448, "key usage: \(value)") }
        let unexpected = value.subtracting(rule.allowed.union(rule.forbidden).union(enciphering))
        if !unexpected.isEmpty { report(.keyUsageUnexpected, "not in the profile: \(unexpected)") }
        let expected = algorithm.map(profile.issuedKeyUsage(for:)) ?? rule.issued
        let lacking = expected.subtracting(value).subtracting(rule.required)
        if !lacking.isEmpty { report(.keyUsageIncomplete, "lacking: \(lacking)") }
    }

    func checkExtendedKeyUsage(_ found: CertificateExtension?) {
        let rule = profile.extendedKeyUsage
        guard let found else {
            if rule.isMandatory {
                report(
                    .extendedKeyUsageMissing,
                    tolerance: profile.role == .secc || profile.role == .vehicle ? .missingExtendedKeyUsage : nil,
                    "no extended key usage")
            }
            return
        }
        guard let purposes = decoded(found, { (body) throws(DERError) in try body.extendedKeyUsage() }) else { return }
        if rule.isForRoots {
            report(.extendedKeyUsageOnRoot, tolerance: .rootExtendedKeyUsage, "purposes: \(text(purposes))")
            return
        }
        // A role that must name its purpose must name it itself; elsewhere "any" excludes nothing.
        let excludes = rule.required.contains { purpose in
            !purposes.contains(purpose) && (rule.isMandatory || !purposes.contains(.anyExtendedKeyUsage))
        }
        if excludes {
            report(
                .extendedKeyUsageContradicts, "purposes: \(text(purposes)); \(text(rule.required)) is not among them")
        } else if let foreign = purposes.first(where: rule.forbidden.contains) {
            report(.extendedKeyUsageContradicts, "\(foreign.purposeName) belongs to another role")
        }
        if let unexpected = purposes.first(where: { !rule.allowed.contains($0) && !rule.forbidden.contains($0) }) {
            report(.extendedKeyUsageUnexpected, "not in the profile: \(unexpected.purposeName)")
        }
    }

    private func text(_ purposes: [ObjectIdentifier]) -> String {
        purposes.map(\.purposeName).joined(separator: ", ")
    }

    /// Decodes an extension that is there; what cannot be read is a finding.
    func decoded<T>(
        _ found: CertificateExtension, _ read: (CertificateBody) throws(DERError) -> T?
    ) -> T? {
        do {
            return try read(body)
        } catch {
            report(.extensionMalformed, "extension \(found.type): \(error)")
            return nil
        }
    }
}

extension ObjectIdentifier {
    /// The name of a key purpose, or the dotted identifier.
    fileprivate var purposeName: String {
        switch self {
        case .serverAuth: "serverAuth"
        case .clientAuth: "clientAuth"
        case .ocspSigning: "OCSPSigning"
        case .codeSigning: "codeSigning"
        case .emailProtection: "emailProtection"
        case .timeStamping: "timeStamping"
        case .anyExtendedKeyUsage: "anyExtendedKeyUsage"
        default: description
        }
    }
}

extension Rule {
    static let basicConstraintsRules: [Rule] = [
        basicConstraintsMissing, basicConstraintsNotCritical, caIsNoCA, leafIsCA, pathLengthMissing, pathLengthWrong,
        pathLengthOnRoot, pathLengthOnLeaf,
    ]

    static let basicConstraintsMissing = Rule(
        "V2G.BC.MISSING", backend: .warning,
        reason: "Without basic constraints the certificate does not say whether it is a CA.",
        remedy: "Issue it with critical basic constraints.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.9")
    static let basicConstraintsNotCritical = Rule(
        "V2G.BC.NOT-CRITICAL", backend: .warning,
        reason: "Basic constraints that are not critical may be passed over by a verifier.",
        remedy: "Mark basic constraints critical.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.9")
    static let caIsNoCA = Rule(
        "V2G.BC.CA-FALSE",
        reason: "The certificate of a CA does not say that it is one.",
        remedy: "Set cA in basic constraints.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.9",
        scope: { $0.role.isCA })
    static let leafIsCA = Rule(
        "V2G.BC.LEAF-CA",
        reason: "A leaf that calls itself a CA could issue certificates.",
        remedy: "Leave cA out of the leaf's basic constraints.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.9",
        scope: { $0.role.isLeaf })
    static let pathLengthMissing = Rule(
        "V2G.BC.PATH-LENGTH-MISSING",
        reason: "A sub-CA without a path length can found further CAs.",
        remedy: "Set the path length: 1 for sub-CA 1, 0 for sub-CA 2.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.9",
        scope: { if case .exactly = $0.pathLength { true } else { false } })
    static let pathLengthWrong = Rule(
        "V2G.BC.PATH-LENGTH-WRONG",
        reason: "The path length is not the one of this level of the hierarchy.",
        remedy: "Set the path length: 1 for sub-CA 1; 0 for sub-CA 2, a CSMS sub-CA and a private-environment root.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.9",
        scope: {
            switch $0.pathLength {
            case .exactly, .atMost: true
            case .leaf, .unlimited: false
            }
        })
    static let pathLengthOnRoot = Rule(
        "V2G.BC.PATH-LENGTH-ROOT",
        reason: "A root has no path length; a limit there can make chains of the standard's depth invalid.",
        remedy: "Leave the path length out of the root.",
        reference: "ISO 15118-2 Annex F",
        scope: { $0.pathLength == .unlimited })
    static let pathLengthOnLeaf = Rule(
        "V2G.BC.PATH-LENGTH-LEAF",
        reason: "A path length on a leaf has no meaning, and verifiers refuse it.",
        remedy: "Leave the path length out of the leaf.",
        reference: "RFC 5280 4.2.1.9",
        scope: { $0.role.isLeaf })

    static let keyUsageRules: [Rule] = [
        keyUsageMissing, keyUsageNotCritical, leafCannotSign, leafSignsCertificates, leafSignsCRLs, caCannotSign,
        keyUsageUnexpected, keyUsageIncomplete, encipherment, agreementWithEd448,
    ]

    static let keyUsageMissing = Rule(
        "V2G.KU.MISSING", backend: .warning,
        reason: "Without a key usage the key may be used for anything.",
        remedy: "Issue it with a critical key usage.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.3")
    static let keyUsageNotCritical = Rule(
        "V2G.KU.NOT-CRITICAL", backend: .warning,
        reason: "A key usage that is not critical may be passed over by a verifier.",
        remedy: "Mark the key usage critical.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.3")
    static let leafCannotSign = Rule(
        "V2G.KU.LEAF-SIGNATURE",
        reason: "A leaf without digitalSignature cannot prove who it is.",
        remedy: "Add digitalSignature to the key usage.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.3",
        scope: { $0.role.isLeaf })
    static let leafSignsCertificates = Rule(
        "V2G.KU.LEAF-CERT-SIGN",
        reason: "A leaf with keyCertSign could issue certificates.",
        remedy: "Remove keyCertSign from the key usage.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.3",
        scope: { $0.role.isLeaf })
    static let leafSignsCRLs = Rule(
        "V2G.KU.LEAF-CRL-SIGN",
        reason: "A leaf with cRLSign could revoke certificates or hide that they are revoked.",
        remedy: "Remove cRLSign from the key usage.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.3",
        scope: { $0.role.isLeaf })
    static let caCannotSign = Rule(
        "V2G.KU.CA-CERT-SIGN",
        reason: "A CA without keyCertSign cannot issue certificates.",
        remedy: "Add keyCertSign to the key usage.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.3",
        scope: { $0.role.isCA })
    static let keyUsageUnexpected = Rule(
        "V2G.KU.UNEXPECTED", verifying: .warning,
        reason: "The key usage holds a bit that is not in the role's profile.",
        remedy: "Leave the bit out.",
        reference: "ISO 15118-2 Annex F")
    static let keyUsageIncomplete = Rule(
        "V2G.KU.INCOMPLETE", verifying: .notice,
        reason: "The key usage lacks a bit that the role needs for part of its work.",
        remedy: "Add the bit: cRLSign for a CA, keyAgreement for a provisioning or -2 station key.",
        reference: "ISO 15118-2 Annex F",
        scope: { $0.keyUsage.issued != $0.keyUsage.required })
    static let encipherment = Rule(
        "RFC8813.KU-ENCIPHERMENT", verifying: .warning,
        reason: "An elliptic-curve key cannot encipher keys or data.",
        remedy: "Remove keyEncipherment and dataEncipherment; keyAgreement is what ECDH needs.",
        reference: "RFC 8813 3")
    static let agreementWithEd448 = Rule(
        "RFC9295.KU-AGREEMENT", verifying: .warning,
        reason: "An Ed448 key cannot agree on a shared secret.",
        remedy: "Remove keyAgreement from the key usage.",
        reference: "RFC 9295 3",
        scope: { $0.edition == .iso20 })

    static let extendedKeyUsageRules: [Rule] = [
        extendedKeyUsageMissing, extendedKeyUsageContradicts, extendedKeyUsageUnexpected, extendedKeyUsageOnRoot,
    ]

    static let extendedKeyUsageMissing = Rule(
        "V2G.EKU.MISSING",
        reason: "The certificate does not say for which purpose its key may be used, which tells roles apart.",
        remedy: "Issue it with the purpose of its role.",
        reference: "ISO 15118-20 Annex B; RFC 6960 4.2.2.2; OCPP 2.0.1 A00",
        scope: { $0.extendedKeyUsage.isMandatory })
    static let extendedKeyUsageContradicts = Rule(
        "V2G.EKU.CONTRADICTION",
        reason: "The extended key usage excludes this role or claims another one's.",
        remedy: "Use a certificate of the right role, or issue it with the role's purpose alone.",
        reference: "RFC 5280 4.2.1.12; ISO 15118-20 Annex B",
        scope: { !$0.extendedKeyUsage.required.isEmpty || !$0.extendedKeyUsage.forbidden.isEmpty })
    static let extendedKeyUsageUnexpected = Rule(
        "V2G.EKU.UNEXPECTED", verifying: .warning,
        reason: "The extended key usage holds a purpose that is not in the role's profile.",
        remedy: "Leave the purpose out.",
        reference: "ISO 15118-2 Annex F; ISO 15118-20 Annex B",
        scope: { !$0.extendedKeyUsage.isForRoots })
    static let extendedKeyUsageOnRoot = Rule(
        "V2G.EKU.ROOT",
        reason: "A root carries an extended key usage, which limits every chain below it.",
        remedy: "Issue the root without it; for roots of others use the switch root-extended-key-usage.",
        reference: "ISO 15118-2 Annex F",
        scope: { $0.extendedKeyUsage.isForRoots })
}

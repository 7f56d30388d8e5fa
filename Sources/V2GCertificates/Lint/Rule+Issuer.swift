extension Rule {
    static let issuerRules: [Rule] = [
        issuerNameEmpty, rootNotSelfSigned, notARoot, issuerUnknown, issuerName, issuerKeyIdentifier, issuerRole,
        signatureOfIssuer, issuerValidity, linkToItself,
    ]

    static let issuerNameEmpty = Rule(
        "V2G.ISSUER.EMPTY",
        reason: "The certificate names no issuer, so no chain can be built.",
        remedy: "Issue it with the issuer's subject as issuer name.",
        reference: "RFC 5280 4.1.2.4")
    static let rootNotSelfSigned = Rule(
        "V2G.ROOT.SELF-SIGNED",
        reason: "A root's issuer must be the root itself.",
        remedy: "Use a self-signed root, or the role of a sub-CA or root link.",
        reference: "ISO 15118-2 Annex F",
        scope: { $0.role.isRoot })
    static let notARoot = Rule(
        "V2G.ISSUER.SELF-ISSUED",
        reason: "A certificate below the root names itself as issuer, so it chains to nothing.",
        remedy: "Have it issued by the CA above.",
        reference: "ISO 15118-2 Annex F",
        scope: { !$0.role.isRoot && !$0.role.isRootLink })
    static let issuerUnknown = Rule(
        "V2G.ISSUER.UNKNOWN", verifying: nil,
        reason: "A body cannot be judged for issuing without the CA that will sign it.",
        remedy: "Give the linter the issuing CA's certificate.",
        reference: "ISO 15118-2 Annex F",
        scope: { !$0.role.isRoot })
    static let issuerName = Rule(
        "V2G.ISSUER.NAME",
        reason: "The issuer name is not the subject of the CA that signs.",
        remedy: "Copy the CA's subject byte for byte.",
        reference: "RFC 5280 6.1.3",
        scope: { !$0.role.isRoot })
    static let issuerKeyIdentifier = Rule(
        "V2G.AKI.MISMATCH",
        reason: "The authority key identifier names another key than the issuer's.",
        remedy: "Copy the issuer's subject key identifier.",
        reference: "RFC 5280 4.2.1.1")
    static let issuerRole = Rule(
        "V2G.ISSUER.ROLE",
        reason: "The issuing CA's role may not issue certificates of this role.",
        remedy: "Have it issued by the CA that the hierarchy sets above it.",
        reference: "ISO 15118-2 Annex E; ISO 15118-20 Annex B",
        scope: { !$0.role.isRoot && $0.role != .ocsp })
    static let signatureOfIssuer = Rule(
        "V2G.SIG.ISSUER-KEY",
        reason: "The signature algorithm is not the one that the issuer's key makes.",
        remedy: "Sign as the issuer's key does: ECDSA with SHA-256 (P-256) or SHA-512 (P-521), or Ed448.",
        reference: "V2G20-2674; RFC 5280 4.1.1.2")
    static let issuerValidity = Rule(
        "V2G.ISSUER.VALIDITY", verifying: .notice,
        reason: "The certificate is valid at a time at which its issuer is not.",
        remedy: "Keep the validity within the issuer's, or renew the issuer first.",
        reference: "OPCP shell model",
        scope: { !$0.role.isRoot })
    static let linkToItself = Rule(
        "V2G.LINK.SAME-KEY",
        reason: "A root link certifies the very key that signs it, so it links nothing.",
        remedy: "Certify the key of the other root.",
        reference: "RFC 4210 4.4",
        scope: { $0.role.isRootLink })
}

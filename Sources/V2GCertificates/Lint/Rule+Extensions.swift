extension Rule {
    static let extensionRules: [Rule] = [
        extensionMalformed, extensionRepeated, extensionUnknownCritical, extensionCritical, extensionUnexpected,
        keyIdentifierMissing, keyIdentifierMismatch, authorityKeyIdentifierMissing, ocspLocationMissing, locationForm,
        hostNameMissing, hostNameWildcard, hostNameForm, noCheckMissing,
    ]

    static let extensionMalformed = Rule(
        "V2G.EXT.MALFORMED",
        reason: "An extension's value cannot be read, so nobody knows what it says.",
        remedy: "Encode the extension as RFC 5280 defines it.",
        reference: "RFC 5280 4.2")
    static let extensionRepeated = Rule(
        "V2G.EXT.REPEATED",
        reason: "An extension stands twice, so two readers can obey two different ones.",
        remedy: "Write each extension once.",
        reference: "RFC 5280 4.2")
    static let extensionUnknownCritical = Rule(
        "V2G.EXT.UNKNOWN-CRITICAL",
        reason: "A critical extension is not understood here, so the certificate must be refused.",
        remedy: "Issue without the extension, or not critical if that is true.",
        reference: "RFC 5280 4.2")
    static let extensionCritical = Rule(
        "V2G.EXT.CRITICAL", verifying: .warning,
        reason: "An extension is critical that must not be.",
        remedy: "Mark key identifiers, access and CRL locations and the OCSP no-check mark not critical.",
        reference: "RFC 5280 4.2.1.1, 4.2.1.2, 4.2.2.1")
    static let extensionUnexpected = Rule(
        "V2G.EXT.UNEXPECTED", verifying: .notice,
        reason: "An extension is not in the role's profile and makes the certificate longer.",
        remedy: "Leave the extension out.",
        reference: "ISO 15118-2 Annex F; ISO 15118-20 Annex B")
    static let keyIdentifierMissing = Rule(
        "V2G.SKI.MISSING", verifying: .warning,
        reason: "Without a subject key identifier, chains are hard to build when names repeat.",
        remedy: "Issue it with a subject key identifier.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.2.1.2")
    static let keyIdentifierMismatch = Rule(
        "V2G.SKI.MISMATCH", verifying: .notice,
        reason: "The subject key identifier is not derived from the key, so others cannot recompute it.",
        remedy: "Derive it by RFC 5280 4.2.1.2 (SHA-1, 20 or 8 bytes) or RFC 7093.",
        reference: "RFC 5280 4.2.1.2; RFC 7093 2")
    static let authorityKeyIdentifierMissing = Rule(
        "V2G.AKI.MISSING", verifying: .notice,
        reason: "Without an authority key identifier, chains are hard to build when names repeat.",
        remedy: "Issue it with the issuer's key identifier.",
        reference: "RFC 5280 4.2.1.1",
        scope: { !$0.role.isRoot })
    static let ocspLocationMissing = Rule(
        "V2G.AIA.OCSP-MISSING", verifying: .warning,
        reason: "The certificate names no OCSP responder, so its revocation cannot be seen online.",
        remedy: "Issue it with the responder's URL in the authority information access extension.",
        reference: "V2G2-649, V2G20-1021; RFC 5280 4.2.2.1",
        scope: { $0.ocspLocation == .required })
    static let locationForm = Rule(
        "V2G.EXT.LOCATION", verifying: .warning,
        reason: "A location of an OCSP responder or CRL is no HTTP URL, so nobody can fetch from it.",
        remedy: "Write it as http://HOST/PATH.",
        reference: "RFC 5280 4.2.1.13, 4.2.2.1")
    static let hostNameMissing = Rule(
        "V2G.SAN.MISSING",
        reason: "A TLS server without a host name in its subject alternative name is refused by every client.",
        remedy: "Issue it with the server's DNS names.",
        reference: "RFC 9525 6.1",
        scope: { $0.hostNames == .required })
    static let hostNameWildcard = Rule(
        "V2G.SAN.WILDCARD",
        reason: "A wildcard lets one stolen key stand for every host of the domain.",
        remedy: "Name each host.",
        reference: "RFC 9525 6.3",
        scope: { $0.hostNames != .absent })
    static let hostNameForm = Rule(
        "V2G.SAN.NAME",
        reason: "A subject alternative name is empty or is no host name or address.",
        remedy: "Write host names as letters, digits and dashes, with dots between.",
        reference: "RFC 5280 4.2.1.6; RFC 9525 6.3",
        scope: { $0.hostNames != .absent })
    static let noCheckMissing = Rule(
        "V2G.OCSP.NO-CHECK", verifying: .warning,
        reason: "An OCSP signer without the no-check mark sends clients round in circles for its own status.",
        remedy: "Issue it with id-pkix-ocsp-nocheck and a short validity.",
        reference: "RFC 6960 4.2.2.2.1",
        scope: { $0.role == .ocsp })
}

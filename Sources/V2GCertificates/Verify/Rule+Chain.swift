extension Rule {
    static let chainRules: [Rule] = [
        chainEmpty, chainTooMany, chainRoleUnknown, anchorNone, anchorKind, anchorSelfSignature, anchorTwin,
        chainNoIssuer, chainSignature,
        chainSelfSigned, chainLoop, chainTooLong, chainLimit, chainPosition, chainExpired, chainNotYetValid,
        chainExpiresSoon, chainNotCA, chainCannotSign, chainPathLength, chainCritical, chainRepeated, chainAlgorithm,
        chainNames, chainMalformed, chainPolicy,
    ]

    private static func chain(
        _ id: String, reason: String, remedy: String, reference: String, verifying: Severity = .error
    ) -> Rule {
        Rule(id, issuing: nil, verifying: verifying, reason: reason, remedy: remedy, reference: reference)
    }

    static let chainEmpty = chain(
        "V2G.CHAIN.EMPTY",
        reason: "Without a certificate there is nothing to verify.",
        remedy: "Give the chain as PEM, leaf first.",
        reference: "RFC 5280 6.1")
    static let chainTooMany = chain(
        "V2G.CHAIN.TOO-MANY",
        reason: "The chain holds more certificates than any V2G message or handshake carries.",
        remedy: "Send the leaf and its sub-CAs only.",
        reference: "ISO 15118-2 8.5.2.5")
    static let chainRoleUnknown = chain(
        "V2G.CHAIN.ROLE",
        reason: "The edition has no certificates of this role.",
        remedy: "Use edition -20 for vehicle certificates.",
        reference: "ISO 15118-20 Annex B")
    static let anchorNone = chain(
        "V2G.ANCHOR.NONE",
        reason: "No trust anchor is installed, so no chain can be trusted.",
        remedy: "Install the root certificate that the chain should end in.",
        reference: "RFC 5280 6.1.1")
    static let anchorKind = chain(
        "V2G.ANCHOR.KIND",
        reason: "The chain ends in an anchor that is not trusted for this role.",
        remedy: "Use a chain under an anchor of the allowed kinds, or install the anchor for the kind it is meant for.",
        reference: "V2G2-925")
    static let anchorSelfSignature = chain(
        "V2G.ANCHOR.SELF-SIGNATURE",
        reason:
            "The anchor is not signed by its own key: it is a forgery under the root's name, or a link certificate.",
        remedy:
            "Install the root's self-signed certificate and compare its fingerprint; offer a link certificate as such.",
        reference: "RFC 5280 3.2; ISO 15118-2 Annex F")
    static let anchorTwin = chain(
        "V2G.ANCHOR.TWIN",
        reason: "An anchor bears the issuer's name but has another key, so it did not sign the chain.",
        remedy:
            "Compare fingerprints with the root's operator: a root with a borrowed name is an attack, a renewed root must be installed.",
        reference: "RFC 5280 6.1.3 (a)(1)")
    static let chainNoIssuer = chain(
        "V2G.CHAIN.NO-ISSUER",
        reason: "Neither the chain nor the anchors hold a certificate with the issuer's name.",
        remedy: "Add the missing sub-CA to the chain, or install the missing root.",
        reference: "RFC 5280 6.1")
    static let chainSignature = chain(
        "V2G.CHAIN.SIGNATURE",
        reason: "The signature was made by none of the keys that bear the issuer's name.",
        remedy:
            "Send the sub-CA certificate that signed this one; if that is the one sent, the certificate was altered.",
        reference: "RFC 5280 6.1.3 (a)(1)")
    static let chainSelfSigned = chain(
        "V2G.CHAIN.SELF-SIGNED",
        reason: "A leaf that signs itself is vouched for by nobody.",
        remedy: "Have the leaf issued by a sub-CA of its role.",
        reference: "ISO 15118-2 Annex F")
    static let chainLoop = chain(
        "V2G.CHAIN.LOOP",
        reason: "The certificates sign each other in a ring and never reach an anchor.",
        remedy: "Send the sub-CA that an installed root signed.",
        reference: "RFC 5280 6.1")
    static let chainTooLong = chain(
        "V2G.CHAIN.TOO-LONG",
        reason: "More sub-CAs stand between the leaf and the root than the standard allows.",
        remedy: "Issue the leaf below at most two sub-CAs.",
        reference: "ISO 15118-2 Annex E")
    static let chainLimit = chain(
        "V2G.CHAIN.LIMIT",
        reason: "So many certificates bear the same names that the search was ended before every path was tried.",
        remedy: "Remove certificates that do not belong to the chain.",
        reference: "RFC 4158 2.4.2")
    static let chainPosition = chain(
        "V2G.CHAIN.POSITION",
        reason: "No certificate of this role may stand at this place in the hierarchy.",
        remedy: "Issue leaves below sub-CA 2 (or below a private root), sub-CA 2 below sub-CA 1 or the root.",
        reference: "ISO 15118-2 Annex E")
    static let chainExpired = chain(
        "V2G.TIME.EXPIRED",
        reason: "The certificate's validity has ended.",
        remedy: "Renew the certificate; if it should still be valid, check the clock.",
        reference: "RFC 5280 6.1.3 (a)(2)")
    static let chainNotYetValid = chain(
        "V2G.TIME.NOT-YET-VALID",
        reason: "The certificate's validity has not begun.",
        remedy: "Check the clock of this machine and of the CA.",
        reference: "RFC 5280 6.1.3 (a)(2)")
    package static let chainExpiresSoon = chain(
        "V2G.TIME.EXPIRES-SOON",
        reason: "The leaf is about to expire, which peers are to be told.",
        remedy: "Renew the certificate now.",
        reference: "ISO 15118-2 8.4.3 (OK_CertificateExpiresSoon)", verifying: .notice)
    static let chainNotCA = chain(
        "V2G.CHAIN.NOT-CA",
        reason: "The certificate issued another one and does not say that it is a CA.",
        remedy: "Have the certificate issued by a CA; this may be an attempt to pass off a leaf as one.",
        reference: "RFC 5280 6.1.4 (k)")
    static let chainCannotSign = chain(
        "V2G.CHAIN.CERT-SIGN",
        reason: "The key usage does not let this key sign certificates.",
        remedy: "Reissue the CA certificate with keyCertSign.",
        reference: "RFC 5280 6.1.4 (n)")
    static let chainPathLength = chain(
        "V2G.CHAIN.PATH-LENGTH",
        reason: "More sub-CAs follow this CA than its path length allows.",
        remedy: "Issue the lower certificate from a CA whose path length has room for it.",
        reference: "RFC 5280 6.1.4 (l), (m)")
    static let chainCritical = chain(
        "V2G.CHAIN.CRITICAL",
        reason: "A critical extension must be understood, and this one is not.",
        remedy: "Reissue the certificate without the extension, or mark it not critical.",
        reference: "RFC 5280 6.1.4 (o)")
    static let chainRepeated = chain(
        "V2G.CHAIN.REPEATED",
        reason: "One extension stands twice, so readers may disagree on what it says.",
        remedy: "Reissue the certificate.",
        reference: "RFC 5280 4.2")
    static let chainAlgorithm = chain(
        "V2G.CHAIN.ALGORITHM",
        reason: "The certificate names two different signature algorithms.",
        remedy: "Reissue the certificate.",
        reference: "RFC 5280 4.1.1.2")
    static let chainNames = chain(
        "V2G.CHAIN.NAME-CONSTRAINTS",
        reason: "A CA above may not certify this name.",
        remedy: "Have the certificate issued by a CA that may.",
        reference: "RFC 5280 6.1.3 (b), (c)")
    static let chainMalformed = chain(
        "V2G.CHAIN.MALFORMED",
        reason: "An extension that decides about the chain cannot be read.",
        remedy: "Reissue the certificate.",
        reference: "RFC 5280 4.2")
    static let chainPolicy = chain(
        "V2G.CHAIN.POLICY",
        reason: "The chain asserts no certificate policy that all of its CAs and the verifier accept.",
        remedy: "Use a chain under the wanted policy.",
        reference: "RFC 5280 6.1.5 (g)")
}

extension Finding {
    /// A finding of the verifier, with the rule's own weight unless another is given.
    static func verifier(_ rule: Rule, _ detail: String, _ severity: Severity? = nil) -> Finding {
        Finding(
            rule: rule, severity: severity ?? rule.verifying ?? .error, detail: detail, tolerance: nil, position: nil)
    }

    /// The same finding with less weight.
    func weighing(_ severity: Severity) -> Finding {
        Finding(rule: rule, severity: severity, detail: detail, tolerance: tolerance, position: position)
    }
}

extension Rule {
    static let statusRules: [Rule] = [
        statusRevoked, statusUnknown, statusMissing, ocspMalformed, ocspNotAnswered, ocspCertID, ocspSigner,
        ocspSignature, ocspSignerProfile, ocspSignerExpired, ocspSignerStatus, ocspStale, ocspFuture, ocspNoNextUpdate,
        ocspWindow, ocspNonce, ocspCritical, ocspTooMany, crlMalformed, crlSignature, crlSigner, crlStale, crlFuture,
        crlNoNextUpdate, crlScope, crlIndirect, crlDelta, crlCritical,
    ]

    private static func status(_ id: String, reason: String, remedy: String, reference: String) -> Rule {
        Rule(id, issuing: nil, verifying: .error, reason: reason, remedy: remedy, reference: reference)
    }

    static let statusRevoked = status(
        "V2G.STATUS.REVOKED",
        reason: "The issuing CA has revoked the certificate.",
        remedy: "Replace the certificate and its key.",
        reference: "RFC 5280 6.3; RFC 6960 2.2")
    static let statusUnknown = status(
        "V2G.STATUS.UNKNOWN",
        reason: "The responder does not know the certificate; unknown is never taken as good.",
        remedy:
            "Ask the responder of the certificate's own issuer; if that is the one asked, the certificate was not issued.",
        reference: "RFC 6960 2.2")
    static let statusMissing = status(
        "V2G.STATUS.MISSING",
        reason: "The certificate's status is required and no evidence of it was given.",
        remedy: "Staple or fetch an OCSP answer for it, or give its CA's CRL.",
        reference: "V2G2-873; V2G20-2411")
    static let ocspMalformed = status(
        "V2G.OCSP.MALFORMED",
        reason: "The bytes are no OCSP response.",
        remedy: "Fetch the answer again, as DER.",
        reference: "RFC 6960 4.2.1")
    static let ocspNotAnswered = status(
        "V2G.OCSP.NOT-ANSWERED",
        reason: "The responder refused to answer.",
        remedy: "Ask the responder that the certificate names; try later.",
        reference: "RFC 6960 2.3")
    static let ocspCertID = status(
        "V2G.OCSP.CERT-ID",
        reason: "The answer is about another certificate.",
        remedy: "Ask for this certificate's serial under its own issuer's name and key.",
        reference: "RFC 6960 3.2")
    static let ocspSigner = status(
        "V2G.OCSP.SIGNER",
        reason: "The answer was signed neither by the issuing CA nor by a responder that this CA authorized.",
        remedy: "Have the issuing CA sign the answer, or a responder whose certificate it issued directly and embeds.",
        reference: "RFC 6960 4.2.2.2")
    static let ocspSignature = status(
        "V2G.OCSP.SIGNATURE",
        reason: "The answer's signature does not verify with the signer's key.",
        remedy: "Fetch the answer again; if it stays so, it was altered.",
        reference: "RFC 6960 3.2")
    static let ocspSignerProfile = status(
        "V2G.OCSP.SIGNER-PROFILE",
        reason: "The responder's certificate is not one of an OCSP signer.",
        remedy: "Issue the responder a certificate with the purpose OCSPSigning and digitalSignature.",
        reference: "RFC 6960 4.2.2.2")
    static let ocspSignerExpired = status(
        "V2G.OCSP.SIGNER-EXPIRED",
        reason: "The responder's certificate is not valid at this time.",
        remedy: "Renew the responder's certificate.",
        reference: "RFC 6960 4.2.2.2")
    static let ocspSignerStatus = status(
        "V2G.OCSP.SIGNER-STATUS",
        reason: "The responder's own certificate is revoked, or its status is asked for and not known.",
        remedy: "Issue responders short-lived certificates with id-pkix-ocsp-nocheck, or give the CA's CRL.",
        reference: "RFC 6960 4.2.2.2.1")
    static let ocspStale = status(
        "V2G.OCSP.STALE",
        reason: "The answer is too old to say anything about now.",
        remedy: "Fetch a fresh answer; check the station's refresh and the clock.",
        reference: "RFC 6960 3.2; V2G2-649; V2G20-1021")
    static let ocspFuture = status(
        "V2G.OCSP.FUTURE",
        reason: "The answer claims to be from the future.",
        remedy: "Check the clocks of this machine and of the responder.",
        reference: "RFC 6960 3.2")
    static let ocspNoNextUpdate = status(
        "V2G.OCSP.NO-NEXT-UPDATE",
        reason: "The answer does not say how long it holds.",
        remedy: "Have the responder set nextUpdate, or set a maximum age for such answers.",
        reference: "RFC 6960 4.2.2.1")
    static let ocspWindow = status(
        "V2G.OCSP.WINDOW",
        reason: "The answer's times contradict each other.",
        remedy: "Repair the responder.",
        reference: "RFC 6960 4.2.2.1")
    static let ocspNonce = status(
        "V2G.OCSP.NONCE",
        reason: "The answer does not repeat the nonce of the request, so it may be a replay.",
        remedy: "Ask a responder that supports nonces, or ask without one and rely on the validity window.",
        reference: "RFC 8954 2.1")
    static let ocspCritical = status(
        "V2G.OCSP.CRITICAL",
        reason: "The answer has a critical extension that is not understood.",
        remedy: "Ask a responder that answers by RFC 6960 alone.",
        reference: "RFC 6960 4.4")
    static let ocspTooMany = status(
        "V2G.OCSP.TOO-MANY",
        reason: "More evidence was given than one chain can need, and a revocation may be in what was not looked at.",
        remedy: "Give one answer for each certificate of the chain, and each CA's current CRL only.",
        reference: "RFC 6961 2.2")
    static let crlMalformed = status(
        "V2G.CRL.MALFORMED",
        reason: "The bytes are no CRL.",
        remedy: "Fetch the CRL again, as DER or PEM.",
        reference: "RFC 5280 5.1")
    static let crlSignature = status(
        "V2G.CRL.SIGNATURE",
        reason: "The CRL was not signed by the issuing CA's key.",
        remedy: "Fetch the CRL from the issuing CA; if it stays so, it was altered.",
        reference: "RFC 5280 6.3.3 (g)")
    static let crlSigner = status(
        "V2G.CRL.SIGNER",
        reason: "The CA's key usage does not let it sign CRLs.",
        remedy: "Reissue the CA certificate with cRLSign.",
        reference: "RFC 5280 6.3.3 (f)")
    static let crlStale = status(
        "V2G.CRL.STALE",
        reason: "The CRL is too old to say anything about now.",
        remedy: "Fetch the current CRL; check the clock.",
        reference: "RFC 5280 6.3.3 (a)")
    static let crlFuture = status(
        "V2G.CRL.FUTURE",
        reason: "The CRL claims to be from the future.",
        remedy: "Check the clocks of this machine and of the CA.",
        reference: "RFC 5280 5.1.2.4")
    static let crlNoNextUpdate = status(
        "V2G.CRL.NO-NEXT-UPDATE",
        reason: "The CRL does not say when the next one comes.",
        remedy: "Have the CA set nextUpdate.",
        reference: "RFC 5280 5.1.2.5")
    static let crlScope = status(
        "V2G.CRL.SCOPE",
        reason: "The CRL does not cover this certificate.",
        remedy: "Give the CRL of the certificate's own distribution point.",
        reference: "RFC 5280 6.3.3 (b)")
    static let crlIndirect = status(
        "V2G.CRL.INDIRECT",
        reason: "Indirect CRLs are not supported, since no V2G profile has them.",
        remedy: "Give the issuing CA's own CRL.",
        reference: "RFC 5280 5.2.5")
    static let crlDelta = status(
        "V2G.CRL.DELTA",
        reason: "Delta CRLs are not supported, since no V2G profile has them.",
        remedy: "Give the complete CRL.",
        reference: "RFC 5280 5.2.4")
    static let crlCritical = status(
        "V2G.CRL.CRITICAL",
        reason: "The CRL has a critical extension that is not understood, so nothing in it can be relied on.",
        remedy: "Give a CRL by RFC 5280 alone.",
        reference: "RFC 5280 5.2, 5.3")
}

extension Rule {
    static let keyRules: [Rule] = [
        keyIsRSA, keyParameters, keyCurve, keyType, keyPoint, signatureHash, signatureAlgorithm, signatureParameters,
        signatureMismatch, signatureEncoding,
    ]

    static let keyIsRSA = Rule(
        "V2G.KEY.RSA",
        reason: "RSA keys are in no profile of ISO 15118, and cars cannot verify with them.",
        remedy: "Make an elliptic-curve key: P-256 for -2, P-521 or Ed448 for -20.",
        reference: "ISO 15118-2 Annex F; V2G20-2319, V2G20-2320, V2G20-2674")
    static let keyParameters = Rule(
        "V2G.KEY.PARAMETERS",
        reason: "The key's algorithm parameters are not those of the named curve, which hides what the key is.",
        remedy: "Name the curve by its object identifier; give an Ed448 key no parameters.",
        reference: "RFC 5480 2.1.1; RFC 8410 3")
    static let keyCurve = Rule(
        "V2G.KEY.CURVE",
        reason: "The key lies on a curve that the edition does not allow.",
        remedy: "Make a key on P-256 for -2, or P-521 for -20.",
        reference: "ISO 15118-2 Annex F; V2G20-2319, V2G20-2320, V2G20-2674")
    static let keyType = Rule(
        "V2G.KEY.TYPE",
        reason: "The key is of a kind that the edition does not allow.",
        remedy: "Make a P-256 key for -2, or a P-521 or Ed448 key for -20.",
        reference: "ISO 15118-2 Annex F; V2G20-2319, V2G20-2320, V2G20-2674")
    static let keyPoint = Rule(
        "V2G.KEY.POINT",
        reason: "The public key is not an uncompressed point of its curve's length, which cars cannot read.",
        remedy: "Encode the point as 04, X, Y; an Ed448 key as its 57 bytes.",
        reference: "ISO 15118-2 Annex F; RFC 5480 2.2; RFC 8410 4")
    static let signatureHash = Rule(
        "V2G.SIG.HASH",
        reason: "The ECDSA signature is over a hash that the edition does not allow.",
        remedy: "Sign with SHA-256 in -2, with SHA-512 in -20.",
        reference: "ISO 15118-2 Annex F; V2G20-2319, V2G20-2674")
    static let signatureAlgorithm = Rule(
        "V2G.SIG.ALGORITHM",
        reason: "The signature algorithm is not one that the edition allows.",
        remedy: "Sign with ecdsa-with-SHA256 in -2, with ecdsa-with-SHA512 or Ed448 in -20.",
        reference: "ISO 15118-2 Annex F; V2G20-2319, V2G20-2320, V2G20-2674")
    static let signatureParameters = Rule(
        "V2G.SIG.PARAMETERS",
        reason: "The signature algorithm carries parameters where it must have none.",
        remedy: "Leave the parameters out, not even NULL.",
        reference: "RFC 5758 3.2; RFC 8410 3")
    static let signatureMismatch = Rule(
        "V2G.SIG.MISMATCH",
        reason: "The signature algorithm outside the body differs from the signed one inside, so readers may disagree.",
        remedy: "Issue the certificate again with the same algorithm in both places.",
        reference: "RFC 5280 4.1.1.2")
    static let signatureEncoding = Rule(
        "V2G.SIG.ENCODING",
        reason: "The signature value is not in the form of its algorithm.",
        remedy: "Encode ECDSA as a DER sequence of two positive integers, Ed448 as 114 bytes.",
        reference: "RFC 5758 3.2; RFC 8410 6")
}

extension Rule {
    static let structureRules: [Rule] = [
        notDER, trailingBytes, version, serialNotPositive, serialTooLong, serialTooPredictable, tooLong,
        validityReversed, validityTooLong,
    ]

    static let notDER = Rule(
        "V2G.DER.ENCODING",
        reason: "The bytes are not the DER that message fields and signatures are defined over.",
        remedy: "Encode the certificate as DER, or convert it from PEM or BER first.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.1; X.690")
    static let trailingBytes = Rule(
        "V2G.DER.TRAILING",
        reason: "Bytes follow the end of the certificate, which no signature covers.",
        remedy: "Remove what follows the certificate.",
        reference: "RFC 5280 4.1; X.690")
    static let version = Rule(
        "V2G.VERSION",
        reason: "Only version 3 has the extensions that tell a CA from a leaf.",
        remedy: "Issue the certificate as X.509 version 3.",
        reference: "ISO 15118-2 Annex F; RFC 5280 4.1.2.1")
    static let serialNotPositive = Rule(
        "V2G.SERIAL.POSITIVE",
        reason: "A serial number must be a positive integer, or revocation cannot name the certificate.",
        remedy: "Draw a new serial above zero.",
        reference: "RFC 5280 4.1.2.2")
    static let serialTooLong = Rule(
        "V2G.SERIAL.LENGTH",
        reason: "A serial number has at most 20 octets.",
        remedy: "Draw a shorter serial, such as 16 random bytes.",
        reference: "RFC 5280 4.1.2.2")
    static let serialTooPredictable = Rule(
        "V2G.SERIAL.ENTROPY", verifying: nil,
        reason: "A serial of fewer than 64 bits cannot hold the random bits that make it unpredictable.",
        remedy: "Draw the serial from the system's random generator, 128 bits long.",
        reference: "CA/Browser Forum BR 7.1")
    static let tooLong = Rule(
        "V2G.SIZE", root: .warning,
        reason: "The certificate is longer than its field in the messages, so stations and cars cannot carry it.",
        remedy: "Shorten the names and leave out optional extensions.",
        reference: "ISO 15118-2 schema: 800 bytes; ISO 15118-20 schema: 1600 bytes",
        scope: { $0.maximumLength != nil })
    static let validityReversed = Rule(
        "V2G.VALIDITY.ORDER",
        reason: "The validity ends before it begins, so the certificate is never valid.",
        remedy: "Give an end after the begin.",
        reference: "RFC 5280 4.1.2.5")
    static let validityTooLong = Rule(
        "V2G.VALIDITY.MAXIMUM", verifying: .warning,
        reason: "The validity is longer than the profile allows for this role.",
        remedy: "Issue for a shorter time and renew; the limit of SECC certificates is a setting.",
        reference: "ISO 15118-2 Annex F",
        scope: { $0.maximumValidityDays != nil })
}

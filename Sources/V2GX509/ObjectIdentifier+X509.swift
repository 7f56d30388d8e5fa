public import V2GDER

extension ObjectIdentifier {
    // Name attributes (RFC 5280 appendix A, RFC 4519).
    public static let commonName = ObjectIdentifier(2, 5, 4, 3)
    public static let countryName = ObjectIdentifier(2, 5, 4, 6)
    public static let localityName = ObjectIdentifier(2, 5, 4, 7)
    public static let stateOrProvinceName = ObjectIdentifier(2, 5, 4, 8)
    public static let organizationName = ObjectIdentifier(2, 5, 4, 10)
    public static let organizationalUnitName = ObjectIdentifier(2, 5, 4, 11)
    public static let serialNumberAttribute = ObjectIdentifier(2, 5, 4, 5)
    public static let emailAddress = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 1)
    public static let domainComponent = ObjectIdentifier(0, 9, 2342, 19_200_300, 100, 1, 25)

    // Public keys and signatures (RFC 5480, RFC 5758, RFC 8410, RFC 8017).
    public static let ecPublicKey = ObjectIdentifier(1, 2, 840, 10045, 2, 1)
    public static let secp256r1 = ObjectIdentifier(1, 2, 840, 10045, 3, 1, 7)
    public static let secp384r1 = ObjectIdentifier(1, 3, 132, 0, 34)
    public static let secp521r1 = ObjectIdentifier(1, 3, 132, 0, 35)
    public static let x448 = ObjectIdentifier(1, 3, 101, 111)
    public static let ed25519 = ObjectIdentifier(1, 3, 101, 112)
    public static let ed448 = ObjectIdentifier(1, 3, 101, 113)
    public static let rsaEncryption = ObjectIdentifier(1, 2, 840, 113549, 1, 1, 1)
    public static let ecdsaWithSHA256 = ObjectIdentifier(1, 2, 840, 10045, 4, 3, 2)
    public static let ecdsaWithSHA384 = ObjectIdentifier(1, 2, 840, 10045, 4, 3, 3)
    public static let ecdsaWithSHA512 = ObjectIdentifier(1, 2, 840, 10045, 4, 3, 4)

    // Hashes.
    public static let sha1 = ObjectIdentifier(1, 3, 14, 3, 2, 26)
    public static let sha256 = ObjectIdentifier(2, 16, 840, 1, 101, 3, 4, 2, 1)
    public static let sha384 = ObjectIdentifier(2, 16, 840, 1, 101, 3, 4, 2, 2)
    public static let sha512 = ObjectIdentifier(2, 16, 840, 1, 101, 3, 4, 2, 3)

    // Certificate and CRL extensions (RFC 5280 4.2, 5.2, 5.3).
    public static let subjectKeyIdentifier = ObjectIdentifier(2, 5, 29, 14)
    public static let keyUsage = ObjectIdentifier(2, 5, 29, 15)
    public static let subjectAlternativeName = ObjectIdentifier(2, 5, 29, 17)
    public static let issuerAlternativeName = ObjectIdentifier(2, 5, 29, 18)
    public static let basicConstraints = ObjectIdentifier(2, 5, 29, 19)
    public static let crlNumber = ObjectIdentifier(2, 5, 29, 20)
    public static let reasonCode = ObjectIdentifier(2, 5, 29, 21)
    public static let invalidityDate = ObjectIdentifier(2, 5, 29, 24)
    public static let deltaCRLIndicator = ObjectIdentifier(2, 5, 29, 27)
    public static let issuingDistributionPoint = ObjectIdentifier(2, 5, 29, 28)
    public static let certificateIssuer = ObjectIdentifier(2, 5, 29, 29)
    public static let nameConstraints = ObjectIdentifier(2, 5, 29, 30)
    public static let crlDistributionPoints = ObjectIdentifier(2, 5, 29, 31)
    public static let certificatePolicies = ObjectIdentifier(2, 5, 29, 32)
    public static let anyPolicy = ObjectIdentifier(2, 5, 29, 32, 0)
    public static let policyMappings = ObjectIdentifier(2, 5, 29, 33)
    public static let authorityKeyIdentifier = ObjectIdentifier(2, 5, 29, 35)
    public static let policyConstraints = ObjectIdentifier(2, 5, 29, 36)
    public static let extendedKeyUsage = ObjectIdentifier(2, 5, 29, 37)
    public static let freshestCRL = ObjectIdentifier(2, 5, 29, 46)
    public static let inhibitAnyPolicy = ObjectIdentifier(2, 5, 29, 54)
    public static let authorityInformationAccess = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 1, 1)

    // Access methods and extended key usages.
    public static let accessOCSP = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 48, 1)
    public static let accessCAIssuers = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 48, 2)
    public static let anyExtendedKeyUsage = ObjectIdentifier(2, 5, 29, 37, 0)
    public static let serverAuth = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 3, 1)
    public static let clientAuth = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 3, 2)
    public static let codeSigning = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 3, 3)
    public static let emailProtection = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 3, 4)
    public static let timeStamping = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 3, 8)
    public static let ocspSigning = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 3, 9)

    // OCSP (RFC 6960).
    public static let ocspBasic = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 48, 1, 1)
    public static let ocspNonce = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 48, 1, 2)
    public static let ocspNoCheck = ObjectIdentifier(1, 3, 6, 1, 5, 5, 7, 48, 1, 5)

    // PKCS#9 attributes of a certification request (RFC 2985).
    public static let extensionRequest = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 14)
    public static let challengePassword = ObjectIdentifier(1, 2, 840, 113549, 1, 9, 7)
}

import V2GCertificates
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// For every rule, one way to break it, and which other errors follow of necessity.
struct Mutation: Sendable {
    let rule: String
    let also: Set<String>
    let apply: @Sendable (inout LintCase) throws -> Void

    init(_ rule: String, also: Set<String> = [], _ apply: @escaping @Sendable (inout LintCase) throws -> Void) {
        self.rule = rule
        self.also = also
        self.apply = apply
    }

    static let all: [Mutation] = structure + keys + subjects + usages + extensions + issuers

    private static let null: [UInt8] = [0x05, 0x00]
    private static let unknownType = ObjectIdentifier(1, 2, 3, 4)

    private static let structure: [Mutation] = [
        Mutation("V2G.DER.ENCODING") { $0.bend = { [0x31] + $0.dropFirst() } },
        Mutation("V2G.DER.TRAILING") { $0.bend = { $0 + [0x00] } },
        Mutation("V2G.VERSION") { $0.template.version = 1 },
        Mutation("V2G.SERIAL.POSITIVE") { $0.template.serialNumber = SerialNumber(magnitude: [0]) },
        Mutation("V2G.SERIAL.LENGTH") {
            $0.template.serialNumber = SerialNumber(magnitude: [UInt8](repeating: 0x11, count: 21))
        },
        Mutation("V2G.SERIAL.ENTROPY") { $0.template.serialNumber = SerialNumber(magnitude: [1, 2, 3, 4, 5, 6, 7]) },
        Mutation("V2G.SIZE") {
            $0.put(.crlDistributionPoints(["http://pki.example/" + String(repeating: "x", count: 1_600)]))
        },
        Mutation("V2G.VALIDITY.ORDER") { $0.template.notAfter = $0.template.notBefore },
        Mutation("V2G.VALIDITY.MAXIMUM") {
            let days = Int64($0.profile.maximumValidityDays($0.settings) ?? 0)
            $0.template.notAfter = $0.template.notBefore.advanced(bySeconds: days * 86_400 + 1)
        },
    ]

    private static let keys: [Mutation] = [
        Mutation("V2G.KEY.RSA") {
            var writer = DERWriter()
            writer.writeSequence { pair in
                pair.write(unsigned: [0xc1] + [UInt8](repeating: 0x55, count: 255))
                pair.write(65_537)
            }
            try $0.setKey(AlgorithmIdentifier(algorithm: .rsaEncryption, parameters: null), bits: writer.bytes)
            // An RSA key alone nearly fills 800 bytes; the size is another rule's matter.
            $0.remove(.crlDistributionPoints)
        },
        Mutation("V2G.KEY.PARAMETERS") {
            try $0.setKey(
                AlgorithmIdentifier(algorithm: .ecPublicKey, parameters: [0x30, 0x00]),
                bits: $0.template.subjectPublicKeyInfo.keyBits)
        },
        Mutation("V2G.KEY.CURVE") {
            try $0.setKey(
                AlgorithmIdentifier(algorithm: .ecPublicKey, parameters: [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22]),
                bits: [4] + [UInt8](repeating: 3, count: 96))
        },
        Mutation("V2G.KEY.TYPE") {
            try $0.setKey(AlgorithmIdentifier(algorithm: .ed25519), bits: [UInt8](repeating: 3, count: 32))
        },
        Mutation("V2G.KEY.POINT") {
            let info = $0.template.subjectPublicKeyInfo
            try $0.setKey(info.algorithm, bits: [2] + info.keyBits[1...(info.keyBits.count / 2)])
        },
        Mutation("V2G.SIG.HASH") {
            $0.template.signatureAlgorithm = AlgorithmIdentifier(algorithm: ObjectIdentifier(1, 2, 840, 10045, 4, 1))
        },
        Mutation("V2G.SIG.ALGORITHM") {
            $0.template.signatureAlgorithm = AlgorithmIdentifier(
                algorithm: ObjectIdentifier(1, 2, 840, 113549, 1, 1, 11), parameters: null)
        },
        Mutation("V2G.SIG.PARAMETERS") {
            $0.template.signatureAlgorithm = AlgorithmIdentifier(
                algorithm: $0.template.signatureAlgorithm.algorithm, parameters: null)
        },
        Mutation("V2G.SIG.MISMATCH") {
            $0.needsCertificate = true
            $0.outerAlgorithm = AlgorithmIdentifier(algorithm: ObjectIdentifier(1, 2, 840, 10045, 4, 1))
        },
        Mutation("V2G.SIG.ENCODING") {
            $0.needsCertificate = true
            $0.signature = [0x30, 0x03, 0x02, 0x01, 0x01]
        },
    ]

    private static let subjects: [Mutation] = [
        Mutation("V2G2-925.DC-MISSING") { $0.setName(.domainComponent, nil) },
        Mutation("V2G2-925.DC-WRONG") {
            $0.setName(.domainComponent, $0.profile.domainComponent.refused.first ?? "XYZ")
        },
        Mutation("V2G.SUBJECT.CN-MISSING") { $0.setName(.commonName, nil) },
        Mutation("V2G.SUBJECT.CN-EMPTY") { $0.setName(.commonName, "") },
        Mutation("V2G.SUBJECT.CN-LENGTH") { $0.setName(.commonName, String(repeating: "é", count: 65)) },
        Mutation("V2G.SUBJECT.O-MISSING") { $0.setName(.organizationName, nil) },
        Mutation("V2G.SUBJECT.O-LENGTH") { $0.setName(.organizationName, String(repeating: "o", count: 65)) },
        Mutation("V2G.SUBJECT.C-MISSING") { $0.setName(.countryName, nil) },
        Mutation("V2G.SUBJECT.C-FORM") { $0.setName(.countryName, "DEU") },
        Mutation("V2G.SUBJECT.REPEATED") {
            $0.editSubject { $0.append(NameAttribute(.organizationName, "Another")) }
        },
        Mutation("V2G.SUBJECT.TEXT") { $0.setName(.organizationName, "bell\u{7}") },
        Mutation("V2G20-2598.SUBJECT") { $0.setName(.organizationalUnitName, "Unit") },
        Mutation("V2G.SUBJECT.EXTRA") { $0.setName(.organizationalUnitName, "Unit") },
        Mutation("V2G.CN.STATION") { $0.setName(.commonName, "SECC number 1") },
        Mutation("V2G.CN.EMAID") { $0.setName(.commonName, "no contract") },
        Mutation("V2G.CN.EMAID-CHECK-DIGIT") { $0.setName(.commonName, "DE-83D-UIEN83QGZ-X") },
        Mutation("V2G.CN.PCID") { $0.setName(.commonName, "OEMProvCert") },
        Mutation("V2G.CN.EVCCID") { $0.setName(.commonName, "a car!") },
    ]

    private static let usages: [Mutation] = [
        Mutation("V2G.BC.MISSING") { $0.remove(.basicConstraints) },
        Mutation("V2G.BC.NOT-CRITICAL") {
            $0.put(
                .basicConstraints(
                    BasicConstraints(isCA: $0.profile.role.isCA, pathLength: $0.profile.issuedPathLength),
                    isCritical: false))
        },
        Mutation("V2G.BC.CA-FALSE") {
            $0.put(.basicConstraints(BasicConstraints(isCA: false, pathLength: $0.profile.issuedPathLength)))
        },
        Mutation("V2G.BC.LEAF-CA") { $0.put(.basicConstraints(BasicConstraints(isCA: true))) },
        Mutation("V2G.BC.PATH-LENGTH-MISSING") { $0.put(.basicConstraints(BasicConstraints(isCA: true))) },
        Mutation("V2G.BC.PATH-LENGTH-WRONG") {
            $0.put(
                .basicConstraints(BasicConstraints(isCA: true, pathLength: ($0.profile.issuedPathLength ?? 0) + 1)))
        },
        Mutation("V2G.BC.PATH-LENGTH-ROOT") {
            $0.put(.basicConstraints(BasicConstraints(isCA: true, pathLength: 1)))
        },
        Mutation("V2G.BC.PATH-LENGTH-LEAF") {
            $0.put(.basicConstraints(BasicConstraints(isCA: false, pathLength: 0)))
        },
        Mutation("V2G.KU.MISSING") { $0.remove(.keyUsage) },
        Mutation("V2G.KU.NOT-CRITICAL") { $0.put(.keyUsage($0.profile.keyUsage.issued, isCritical: false)) },
        Mutation("V2G.KU.LEAF-SIGNATURE") { $0.setKeyUsage(removing: .digitalSignature) },
        Mutation("V2G.KU.LEAF-CERT-SIGN") { $0.setKeyUsage(adding: .keyCertSign) },
        Mutation("V2G.KU.LEAF-CRL-SIGN") { $0.setKeyUsage(adding: .cRLSign) },
        Mutation("V2G.KU.CA-CERT-SIGN") { $0.setKeyUsage(removing: .keyCertSign) },
        Mutation("V2G.KU.UNEXPECTED") { $0.setKeyUsage(adding: .encipherOnly) },
        Mutation("V2G.KU.INCOMPLETE") { $0.put(.keyUsage($0.profile.keyUsage.required)) },
        Mutation("RFC8813.KU-ENCIPHERMENT") { $0.setKeyUsage(adding: .keyEncipherment) },
        Mutation("RFC9295.KU-AGREEMENT", also: ["V2G.KU.UNEXPECTED"]) {
            try $0.setKey(ProfileFixture.key(.ed448))
            $0.setKeyUsage(adding: .keyAgreement)
        },
        Mutation("V2G.EKU.MISSING") { $0.remove(.extendedKeyUsage) },
        Mutation("V2G.EKU.CONTRADICTION", also: ["V2G.EKU.UNEXPECTED"]) {
            let rule = $0.profile.extendedKeyUsage
            $0.put(.extendedKeyUsage(rule.required.isEmpty ? [rule.forbidden[0]] : [.emailProtection]))
        },
        Mutation("V2G.EKU.UNEXPECTED") {
            $0.put(.extendedKeyUsage($0.profile.extendedKeyUsage.required + [.codeSigning]))
        },
        Mutation("V2G.EKU.ROOT") { $0.put(.extendedKeyUsage([.serverAuth])) },
    ]

    private static let extensions: [Mutation] = [
        Mutation("V2G.EXT.MALFORMED") {
            $0.put(CertificateExtension(type: .subjectKeyIdentifier, value: [0x04, 0x05, 0x01]))
        },
        Mutation("V2G.EXT.REPEATED") { $0.template.extensions.append($0.template.extensions[0]) },
        Mutation("V2G.EXT.UNKNOWN-CRITICAL") {
            $0.put(CertificateExtension(type: unknownType, isCritical: true, value: null))
        },
        Mutation("V2G.EXT.CRITICAL") {
            let made = CertificateExtension.subjectKeyIdentifier($0.template.subjectPublicKeyInfo.keyIdentifier)
            $0.put(CertificateExtension(type: made.type, isCritical: true, value: made.value))
        },
        Mutation("V2G.EXT.UNEXPECTED") { $0.put(CertificateExtension(type: unknownType, value: null)) },
        Mutation("V2G.SKI.MISSING") { $0.remove(.subjectKeyIdentifier) },
        Mutation("V2G.SKI.MISMATCH") { $0.put(.subjectKeyIdentifier(SystemRandom.bytes(count: 20))) },
        Mutation("V2G.AKI.MISSING") { $0.remove(.authorityKeyIdentifier) },
        Mutation("V2G.AIA.OCSP-MISSING") { $0.remove(.authorityInformationAccess) },
        Mutation("V2G.EXT.LOCATION") { $0.put(.crlDistributionPoints(["ftp://pki.example/ca.crl"])) },
        Mutation("V2G.SAN.MISSING") { $0.remove(.subjectAlternativeName) },
        Mutation("V2G.SAN.WILDCARD") { $0.put(.subjectAlternativeNames([.dns("*.example.org")])) },
        Mutation("V2G.SAN.NAME") { $0.put(.subjectAlternativeNames([.dns("")])) },
        Mutation("V2G.OCSP.NO-CHECK") { $0.remove(.ocspNoCheck) },
    ]

    private static let issuers: [Mutation] = [
        Mutation("V2G.ISSUER.EMPTY", also: ["V2G.ISSUER.NAME", "V2G.ROOT.SELF-SIGNED"]) {
            $0.template.issuer = DistinguishedName([])
        },
        Mutation("V2G.ROOT.SELF-SIGNED") {
            $0.template.issuer = DistinguishedName([NameAttribute(.commonName, "Another root")])
        },
        Mutation("V2G.ISSUER.SELF-ISSUED", also: ["V2G.ISSUER.NAME"]) { $0.template.issuer = $0.template.subject },
        Mutation("V2G.ISSUER.UNKNOWN") { $0.issuer = nil },
        Mutation("V2G.ISSUER.NAME") {
            $0.template.issuer = DistinguishedName([NameAttribute(.commonName, "Another CA")])
        },
        Mutation("V2G.AKI.MISMATCH") { $0.put(.authorityKeyIdentifier(SystemRandom.bytes(count: 20))) },
        Mutation("V2G.ISSUER.ROLE") { bent in
            let allowed = bent.profile.role.issuers
            let foreign = Role.allCases.first { $0.isCA && !allowed.contains($0) }
            guard let body = bent.issuer?.body else { return }
            bent.issuer = LintIssuer(body, role: foreign)
        },
        Mutation("V2G.SIG.ISSUER-KEY", also: ["V2G.SIG.HASH"]) {
            $0.template.signatureAlgorithm = AlgorithmIdentifier(
                $0.profile.edition == .iso2 ? .ecdsaSHA512 : .ed448)
        },
        Mutation("V2G.ISSUER.VALIDITY") {
            let issuer = try ProfileFixture.issuer(for: $0.profile, validFor: 1)
            $0.issuer = issuer
            $0.put(.authorityKeyIdentifier(issuer.keyIdentifier ?? []))
        },
        Mutation("V2G.LINK.SAME-KEY") {
            guard let key = $0.issuer?.body.subjectPublicKeyInfo else { return }
            try $0.setKey(key)
        },
    ]
}

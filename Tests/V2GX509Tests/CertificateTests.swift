import Testing
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GX509

/// A structurally complete certificate with a made-up key and signature: parsing does not judge either.
func sampleCertificate(extensions: [CertificateExtension]? = nil) throws -> (
    template: CertificateTemplate, der: [UInt8]
) {
    let key = try #require(PublicKey(algorithm: .p256, bytes: [4] + [UInt8](repeating: 7, count: 64)))
    let template = CertificateTemplate(
        serialNumber: SerialNumber(magnitude: [0x80, 1, 2, 3]),
        signatureAlgorithm: AlgorithmIdentifier(SignatureAlgorithm.ecdsaSHA256),
        issuer: DistinguishedName([
            NameAttribute(.countryName, "DE"), NameAttribute(.organizationName, "Example"),
            NameAttribute(.commonName, "Example Sub2"), NameAttribute(.domainComponent, "V2G"),
        ]),
        notBefore: try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z")),
        notAfter: try #require(Timestamp(rfc3339: "2051-01-01T00:00:00Z")),
        subject: DistinguishedName([NameAttribute(.commonName, "DE*ABC*E0001")]),
        subjectPublicKeyInfo: SubjectPublicKeyInfo(key),
        extensions: extensions ?? [
            .basicConstraints(BasicConstraints(isCA: true, pathLength: 0)), .keyUsage([.keyCertSign, .cRLSign]),
            .extendedKeyUsage([.serverAuth]), .subjectKeyIdentifier([1, 2, 3]), .authorityKeyIdentifier([4, 5]),
            .subjectAlternativeNames([.dns("csms.example"), .ipAddress([127, 0, 0, 1])]),
            .authorityInformationAccess(ocsp: ["http://ocsp.example"], caIssuers: ["http://ca.example/a.cer"]),
            .crlDistributionPoints(["http://crl.example/a.crl"]), .certificatePolicies([.anyPolicy]),
        ])
    let der = Certificate.assemble(body: template.encoded(), algorithm: .ecdsaSHA256, signature: [1, 2, 3, 4])
    return (template, der)
}

@Suite struct CertificateTests {
    @Test func everyFieldComesBack() throws {
        let (template, der) = try sampleCertificate()
        let certificate = try Certificate(der: der)
        #expect(certificate.der == der)
        #expect(certificate.body.der == template.encoded())
        #expect(certificate.body.version == 3)
        #expect(certificate.body.serialNumber.hex == "80010203")
        #expect(certificate.body.serialNumber.content.first == 0)
        #expect(certificate.issuer.domainComponents == ["V2G"])
        #expect(certificate.issuer.description == "C=DE, O=Example, CN=Example Sub2, DC=V2G")
        #expect(certificate.body.notBefore.rfc3339 == "2026-01-01T00:00:00Z")
        #expect(certificate.body.notAfter.rfc3339 == "2051-01-01T00:00:00Z")
        #expect(certificate.publicKey?.algorithm == .p256)
        #expect(certificate.signature == [1, 2, 3, 4])
        #expect(try certificate.body.basicConstraints() == BasicConstraints(isCA: true, pathLength: 0))
        #expect(try certificate.body.keyUsage() == [.keyCertSign, .cRLSign])
        #expect(try certificate.body.extendedKeyUsage() == [.serverAuth])
        #expect(try certificate.body.subjectKeyIdentifier() == [1, 2, 3])
        #expect(try certificate.body.authorityKeyIdentifier()?.keyIdentifier == [4, 5])
        #expect(try certificate.body.subjectAlternativeNames() == [.dns("csms.example"), .ipAddress([127, 0, 0, 1])])
        #expect(certificate.body.ocspURLs == ["http://ocsp.example"])
        #expect(certificate.body.caIssuerURLs == ["http://ca.example/a.cer"])
        #expect(try certificate.body.crlDistributionPoints() == [.uri("http://crl.example/a.crl")])
        #expect(try certificate.body.certificatePolicies() == [.anyPolicy])
    }

    @Test func trailingBytesAreAnErrorOfTheirOwn() throws {
        let (_, der) = try sampleCertificate()
        let error = #expect(throws: DERError.self) { try Certificate(der: der + [0]) }
        #expect(error?.kind == .trailingBytes(count: 1))
        #expect(error?.offset == der.count)
    }

    @Test func everyTruncationIsACleanError() throws {
        let (_, der) = try sampleCertificate()
        for length in 0..<der.count {
            #expect(throws: DERError.self) { try Certificate(der: Array(der[..<length])) }
        }
    }

    /// A flipped bit may still give a certificate; it must never trap, here or in a typed view.
    @Test func everyFlippedBitIsAValueOrACleanError() throws {
        let (_, der) = try sampleCertificate()
        for bit in 0..<der.count * 8 {
            var bent = der
            bent[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            guard let certificate = try? Certificate(der: bent) else { continue }
            let body = certificate.body
            _ = try? body.basicConstraints()
            _ = try? body.keyUsage()
            _ = try? body.extendedKeyUsage()
            _ = try? body.subjectKeyIdentifier()
            _ = try? body.authorityKeyIdentifier()
            _ = try? body.subjectAlternativeNames()
            _ = try? body.authorityInformationAccess()
            _ = try? body.crlDistributionPoints()
            _ = try? body.certificatePolicies()
            _ = body.issuer.description + body.subjectPublicKeyInfo.keyDescription
            #expect(certificate.der == bent)
        }
    }

    @Test func laxEncodingsAreRefused() throws {
        let explicitFalse: [UInt8] = [0x30, 0x03, 0x01, 0x01, 0x00]
        let (_, der) = try sampleCertificate(extensions: [
            CertificateExtension(type: .basicConstraints, isCritical: true, value: explicitFalse)
        ])
        let certificate = try Certificate(der: der)
        #expect(throws: DERError.self) { try certificate.body.basicConstraints() }
        for bad in [
            [0x30, 0x80, 0, 0], [0x30, 0x81, 0x01, 0x00], [0x1f, 0x81, 0x01, 0x00], [0x02, 0x02, 0x00, 0x01],
        ] as [[UInt8]] {
            var reader = DERReader(bad)
            #expect(throws: DERError.self) {
                _ = bad[0] == 2 ? Array(try reader.readIntegerBytes()) : [UInt8(try reader.read().content.count)]
            }
        }
    }
}

@Suite struct DistinguishedNameTests {
    @Test func caseAndSpacesDoNotCountInMatching() throws {
        let left = DistinguishedName([
            NameAttribute(.organizationName, "Example  Energy"), NameAttribute(.commonName, "A"),
        ])
        let right = DistinguishedName([
            NameAttribute(.organizationName, " example energy "), NameAttribute(.commonName, "a"),
        ])
        #expect(left.matches(right))
        #expect(left != right)
        let other = DistinguishedName([
            NameAttribute(.commonName, "A"), NameAttribute(.organizationName, "Example Energy"),
        ])
        #expect(!left.matches(other))
    }

    @Test func controlCharactersDoNotReachTheTerminal() {
        let name = DistinguishedName([NameAttribute(.commonName, "a\u{1b}[2Jb\n")])
        #expect(name.description == "CN=a\\u{1b}[2Jb\\u{a}")
    }
}

@Suite struct HostileTextTests {
    @Test func aNameCannotImitateAnotherOrSteerATerminal() {
        let hostile = DistinguishedName([NameAttribute(.commonName, "a, DC=CPO+x\u{202e}\u{1b}\u{2028}\\")])
        #expect(hostile.description == #"CN=a\, DC\=CPO\+x\u{202e}\u{1b}\u{2028}\\"#)
        let plain = DistinguishedName([NameAttribute(.commonName, "DE*ABC*E0001 Müller")])
        #expect(plain.description == "CN=DE*ABC*E0001 Müller")
    }

    @Test(arguments: ["A\u{1b}[2J", "CERTIFICATE\u{202e}", "\u{7f}"])
    func labelsOfBlocksArePrintable(_ label: String) throws {
        let text = "-----BEGIN \(label)-----\nAAAA\n-----END \(label)-----\n"
        let error = #expect(throws: PEMError.self) { try PEM.blocks(in: Array(text.utf8)) }
        #expect(error?.description.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } == true)
        let stray = "-----END \(label)-----\n"
        let second = #expect(throws: PEMError.self) { try PEM.blocks(in: Array(stray.utf8)) }
        #expect(second?.description.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } == true)
        let control = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"
        #expect(try PEM.blocks(in: Array(control.utf8)).map(\.label) == ["X509 CRL"])
    }
}

@Suite struct PEMTests {
    @Test func blocksComeBackAndTextAroundIsPassedOver() throws {
        let block = PEMBlock(label: "CERTIFICATE", der: (0..<100).map { UInt8($0) })
        let text =
            "subject=x\r\n" + block.text.split(separator: "\n").joined(separator: "\r\n") + "\r\ntail\n" + block.text
        #expect(try PEM.blocks(in: Array(text.utf8)) == [block, block])
        #expect(try PEM.blocks(in: Array("nothing".utf8)).isEmpty)
    }

    @Test(arguments: [
        "-----BEGIN A-----\nAAAA\n", "-----BEGIN A-----\nAAAA\n-----END B-----\n", "-----END A-----\n",
        "-----BEGIN A-----\nAA*A\n-----END A-----\n", "-----BEGIN A-----\n-----BEGIN A-----\n-----END A-----\n",
    ])
    func brokenBlocksAreRefusedWithTheirLine(_ text: String) {
        #expect(throws: PEMError.self) { try PEM.blocks(in: Array(text.utf8)) }
    }
}

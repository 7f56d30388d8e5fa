import Testing
import V2GDER
import V2GKeys
import V2GX509

@Suite struct CertificationRequestTests {
    @Test func requestComesBackWithWhatItAsksFor() throws {
        let key = try #require(PublicKey(algorithm: .ed448, bytes: [UInt8](repeating: 3, count: 57)))
        let subject = DistinguishedName([NameAttribute(.commonName, "WMIV1234567890ABCDEX")])
        let wanted = [CertificateExtension.subjectAlternativeNames([.dns("a.example")])]
        let body = CertificationRequest.body(subject: subject, key: key, extensions: wanted)
        let der = CertificationRequest.assemble(body: body, algorithm: .ed448, signature: [1])
        let request = try CertificationRequest(der: der)
        #expect(request.body == body)
        #expect(request.subject == subject)
        #expect(request.subjectPublicKeyInfo.key == key)
        #expect(request.requestedExtensions == wanted)
        #expect(request.attributeTypes == [.extensionRequest])
        #expect(request.signatureAlgorithm.signatureAlgorithm == .ed448)
        for length in 0..<der.count {
            #expect(throws: DERError.self) { try CertificationRequest(der: Array(der[..<length])) }
        }
        #expect(throws: DERError.self) { try CertificationRequest(der: der + [0]) }
    }

    @Test func anOverlongRequestIsRefusedBeforeItIsRead() {
        #expect(throws: DERError.self) {
            try CertificationRequest(der: [UInt8](repeating: 0x30, count: CertificationRequest.maximumLength + 1))
        }
    }
}

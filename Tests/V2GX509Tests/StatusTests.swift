import Testing
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GX509

@Suite struct OCSPCodecTests {
    private func certID(_ serial: [UInt8]) throws -> OCSPCertID {
        let issuer = try Certificate(der: try sampleCertificate().der)
        return OCSPCertID(serialNumber: SerialNumber(magnitude: serial), issuer: issuer.body, hash: .sha1)
    }

    @Test func requestComesBackWithItsNonce() throws {
        let request = OCSPRequest(certIDs: [try certID([1]), try certID([2, 3])], nonce: [9, 8, 7])
        let parsed = try OCSPRequest(der: request.encoded())
        #expect(parsed.certIDs == request.certIDs)
        #expect(parsed.nonce == [9, 8, 7])
        #expect(try OCSPRequest(der: OCSPRequest(certIDs: request.certIDs).encoded()).nonce == nil)
    }

    @Test func anEmptyRequestIsRefused() {
        #expect(throws: DERError.self) { try OCSPRequest(der: OCSPRequest(certIDs: []).encoded()) }
    }

    @Test func responseComesBack() throws {
        let now = try #require(Timestamp(rfc3339: "2026-05-01T10:00:00Z"))
        let later = now.advanced(bySeconds: 3600)
        let singles = [
            BasicOCSPResponse.SingleResponse(
                certID: try certID([1]), status: .good, thisUpdate: now, nextUpdate: later),
            .init(
                certID: try certID([2]), status: .revoked(at: now, reason: .keyCompromise), thisUpdate: now,
                nextUpdate: nil),
            .init(certID: try certID([3]), status: .unknown, thisUpdate: now, nextUpdate: later),
        ]
        let body = BasicOCSPResponse.body(
            responderID: .keyHash([5, 5]), producedAt: now, responses: singles, nonce: [1])
        let der = BasicOCSPResponse.assemble(
            body: body, algorithm: .ed448, signature: [3, 3], certificates: [try sampleCertificate().der])
        guard case .answered(let basic) = try OCSPResponse(der: der) else {
            Issue.record("not an answer")
            return
        }
        #expect(basic.body == body)
        #expect(basic.responses == singles)
        #expect(basic.responderID == .keyHash([5, 5]))
        #expect(basic.producedAt == now)
        #expect(basic.nonce == [1])
        #expect(basic.signatureAlgorithm.signatureAlgorithm == .ed448)
        #expect(basic.certificates.count == 1)
        for length in 0..<der.count { #expect(throws: DERError.self) { try OCSPResponse(der: Array(der[..<length])) } }
    }

    @Test func failuresComeBack() throws {
        guard case .failed(let failure) = try OCSPResponse(der: OCSPResponse.encoded(.unauthorized)) else {
            Issue.record("not a failure")
            return
        }
        #expect(failure == .unauthorized)
    }
}

@Suite struct CRLCodecTests {
    @Test func entriesAndExtensionsComeBack() throws {
        let now = try #require(Timestamp(rfc3339: "2026-05-01T10:00:00Z"))
        let issuer = DistinguishedName([NameAttribute(.commonName, "Sub2")])
        var template = CRLTemplate(
            issuer: issuer, signatureAlgorithm: .ecdsaSHA512, thisUpdate: now,
            nextUpdate: now.advanced(bySeconds: 86_400),
            number: 300, authorityKeyIdentifier: [1, 2],
            distributionPoint: IssuingDistributionPoint(fullName: [.uri("http://crl.example/sub2.crl")]))
        template.append(serialNumber: SerialNumber(magnitude: [0xff, 1]), revokedAt: now, reason: .keyCompromise)
        template.append(serialNumber: SerialNumber(magnitude: [2]), revokedAt: now, reason: .unspecified)
        let body = template.encodedBody()
        let der = CRLTemplate.assemble(body: body, algorithm: .ecdsaSHA512, signature: [7])
        let list = try CertificateRevocationList(der: der)
        #expect(list.body == body)
        #expect(list.issuer == issuer)
        #expect(list.entries.count == 2)
        #expect(list.entry(for: SerialNumber(magnitude: [0xff, 1]))?.reason == .keyCompromise)
        #expect(list.entry(for: SerialNumber(magnitude: [2]))?.reason == nil)
        #expect(list.entry(for: SerialNumber(magnitude: [3])) == nil)
        #expect(try list.number() == [1, 44])
        #expect(try list.issuingDistributionPoint()?.fullName == [.uri("http://crl.example/sub2.crl")])
        #expect(list.firstExtension(.issuingDistributionPoint)?.isCritical == true)
        for length in 0..<der.count {
            #expect(throws: DERError.self) { try CertificateRevocationList(der: Array(der[..<length])) }
        }
    }

    @Test func anEmptyListHasNoEntriesElement() throws {
        let now = try #require(Timestamp(rfc3339: "2026-05-01T10:00:00Z"))
        let template = CRLTemplate(
            issuer: DistinguishedName([NameAttribute(.commonName, "Sub2")]), signatureAlgorithm: .ecdsaSHA256,
            thisUpdate: now, nextUpdate: now.advanced(bySeconds: 60), number: 1, authorityKeyIdentifier: [1],
            distributionPoint: IssuingDistributionPoint(fullName: []))
        let der = CRLTemplate.assemble(body: template.encodedBody(), algorithm: .ecdsaSHA256, signature: [7])
        #expect(try CertificateRevocationList(der: der).entries.isEmpty)
    }
}

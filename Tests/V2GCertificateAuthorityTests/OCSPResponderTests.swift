import CryptoOpenSSL
import Testing
import V2GCertificateAuthority
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// A responder over one or two authorities with a board to write statuses on.
struct ResponderBench {
    let board = StatusBoard()
    let ca: TestAuthority
    let other: TestAuthority
    let responder: OCSPResponder
    let now = Timestamp.now()

    init(
        algorithm: KeyAlgorithm = .p256, isSelfAnswering: Bool = false, settings: OCSPSettings = OCSPSettings()
    ) async throws {
        ca = try TestAuthority("CPO Sub2", algorithm: algorithm, isSelfAnswering: isSelfAnswering)
        other = try TestAuthority("MO Sub2")
        responder = try OCSPResponder(
            authorities: [try ca.served, try other.served], source: board, settings: settings)
        board.record(.good, for: SerialNumber(magnitude: [0x10]), of: ca.name)
        board.record(.revoked(at: now, reason: .keyCompromise), for: SerialNumber(magnitude: [0x20]), of: ca.name)
        board.record(.planned, for: SerialNumber(magnitude: [0x30]), of: ca.name)
        board.record(.good, for: SerialNumber(magnitude: [0x10]), of: other.name)
        try await responder.refresh(now: now)
    }

    func request(_ serial: [UInt8], hash: HashAlgorithm = .sha1, nonce: [UInt8]? = nil) -> [UInt8] {
        OCSPRequest(certIDs: [ca.certID(serial, hash: hash)], nonce: nonce).encoded()
    }

    func ask(_ serial: [UInt8], nonce: [UInt8]? = nil, at time: Timestamp? = nil) async throws -> OCSPResponse {
        let answer = await responder.answer(request: request(serial, nonce: nonce), now: time ?? now)
        return try OCSPResponse(der: answer.der)
    }

    func status(_ serial: [UInt8], at time: Timestamp? = nil) async throws -> OCSPStatus? {
        guard case .answered(let basic) = try await ask(serial, at: time) else { return nil }
        return basic.responses.first?.status
    }
}

func failure(_ response: OCSPResponse) -> OCSPFailure? {
    if case .failed(let failure) = response { failure } else { nil }
}

@Suite struct OCSPResponderTests {
    @Test(arguments: KeyAlgorithm.allCases.filter(\.canSign), [false, true])
    func answersAreSignedByTheNamedSigner(_ algorithm: KeyAlgorithm, isSelfAnswering: Bool) async throws {
        let bench = try await ResponderBench(algorithm: algorithm, isSelfAnswering: isSelfAnswering)
        guard case .answered(let basic) = try await bench.ask([0x10]) else {
            Issue.record("not an answer")
            return
        }
        #expect(basic.responses.count == 1)
        #expect(basic.responses.first?.certID == bench.ca.certID([0x10]))
        #expect(basic.responses.first?.thisUpdate == bench.now)
        #expect(basic.producedAt == bench.now)
        #expect(basic.nonce == nil)
        #expect(basic.certificates.map(\.der) == (isSelfAnswering ? [] : [bench.ca.signerCertificate.der]))
        let key = bench.ca.signerKey.publicKey
        #expect(basic.responderID == .keyHash(SubjectPublicKeyInfo(key).keyIdentifier))
        let verifier = ProductSignatureVerifier()
        let signature = try #require(basic.signatureAlgorithm.signatureAlgorithm)
        #expect(verifier.isValid(signature: basic.signature, algorithm: signature, over: basic.body, by: key))
        // Negative control: the same signature over one bent bit.
        var bent = basic.body
        bent[bent.count / 2] ^= 1
        #expect(!verifier.isValid(signature: basic.signature, algorithm: signature, over: bent, by: key))
    }

    @Test(arguments: HashAlgorithm.allCases)
    func everyHashOfTheCertIDIsUnderstood(_ hash: HashAlgorithm) async throws {
        let bench = try await ResponderBench()
        let answer = await bench.responder.answer(request: bench.request([0x20], hash: hash), now: bench.now)
        guard case .answered(let basic) = try OCSPResponse(der: answer.der) else {
            Issue.record("not an answer")
            return
        }
        #expect(basic.responses.first?.certID == bench.ca.certID([0x20], hash: hash))
        #expect(basic.responses.first?.status == .revoked(at: bench.now, reason: .keyCompromise))
    }

    @Test func everyRecordedStateHasItsAnswer() async throws {
        let bench = try await ResponderBench()
        #expect(try await bench.status([0x10]) == .good)
        #expect(try await bench.status([0x20]) == .revoked(at: bench.now, reason: .keyCompromise))
        #expect(try await bench.status([0x30]) == .unknown)  // planned: nobody holds it yet
        #expect(try await bench.status([0x40]) == .unknown)  // never issued
    }

    @Test func neverIssuedCanBeUnauthorizedBySetting() async throws {
        var settings = OCSPSettings()
        settings.neverIssued = .unauthorized
        let bench = try await ResponderBench(settings: settings)
        #expect(failure(try await bench.ask([0x40])) == .unauthorized)
        #expect(try await bench.status([0x30]) == .unknown)
        #expect(try await bench.status([0x10]) == .good)
    }

    @Test func aPlannedSerialTurnsGoodWhenItsCertificateIsRecorded() async throws {
        let bench = try await ResponderBench()
        #expect(try await bench.status([0x30]) == .unknown)
        bench.board.record(.good, for: SerialNumber(magnitude: [0x30]), of: bench.ca.name)
        try await bench.responder.refresh(now: bench.now)
        #expect(try await bench.status([0x30]) == .good)
    }

    @Test func strangersAreUnauthorized() async throws {
        let bench = try await ResponderBench()
        let stranger = try TestAuthority("Stranger")
        let request = OCSPRequest(certIDs: [stranger.certID([0x10])]).encoded()
        let answer = await bench.responder.answer(request: request, now: bench.now)
        #expect(failure(try OCSPResponse(der: answer.der)) == .unauthorized)
        // The same name with another key is a stranger as well.
        let impostor = try TestAuthority(bench.ca.name)
        let second = await bench.responder.answer(
            request: OCSPRequest(certIDs: [impostor.certID([0x10])]).encoded(), now: bench.now)
        #expect(failure(try OCSPResponse(der: second.der)) == .unauthorized)
    }

    @Test func certificatesOfTwoAuthoritiesAreNotAnsweredTogether() async throws {
        let bench = try await ResponderBench()
        let mixed = OCSPRequest(certIDs: [bench.ca.certID([0x10]), bench.other.certID([0x10])]).encoded()
        let refused = await bench.responder.answer(request: mixed, now: bench.now)
        #expect(failure(try OCSPResponse(der: refused.der)) == .unauthorized)
        let both = OCSPRequest(certIDs: [bench.ca.certID([0x10]), bench.ca.certID([0x20])]).encoded()
        guard
            case .answered(let basic) = try OCSPResponse(
                der: await bench.responder.answer(request: both, now: bench.now).der)
        else {
            Issue.record("not an answer")
            return
        }
        #expect(basic.responses.map(\.status) == [.good, .revoked(at: bench.now, reason: .keyCompromise)])
    }

    @Test func garbageIsMalformed() async throws {
        let bench = try await ResponderBench()
        let request = bench.request([0x10])
        for length in 0..<request.count {
            let answer = await bench.responder.answer(request: Array(request[..<length]), now: bench.now)
            #expect(failure(try OCSPResponse(der: answer.der)) == .malformedRequest)
        }
        let trailing = await bench.responder.answer(request: request + [0], now: bench.now)
        #expect(failure(try OCSPResponse(der: trailing.der)) == .malformedRequest)
        #expect(bench.ca.signerKey.count == 0)
    }

    @Test func flippedBitsNeverTrapAndNeverGiveAnotherSerialsAnswer() async throws {
        let bench = try await ResponderBench()
        let request = bench.request([0x10])
        for bit in 0..<request.count * 8 {
            var bent = request
            bent[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            guard
                case .answered(let basic) = try OCSPResponse(
                    der: await bench.responder.answer(request: bent, now: bench.now).der)
            else { continue }
            let asked = try OCSPRequest(der: bent).certIDs
            #expect(basic.responses.map(\.certID) == asked)
        }
    }

    @Test func aNonceIsSignedEachTimeAndNeverKept() async throws {
        let bench = try await ResponderBench()
        for count in 1...3 {
            let nonce = [UInt8](repeating: UInt8(count), count: 16)
            guard case .answered(let basic) = try await bench.ask([0x10], nonce: nonce) else {
                Issue.record("not an answer")
                return
            }
            #expect(basic.nonce == nonce)
            #expect(bench.ca.signerKey.count == count)
        }
        guard case .answered(let plain) = try await bench.ask([0x10]) else {
            Issue.record("not an answer")
            return
        }
        #expect(plain.nonce == nil)
    }

    @Test(arguments: [0, 1, 32, 33, 64])
    func nonceLengthsAreBounded(_ length: Int) async throws {
        let bench = try await ResponderBench()
        let response = try await bench.ask([0x10], nonce: [UInt8](repeating: 7, count: length))
        #expect(failure(response) == ((1...32).contains(length) ? nil : .malformedRequest))
    }

    @Test func aLongNonceIsIgnoredBySetting() async throws {
        var settings = OCSPSettings()
        settings.longNonce = .ignored
        let bench = try await ResponderBench(settings: settings)
        guard case .answered(let basic) = try await bench.ask([0x10], nonce: [UInt8](repeating: 7, count: 40)) else {
            Issue.record("not an answer")
            return
        }
        #expect(basic.nonce == nil)
    }

    @Test func aDelegateOfAnotherAuthorityIsNoSigner() throws {
        let ca = try TestAuthority("A")
        let other = try TestAuthority("B")
        let verifier = ProductSignatureVerifier()
        func refusal(_ certificate: Certificate, _ key: any SigningKey, _ authority: [Certificate]) -> RevocationError
            .Code?
        {
            do {
                _ = try OCSPSigner(certificate: certificate, key: key, authority: authority, verifier: verifier)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(refusal(ca.signerCertificate, ca.signerKey, [ca.certificate]) == nil)
        #expect(refusal(ca.signerCertificate, ca.signerKey, [other.certificate]) == .badSigner)
        #expect(refusal(ca.signerCertificate, other.signerKey, [ca.certificate]) == .badSigner)
        #expect(refusal(try ca.leaf([9]), ca.signerKey, [ca.certificate]) == .badSigner)
        // The right name with a forged signature.
        let impostor = try TestAuthority("A")
        #expect(refusal(impostor.signerCertificate, impostor.signerKey, [ca.certificate]) == .badSigner)
    }
}

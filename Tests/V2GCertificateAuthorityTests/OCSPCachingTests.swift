import Testing
import V2GCertificateAuthority
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

@Suite struct OCSPCachingTests {
    private let day: Int64 = 86_400

    @Test func oneSignatureServesAllWhoAskTheSame() async throws {
        let bench = try await ResponderBench()
        let first = await bench.responder.answer(request: bench.request([0x10]), now: bench.now)
        for _ in 0..<10 {
            #expect(await bench.responder.answer(request: bench.request([0x10]), now: bench.now).der == first.der)
        }
        #expect(bench.ca.signerKey.count == 1)
        #expect(bench.responder.statistics.cacheHits == 10)
    }

    @Test func concurrentRequestsShareOneSignature() async throws {
        let bench = try await ResponderBench()
        bench.ca.signerKey.hold()
        let request = bench.request([0x10])
        let answers = await withTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<50 { group.addTask { await bench.responder.answer(request: request, now: bench.now).der } }
            while bench.ca.signerKey.waitingCount == 0 { await Task.yield() }
            for _ in 0..<1_000 { await Task.yield() }
            bench.ca.signerKey.release()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers).count == 1)
        #expect(bench.ca.signerKey.count == 1)
    }

    @Test func signaturesUnderWayAreBounded() async throws {
        var settings = OCSPSettings()
        settings.maximumSigning = 2
        let bench = try await ResponderBench(settings: settings)
        bench.ca.signerKey.hold()
        await withTaskGroup(of: OCSPFailure?.self) { group in
            for index in 0..<2 {
                let request = bench.request([0x10], nonce: [UInt8(index)])
                group.addTask {
                    let answer = await bench.responder.answer(request: request, now: bench.now)
                    return (try? OCSPResponse(der: answer.der)).flatMap(failure)
                }
            }
            while bench.ca.signerKey.waitingCount < 2 { await Task.yield() }
            let third = await bench.responder.answer(request: bench.request([0x10], nonce: [9]), now: bench.now)
            #expect((try? OCSPResponse(der: third.der)).flatMap(failure) == .tryLater)
            bench.ca.signerKey.release()
            for await result in group { #expect(result == nil) }
        }
        #expect(failure(try await bench.ask([0x10], nonce: [8])) == nil)
    }

    @Test func aRevocationShowsWithTheNextRefreshAndForGood() async throws {
        let bench = try await ResponderBench()
        #expect(try await bench.status([0x10]) == .good)
        let epoch = bench.responder.epoch
        let later = bench.now.advanced(bySeconds: 1)
        bench.board.record(
            .revoked(at: later, reason: .superseded), for: SerialNumber(magnitude: [0x10]), of: bench.ca.name)
        #expect(try await bench.status([0x10]) == .good)  // negative control: nobody looked yet
        try await bench.responder.refresh(now: later)
        #expect(bench.responder.epoch > epoch)
        for offset in [1, 60, day, 9 * day] {
            let time = bench.now.advanced(bySeconds: offset)
            try await bench.responder.refresh(now: time)
            #expect(try await bench.status([0x10], at: time) == .revoked(at: later, reason: .superseded))
        }
        // The same serial of another authority is another certificate.
        let request = OCSPRequest(certIDs: [bench.other.certID([0x10])]).encoded()
        guard
            case .answered(let basic) = try OCSPResponse(
                der: await bench.responder.answer(request: request, now: bench.now).der)
        else {
            Issue.record("not an answer")
            return
        }
        #expect(basic.responses.first?.status == .good)
    }

    @Test func aRevocationDuringTheSignatureWins() async throws {
        let bench = try await ResponderBench()
        bench.ca.signerKey.hold()
        async let answer = bench.responder.answer(request: bench.request([0x10]), now: bench.now)
        while bench.ca.signerKey.waitingCount == 0 { await Task.yield() }
        bench.board.record(
            .revoked(at: bench.now, reason: .unspecified), for: SerialNumber(magnitude: [0x10]), of: bench.ca.name)
        try await bench.responder.refresh(now: bench.now)
        bench.ca.signerKey.release()
        guard case .answered(let basic) = try OCSPResponse(der: await answer.der) else {
            Issue.record("not an answer")
            return
        }
        #expect(basic.responses.first?.status == .revoked(at: bench.now, reason: nil))
        #expect(try await bench.status([0x10]) == .revoked(at: bench.now, reason: nil))
    }

    @Test func theMostAskedAreRenewedAtAQuarterOfTheirLife() async throws {
        var settings = OCSPSettings()
        settings.life = 8 * day
        settings.presignedCount = 2
        let bench = try await ResponderBench(settings: settings)
        for serial in UInt8(1)...4 {
            bench.board.record(.good, for: SerialNumber(magnitude: [serial]), of: bench.ca.name)
        }
        try await bench.responder.refresh(now: bench.now)
        for serial in UInt8(1)...4 {
            for _ in 0..<(serial > 2 ? 5 : 1) { _ = try await bench.ask([serial]) }
        }
        #expect(bench.ca.signerKey.count == 4)
        let early = bench.now.advanced(bySeconds: 2 * day - 1)
        try await bench.responder.refresh(now: early)
        #expect(await bench.responder.renewDue(now: early) == 0)
        let quarter = bench.now.advanced(bySeconds: 2 * day)
        try await bench.responder.refresh(now: quarter)
        #expect(await bench.responder.renewDue(now: quarter) == 2)
        #expect(bench.ca.signerKey.count == 6)
        guard case .answered(let renewed) = try await bench.ask([4], at: quarter),
            case .answered(let old) = try await bench.ask([1], at: quarter)
        else {
            Issue.record("not answers")
            return
        }
        #expect(renewed.responses.first?.thisUpdate == quarter)
        #expect(old.responses.first?.thisUpdate == bench.now)
        // Asking for a due answer is a reason to renew it as well.
        #expect(await bench.responder.renewDue(now: quarter) == 1)
    }

    @Test func noAnswerIsServedPastHalfOfItsLife() async throws {
        var settings = OCSPSettings()
        settings.life = 8 * day
        let bench = try await ResponderBench(settings: settings)
        _ = try await bench.ask([0x10])
        for (offset, isOld) in [(4 * day, true), (4 * day + 1, false)] {
            let time = bench.now.advanced(bySeconds: offset)
            try await bench.responder.refresh(now: time)
            guard case .answered(let basic) = try await bench.ask([0x10], at: time) else {
                Issue.record("not an answer")
                return
            }
            #expect((basic.responses.first?.thisUpdate == bench.now) == isOld)
        }
    }

    @Test func aDeadSignerLeavesKeptAnswersAndNothingElse() async throws {
        let bench = try await ResponderBench()
        _ = try await bench.ask([0x10])
        bench.ca.signerKey.fail(with: KeyError(.tokenUnavailable, "The token is gone."))
        #expect(try await bench.status([0x10]) == .good)
        #expect(failure(try await bench.ask([0x20])) == .tryLater)
        #expect(!bench.responder.health(now: bench.now).isHealthy)
        bench.ca.signerKey.fail(with: nil)
        #expect(failure(try await bench.ask([0x20])) == nil)
        #expect(bench.responder.health(now: bench.now).isHealthy)
    }

    @Test func nothingIsSignedFromOldKnowledge() async throws {
        let bench = try await ResponderBench()
        bench.board.breakStore()
        await #expect(throws: RevocationError.self) { try await bench.responder.refresh(now: bench.now) }
        let limit = bench.now.advanced(bySeconds: OCSPSettings().maximumStoreAge)
        #expect(try await bench.status([0x10], at: limit) == .good)
        let late = limit.advanced(bySeconds: 1)
        #expect(failure(try await bench.ask([0x20], at: late)) == .tryLater)
        #expect(!bench.responder.health(now: late).isStoreFresh)
        bench.board.breakStore(false)
        try await bench.responder.refresh(now: late)
        #expect(failure(try await bench.ask([0x20], at: late)) == nil)
    }

    @Test func answersEndWithTheirSignerAndASuccessorTakesOver() async throws {
        let now = Timestamp.now()
        let end = now.advanced(bySeconds: 2 * day)
        let ca = try TestAuthority("CA", signerEnd: end)
        let successorEnd = now.advanced(bySeconds: 400 * day)
        let successor = try ca.signer(endingAt: successorEnd)
        let board = StatusBoard()
        board.record(.good, for: SerialNumber(magnitude: [5]), of: "CA")
        let responder = try OCSPResponder(authorities: [try ca.served], source: board) {
            (_) async throws(RevocationError) in successor
        }
        try await responder.refresh(now: now)
        let request = OCSPRequest(certIDs: [ca.certID([5])]).encoded()
        func basic(_ time: Timestamp) async throws -> BasicOCSPResponse? {
            guard
                case .answered(let basic) = try OCSPResponse(
                    der: await responder.answer(request: request, now: time).der)
            else { return nil }
            return basic
        }
        #expect(try await basic(now)?.responses.first?.nextUpdate == end)
        #expect(responder.health(now: now).signers.first?.isNearItsEnd == true)
        let late = end.advanced(bySeconds: -10)
        try await responder.refresh(now: late)
        #expect(try await basic(late) == nil)  // nothing worth signing is left
        try await responder.reloadSigners(now: late)
        let after = try #require(try await basic(late))
        #expect(after.certificates.first == successor.certificate)
        #expect(after.responses.first?.nextUpdate == late.advanced(bySeconds: OCSPSettings().life))
    }

    @Test func memoryIsBoundedAndTheMostAskedStay() async throws {
        var settings = OCSPSettings()
        settings.cacheBytes = 60_000
        let bench = try await ResponderBench(settings: settings)
        for serial in 1...300 {
            bench.board.record(
                .good, for: SerialNumber(magnitude: [UInt8(serial >> 8) | 0x40, UInt8(serial & 0xff)]),
                of: bench.ca.name)
        }
        try await bench.responder.refresh(now: bench.now)
        _ = try await bench.ask([0x10])
        for serial in 1...300 {
            _ = try await bench.ask([UInt8(serial >> 8) | 0x40, UInt8(serial & 0xff)])
            for _ in 0..<10 { _ = try await bench.ask([0x10]) }
        }
        let health = bench.responder.health(now: bench.now)
        #expect(health.keptBytes <= 60_000)
        #expect(health.keptAnswers > 10)
        #expect(health.keptAnswers < 300)
        #expect(bench.ca.signerKey.count == 301)
    }

    @Test func presigningAnswersBeforeAnybodyAsks() async throws {
        let bench = try await ResponderBench()
        let reference = SerialReference(ca: bench.ca.name, serialNumber: SerialNumber(magnitude: [0x10]))
        #expect(await bench.responder.presign([reference], now: bench.now) == 2)
        #expect(bench.ca.signerKey.count == 2)
        _ = await bench.responder.answer(request: bench.request([0x10], hash: .sha1), now: bench.now)
        _ = await bench.responder.answer(request: bench.request([0x10], hash: .sha256), now: bench.now)
        #expect(bench.ca.signerKey.count == 2)
    }

    @Test func settingsOutOfRangeAreRefused() async throws {
        var settings = OCSPSettings()
        settings.life = 10
        #expect(throws: RevocationError.self) {
            try OCSPResponder(authorities: [], source: StatusBoard(), settings: settings)
        }
        let ca = try TestAuthority("Twin")
        #expect(throws: RevocationError.self) {
            try OCSPResponder(authorities: [try ca.served, try ca.served], source: StatusBoard())
        }
    }
}

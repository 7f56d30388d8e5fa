import Testing
import V2GCertificateAuthority
import V2GPrimitives
import V2GX509

@Suite struct StoreIssuanceTests {
    let files: TemporaryStore
    let store: SQLiteStore

    init() throws {
        files = try TemporaryStore()
        store = try files.open()
    }

    @Test func planReservesTheSerialBeforeAnythingIsSigned() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let (plan, certificate) = Sample.plan(ca.id)
        let intent = try await store.plan(plan, origin: Sample.origin)
        #expect(try await store.status(issuer: ca.id, serial: plan.serial)?.state == .planned)
        #expect(try await store.openIntents(limit: 10).map(\.id) == [intent])
        #expect(try await store.certificate(of: intent) == nil)

        try await store.complete(intent, certificate: certificate, origin: Sample.origin)
        #expect(try await store.status(issuer: ca.id, serial: plan.serial)?.state == .issued)
        #expect(try await store.openIntents(limit: 10).isEmpty)
        #expect(try await store.certificate(of: intent) == certificate)
    }

    @Test func everythingPlannedAndCompletedSurvivesReopening() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let (done, _) = try await store.issue(ca.id)
        let (plan, certificate) = Sample.plan(ca.id, subject: "DE*ABC*E2")
        let open = try await store.plan(plan, origin: Sample.origin)
        try await store.close()

        let again = try files.open(.everything)
        #expect(try await again.authorities() == [ca])
        #expect(try await again.issuance(done)?.state == .issued)
        #expect(try await again.openIntents(limit: 10).map(\.id) == [open])
        try await again.complete(open, certificate: certificate, origin: Sample.origin)
        #expect(try await again.openIntents(limit: 10).isEmpty)
        #expect(try await again.verifyAudit(against: nil).isIntact)
    }

    @Test func serialIsReservedOnceForAnIssuerWhateverItsLeadingZeros() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let other = try await store.addAuthority(Sample.authority("mo_sub2"), origin: Sample.origin)
        _ = try await store.plan(Sample.plan(ca.id, serial: [0x12, 0x34]).plan, origin: Sample.origin)
        await expect(.duplicateSerial) {
            _ = try await store.plan(Sample.plan(ca.id, serial: [0, 0, 0x12, 0x34]).plan, origin: Sample.origin)
        }
        _ = try await store.plan(Sample.plan(other.id, serial: [0x12, 0x34]).plan, origin: Sample.origin)
        #expect(try await store.issuances(serial: [0x12, 0x34]).map(\.issuer) == [ca.id, other.id])
    }

    @Test(arguments: [[], [0], [UInt8](repeating: 1, count: 21)])
    func impossibleSerialIsRefused(_ serial: [UInt8]) async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        await expect(.invalidArgument) {
            _ = try await store.plan(Sample.plan(ca.id, serial: serial).plan, origin: Sample.origin)
        }
    }

    @Test func keyServesOneRoleAndNameAndMayRenew() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let key = SystemRandom.bytes(count: 32)
        try await store.issue(ca.id, subject: "DE*ABC*E1", role: "secc", key: key)
        try await store.issue(ca.id, subject: "DE*ABC*E1", role: "secc", key: key)
        for (role, subject) in [("contract", "DE*ABC*E1"), ("secc", "DE*ABC*E2")] {
            let plan = Sample.plan(ca.id, subject: subject, role: role, key: key).plan
            let error = await expect(.keyBoundElsewhere) { _ = try await store.plan(plan, origin: Sample.origin) }
            #expect(error?.bindings == [KeyBinding(role: "secc", edition: "iso2", subject: "DE*ABC*E1")])
        }
        let otherEdition = Sample.plan(ca.id, edition: "iso20", key: key).plan
        await expect(.keyBoundElsewhere) { _ = try await store.plan(otherEdition, origin: Sample.origin) }
        #expect(try await store.bindings(ofKey: key).count == 1)
    }

    @Test func keysThatShareTheirFirstBytesAreDifferentKeys() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let prefix = [UInt8](repeating: 7, count: 8)
        try await store.issue(ca.id, subject: "A", key: prefix + [UInt8](repeating: 1, count: 24))
        try await store.issue(ca.id, subject: "B", key: prefix + [UInt8](repeating: 2, count: 24))
    }

    @Test func cancelledIntentKeepsItsSerialAndFreesItsKey() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let (plan, certificate) = Sample.plan(ca.id)
        let intent = try await store.plan(plan, origin: Sample.origin)
        try await store.cancel(intent, reason: "the signer is gone", origin: Sample.origin)
        #expect(try await store.status(issuer: ca.id, serial: plan.serial)?.state == .cancelled)
        #expect(try await store.openIntents(limit: 1).isEmpty)
        await expect(.wrongState) {
            try await store.complete(intent, certificate: certificate, origin: Sample.origin)
        }
        await expect(.wrongState) { try await store.cancel(intent, reason: "again", origin: Sample.origin) }
        await expect(.duplicateSerial) { _ = try await store.plan(plan, origin: Sample.origin) }
        try await store.issue(ca.id, subject: "DE*ABC*E9", key: plan.keyHash)
    }

    @Test func onlyThePlannedBodyCompletesAnIntent() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let (plan, certificate) = Sample.plan(ca.id)
        let intent = try await store.plan(plan, origin: Sample.origin)
        await expect(.differsFromPlan) {
            try await store.complete(intent, certificate: Sample.plan(ca.id).certificate, origin: Sample.origin)
        }
        await expect(.invalidArgument) {
            try await store.complete(intent, certificate: certificate + [0], origin: Sample.origin)
        }
        await expect(.notFound) {
            try await store.complete(IntentID(99), certificate: certificate, origin: Sample.origin)
        }
        try await store.complete(intent, certificate: certificate, origin: Sample.origin)
        let entries = try await store.lastSequence()
        try await store.complete(intent, certificate: certificate, origin: Sample.origin)
        #expect(try await store.lastSequence() == entries)
        var otherSignature = certificate
        otherSignature[otherSignature.count - 1] ^= 1
        await expect(.wrongState) {
            try await store.complete(intent, certificate: otherSignature, origin: Sample.origin)
        }
    }

    @Test func aListOfPlansIsKeptAsAWholeOrNotAtAll() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let plans = (0..<5).map { Sample.plan(ca.id, subject: "S\($0)") }
        let before = try await store.auditHead()
        await expect(.duplicateSerial) {
            _ = try await store.plan(plans.map(\.plan) + [plans[0].plan], origin: Sample.origin)
        }
        #expect(try await store.auditHead() == before)
        let intents = try await store.plan(plans.map(\.plan), origin: Sample.origin)
        #expect(intents == intents.sorted())
        try await store.complete(
            zip(intents, plans).map { IssuanceResult(intent: $0, certificate: $1.certificate) }, origin: Sample.origin)
        #expect(try await store.counts().map(\.issued) == [5])
    }

    @Test func unknownAndRetiredIssuersPlanNothing() async throws {
        await expect(.notFound) {
            _ = try await store.plan(Sample.plan(AuthorityID(1)).plan, origin: Sample.origin)
        }
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        try await store.setState(.retired, ofAuthority: ca.id, origin: Sample.origin)
        await expect(.retired) { _ = try await store.plan(Sample.plan(ca.id).plan, origin: Sample.origin) }
        try await store.setState(.active, ofAuthority: ca.id, origin: Sample.origin)
        try await store.issue(ca.id)
    }

    @Test func listingFiltersAndPages() async throws {
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let mo = try await store.addAuthority(Sample.authority("mo_sub2"), origin: Sample.origin)
        for index in 0..<10 {
            try await store.issue(
                ca.id, subject: "DE*ABC*E\(index)", serial: [0xab, 0xc0 + UInt8(index)], notAfter: Int64(1_000 + index))
        }
        let (contract, serial) = try await store.issue(
            mo.id, subject: "DEABCC12345678", role: "contract", serial: [5, 1])
        _ = try await store.revoke(issuer: mo.id, serial: serial, reason: .keyCompromise, origin: Sample.origin)

        func subjects(_ change: (inout IssuanceQuery) -> Void) async throws -> [String] {
            var query = IssuanceQuery()
            change(&query)
            return try await store.issuances(matching: query, after: nil, limit: 100).map(\.subject)
        }
        #expect(try await subjects { $0.role = "contract" } == ["DEABCC12345678"])
        #expect(try await subjects { $0.subjectPrefix = "DE*" }.count == 10)
        #expect(try await subjects { $0.subject = "DE*ABC*E3" } == ["DE*ABC*E3"])
        #expect(try await subjects { $0.subjectContains = "abcc1" } == ["DEABCC12345678"])
        #expect(try await subjects { $0.serialPrefix = "AB:C3" } == ["DE*ABC*E3"])
        #expect(try await subjects { $0.serialPrefix = "abc" }.count == 10)
        #expect(try await subjects { $0.serialPrefix = "xyz" }.isEmpty)
        #expect(
            try await subjects {
                $0.expiresFrom = 1_002; $0.expiresBefore = 1_004
            } == ["DE*ABC*E2", "DE*ABC*E3"])
        #expect(try await subjects { $0.isRevoked = true } == ["DEABCC12345678"])
        #expect(
            try await subjects {
                $0.issuer = ca.id; $0.isRevoked = false
            }.count == 10)
        #expect(try await subjects { $0.state = .planned }.isEmpty)

        var seen: [IntentID] = []
        while true {
            let page = try await store.issuances(matching: IssuanceQuery(), after: seen.last, limit: 4)
            if page.isEmpty { break }
            seen += page.map(\.id)
        }
        #expect(seen.count == 11 && seen == seen.sorted() && seen.last == contract)
        #expect(try await store.counts().map(\.revoked) == [0, 1])
    }
}

/// Runs `body` and expects it to throw an error of this code.
@discardableResult
func expect(
    _ code: StoreError.Code, _ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) async -> StoreError? {
    do {
        try await body()
        Issue.record("nothing was thrown, expected \(code)", sourceLocation: sourceLocation)
    } catch let error as StoreError {
        #expect(error.code == code, "\(error.message)", sourceLocation: sourceLocation)
        #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
    return nil
}

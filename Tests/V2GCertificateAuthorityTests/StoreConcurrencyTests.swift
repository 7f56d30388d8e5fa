import Foundation
import GRDB
import Testing
import V2GCertificateAuthority
import V2GPrimitives

@Suite struct StoreConcurrencyTests {
    let files: TemporaryStore

    init() throws { files = try TemporaryStore() }

    @Test func concurrentIssuesAreAllKeptAndOneBadRequestFailsAlone() async throws {
        let store = try files.open()
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let taken = try await store.issue(ca.id, subject: "first").serial
        let key = SystemRandom.bytes(count: 32)
        try await store.issue(ca.id, subject: "keyed", key: key)
        let outcomes = await withTaskGroup(of: StoreError.Code?.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let plan: (plan: IssuancePlan, certificate: [UInt8])
                    switch number % 10 {
                    case 3: plan = Sample.plan(ca.id, subject: "S\(number)", serial: taken)
                    case 7: plan = Sample.plan(ca.id, subject: "S\(number)", key: key)
                    default: plan = Sample.plan(ca.id, subject: "S\(number)")
                    }
                    do throws(StoreError) {
                        let intent = try await store.plan(plan.plan, origin: Sample.origin)
                        try await store.complete(intent, certificate: plan.certificate, origin: Sample.origin)
                        return nil
                    } catch {
                        return error.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == nil }.count == 160)
        #expect(outcomes.filter { $0 == .duplicateSerial }.count == 20)
        #expect(outcomes.filter { $0 == .keyBoundElsewhere }.count == 20)
        #expect(try await store.counts().map(\.issued) == [162])
        #expect(try await store.verifyAudit(against: nil).fault == nil)
        try await store.checkIntegrity()
    }

    @Test func onlyOneOfManyConcurrentPlansGetsAKeyOrASerial() async throws {
        let store = try files.open()
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let key = SystemRandom.bytes(count: 32)
        let kept = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let plan = Sample.plan(ca.id, subject: "S\(number)", key: key).plan
                    return (try? await store.plan(plan, origin: Sample.origin)) != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(kept == 1)
    }

    @Test func twoStoresOnOneFileShareOneChain() async throws {
        let one = try files.open()
        let two = try files.open()
        let ca = try await one.addAuthority(Sample.authority(), origin: Sample.origin)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                let store = number % 2 == 0 ? one : two
                group.addTask { try await store.issue(ca.id, subject: "S\(number)") }
            }
            try await group.waitForAll()
        }
        #expect(try await two.counts().map(\.issued) == [60])
        let head = try await one.auditHead()
        #expect(try await two.verifyAudit(against: head).head == head)
        try await one.close()
        try await two.issue(ca.id, subject: "after the other closed")
        #expect(try await two.verifyAudit(against: head).isIntact)
    }

    @Test func fullDiskFailsTheWholeBatchAndKeepsNothingOfIt() async throws {
        let store = try files.open()
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let head = try await store.auditHead()
        try await store.limitSize(toPages: 60)
        let codes = await withTaskGroup(of: StoreError.Code?.self) { group in
            for number in 0..<50 {
                group.addTask {
                    do {
                        try await store.issue(ca.id, subject: "S\(number)", padding: 60_000)
                        return nil
                    } catch {
                        return (error as? StoreError)?.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.contains(.storageFull))
        #expect(codes.allSatisfy { $0 == nil || $0 == .storageFull })
        let report = try await store.verifyAudit(against: head)
        #expect(report.fault == nil)
        let issued = try await store.counts().map(\.issued).reduce(0, +)
        #expect(issued == Int64(codes.filter { $0 == nil }.count))
    }
}

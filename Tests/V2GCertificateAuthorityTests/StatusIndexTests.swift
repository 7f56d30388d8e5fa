import Foundation
import Testing
import V2GCertificateAuthority
import V2GPrimitives
import V2GX509

@Suite struct StatusIndexTests {
    private func status(
        _ serial: [UInt8], issuer: Int64 = 1, state: IssuanceState = .issued, _ revocation: Revocation? = nil
    ) -> SerialStatus {
        SerialStatus(
            intent: IntentID(1), issuer: AuthorityID(issuer), serial: serial, state: state, revocation: revocation,
            notAfter: 0)
    }

    @Test func eachSerialHasItsOwnStatusForItsIssuer() {
        var index = StatusIndex()
        let revoked = Revocation(reason: .aACompromise, revokedAt: 1_790_000_000)
        index.update(status([1], state: .planned))
        index.update(status([1], issuer: 2, state: .cancelled))
        index.update(status([UInt8](repeating: 0xff, count: 16), revoked))
        index.update(status([UInt8](repeating: 0xff, count: 20), state: .planned, revoked))
        #expect(
            index.lookup(issuer: AuthorityID(1), serial: [0, 0, 1]) == IndexedStatus(state: .planned, revocation: nil))
        #expect(index.lookup(issuer: AuthorityID(2), serial: [1]) == IndexedStatus(state: .cancelled, revocation: nil))
        let full = [UInt8](repeating: 0xff, count: 16)
        #expect(
            index.lookup(issuer: AuthorityID(1), serial: full) == IndexedStatus(state: .issued, revocation: revoked))
        let long = [0] + [UInt8](repeating: 0xff, count: 20)
        #expect(
            index.lookup(issuer: AuthorityID(1), serial: long) == IndexedStatus(state: .planned, revocation: revoked))
        #expect(index.count == 4)
    }

    @Test func whatWasNeverPlannedIsUnknown() {
        var index = StatusIndex()
        #expect(index.lookup(issuer: AuthorityID(1), serial: [1]) == nil)
        index.update(status([1, 0]))
        for serial in [[], [0], [1], [0, 1], [1, 0, 0], [UInt8](repeating: 1, count: 17)] {
            #expect(index.lookup(issuer: AuthorityID(1), serial: serial) == nil)
        }
        #expect(index.lookup(issuer: AuthorityID(3), serial: [1, 0]) == nil)
    }

    @Test(arguments: [3, 18]) func finalRevocationStaysAndHoldMayEnd(_ length: Int) {
        let serial = [UInt8](repeating: 7, count: length)
        let hold = Revocation(reason: .certificateHold, revokedAt: 5)
        let final = Revocation(reason: .keyCompromise, revokedAt: 6)
        var index = StatusIndex()
        index.update(status(serial, hold))
        #expect(index.lookup(issuer: AuthorityID(1), serial: serial)?.revocation == hold)
        index.update(status(serial))
        #expect(index.lookup(issuer: AuthorityID(1), serial: serial)?.revocation == nil)
        index.update(status(serial, final))
        index.update(status(serial))
        index.update(status(serial, hold))
        #expect(index.lookup(issuer: AuthorityID(1), serial: serial)?.revocation == final)
        #expect(index.count == 1)
    }

    @Test func growingKeepsEverySerial() {
        var index = StatusIndex()
        var generator = SystemRandomNumberGenerator()
        let start = UInt32(truncatingIfNeeded: generator.next())
        func serial(_ number: UInt32) -> [UInt8] {
            let value = (start &+ number) &* 2_654_435_761
            return [1, UInt8(value >> 24), UInt8(value >> 16 & 0xff), UInt8(value >> 8 & 0xff), UInt8(value & 0xff)]
        }
        for number in 0..<UInt32(20_000) {
            index.update(status(serial(number), issuer: Int64(number % 7), state: number % 2 == 0 ? .issued : .planned))
        }
        #expect(index.count == 20_000)
        var wrong = 0
        for number in 0..<UInt32(20_000) {
            let found = index.lookup(issuer: AuthorityID(Int64(number % 7)), serial: serial(number))
            if found?.state != (number % 2 == 0 ? .issued : .planned) { wrong += 1 }
            if index.lookup(issuer: AuthorityID(Int64((number + 1) % 7)), serial: serial(number)) != nil { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test func directoryFollowsTheStore() async throws {
        let files = try TemporaryStore()
        let store = try files.open()
        let ca = try await store.addAuthority(Sample.authority(), origin: Sample.origin)
        let (_, early) = try await store.issue(ca.id)
        let directory = try await StatusDirectory.load(from: store)
        #expect(directory.lookup(issuer: ca.id, serial: early)?.state == .issued)

        let (plan, _) = Sample.plan(ca.id, subject: "late")
        _ = try await store.plan(plan, origin: Sample.origin)
        _ = try await store.revoke(issuer: ca.id, serial: early, reason: .keyCompromise, origin: Sample.origin)
        #expect(directory.lookup(issuer: ca.id, serial: plan.serial) == nil)
        #expect(try await directory.refresh(from: store).count == 2)
        #expect(directory.lookup(issuer: ca.id, serial: plan.serial)?.state == .planned)
        #expect(directory.lookup(issuer: ca.id, serial: early)?.revocation?.reason == .keyCompromise)
        #expect(try await directory.refresh(from: store).isEmpty)
    }

    /// `V2G_BENCH_INDEX=10000000 swift test -c release --filter tenMillionSerialsFitIntoOneGibibyte`
    @Test(.enabled(if: ProcessInfo.processInfo.environment["V2G_BENCH_INDEX"] != nil))
    func tenMillionSerialsFitIntoOneGibibyte() throws {
        let total = Int(ProcessInfo.processInfo.environment["V2G_BENCH_INDEX"] ?? "") ?? 1_000_000
        let clock = ContinuousClock()
        var index = StatusIndex()
        var generator = SystemRandomNumberGenerator()
        let seed = generator.next()
        func serial(_ number: Int) -> [UInt8] {
            var word = UInt64(number) &* 0x9e37_79b9_7f4a_7c15 ^ seed
            word = (word ^ word >> 31) &* 0xbf58_476d_1ce4_e5b9
            return unsafe withUnsafeBytes(of: (word | 1 << 63, word &* 0x94d0_49bb_1331_11eb)) { unsafe [UInt8]($0) }
        }
        let building = clock.measure { for number in 0..<total { index.update(status(serial(number))) } }
        var missing = 0
        let looking = clock.measure {
            for number in 0..<1_000_000
            where index.lookup(issuer: AuthorityID(1), serial: serial(number &* 7_919 % total)) == nil { missing += 1 }
        }
        #expect(missing == 0 && index.count == total)
        let peak = try #require(
            try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
                .first { $0.hasPrefix("VmHWM") })
        print(
            "index of \(total): table \(index.byteCount >> 20) MiB, built in \(building), \(peak), "
                + "1,000,000 lookups in \(looking)")
        #expect(index.byteCount < 1 << 30)
    }
}

import SchemaTypes
import Testing
import V2GMessagesISO2
import V2GSession
import V2GSessionISO2

@Suite struct ISO2ScheduleTests {
    private func schedules(_ count: UInt8) throws -> ISO2Edition.Schedules {
        ISO2Edition.Schedules(
            tuples: try (1...count).map { try SECCRig.tuple($0, [(0, 11_000), (3_600, 7_000), (7_200, 9_000)]) })
    }

    @Test func powerFollowsTheEntries() throws {
        let schedule = try schedules(1).tuples[0].pMaxSchedule
        #expect(schedule.power(atSecond: 0) == Watts(11_000))
        #expect(schedule.power(atSecond: 3_599) == Watts(11_000))
        #expect(schedule.power(atSecond: 3_600) == Watts(7_000))
        #expect(schedule.power(atSecond: 1_000_000) == Watts(9_000))
        #expect(schedule.power(atSecond: -5) == Watts(11_000))
    }

    @Test func noMoreTuplesThanTheSchemaAndTheCarTake() throws {
        #expect(try schedules(5).fitting(nil).tuples.count == 3)
        #expect(try schedules(3).fitting(2).tuples.count == 2)
        #expect(try schedules(3).fitting(0).tuples.count == 3)
    }

    @Test func whatIsLeftOutIsCoveredByTheLeastPower() throws {
        let entries = try schedules(1).fitting(2).tuples[0].pMaxSchedule.pMaxScheduleEntry.elements
        #expect(entries.map(\.pMax.watts) == [Watts(11_000), Watts(7_000)])
        let duration: Int64? = 82_800
        #expect(entries[1].timeInterval.duration == duration)
    }
}

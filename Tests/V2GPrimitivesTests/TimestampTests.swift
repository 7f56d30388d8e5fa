import Testing
import V2GPrimitives

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:34:56Z", 951_827_696), ("2026-11-22T18:11:02Z", 1_795_371_062),
            ("1950-01-01T00:00:00Z", -631_152_000), ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("1969-12-31T23:59:59Z", -1), ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] as [(String, Int64)])
    func knownMomentsGoBothWays(_ text: String, _ seconds: Int64) throws {
        #expect(try #require(Timestamp(rfc3339: text)).seconds == seconds)
        #expect(Timestamp(seconds: seconds).rfc3339 == text)
    }

    @Test func offsetsAndFractionsAreRead() {
        #expect(Timestamp(rfc3339: "2026-01-01T01:00:00+01:00")?.rfc3339 == "2026-01-01T00:00:00Z")
        #expect(Timestamp(rfc3339: "2025-12-31t22:30:00.999-01:30")?.rfc3339 == "2026-01-01T00:00:00Z")
    }

    @Test(arguments: [
        "", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "1949-12-31T23:59:59Z", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+1:00", "2026-01-01T00:00:00Zx", "1950-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01",
        "2026-00-10T00:00:00Z", "2026-01-00T00:00:00Z", "+026-01-01T00:00:00Z",
    ])
    func otherTextIsRefused(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func everyDayOfTheRangeGoesBothWays() throws {
        var expected = (year: 1950, month: 1, day: 1)
        for seconds in stride(from: Timestamp.earliest.seconds, through: Timestamp.latest.seconds, by: 86_400) {
            let parts = Timestamp(seconds: seconds).components
            guard parts.year == expected.year, parts.month == expected.month, parts.day == expected.day else {
                Issue.record("day \(seconds / 86_400) became \(parts)")
                return
            }
            let again = Timestamp(
                year: parts.year, month: parts.month, day: parts.day, hour: 0, minute: 0, second: 0)
            guard again?.seconds == seconds else {
                Issue.record("\(parts) became \(String(describing: again))")
                return
            }
            expected.day += 1
            if Timestamp(
                year: expected.year, month: expected.month, day: expected.day, hour: 0, minute: 0, second: 0) == nil
            {
                expected = expected.month == 12 ? (expected.year + 1, 1, 1) : (expected.year, expected.month + 1, 1)
            }
        }
    }

    @Test func movingStaysWithinTheRange() {
        let time = Timestamp(seconds: 1_000)
        #expect(time.advanced(bySeconds: -1_001).seconds == -1)
        #expect(time.advanced(bySeconds: .max) == .latest)
        #expect(time.advanced(bySeconds: .min) == .earliest)
        #expect(Timestamp(seconds: .min) == .earliest)
        #expect(time < time.advanced(bySeconds: 1))
    }

    @Test func nowIsThisCentury() {
        #expect(Timestamp.now().components.year >= 2026)
    }
}

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A point in time to the second, in UTC, within what X.509 can express: 1950-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
///
/// Leap seconds do not exist here, as in POSIX time.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// The first second of 1950.
    public static let earliest = Timestamp(unchecked: -631_152_000)
    /// The last second of 9999, which X.509 uses for "no well-defined end" (RFC 5280 4.1.2.5).
    public static let latest = Timestamp(unchecked: 253_402_300_799)

    /// Seconds since 1970-01-01T00:00:00Z; negative before.
    public let seconds: Int64

    /// Takes seconds since 1970; what lies outside the range becomes its nearest end.
    public init(seconds: Int64) {
        self.seconds = min(max(seconds, Self.earliest.seconds), Self.latest.seconds)
    }

    private init(unchecked seconds: Int64) { self.seconds = seconds }

    /// Takes a date and a time of day in UTC; `nil` when there is no such moment in 1950...9999. Second 60 is refused.
    public init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        guard (1950...9999).contains(year), (1...12).contains(month),
            day >= 1, day <= Self.daysInMonth(month, year: year),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second)
        else { return nil }
        let days = Self.daysSince1970(year: year, month: month, day: day)
        seconds = Int64(days * 86_400 + hour * 3_600 + minute * 60 + second)
    }

    /// The current time of the system clock.
    public static func now() -> Timestamp {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return earliest }
        return Timestamp(seconds: Int64(time.tv_sec))
    }

    /// The date and time of day in UTC.
    public var components: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        let total = Int(seconds)
        let secondOfDay = ((total % 86_400) + 86_400) % 86_400
        let date = Self.civilDate(daysSince1970: (total - secondOfDay) / 86_400)
        return (
            date.year, date.month, date.day, secondOfDay / 3_600, secondOfDay / 60 % 60, secondOfDay % 60
        )
    }

    /// This moment moved by a number of seconds, which may be negative, and kept within the range.
    public func advanced(bySeconds offset: Int64) -> Timestamp {
        let (sum, overflow) = seconds.addingReportingOverflow(offset)
        return overflow ? (offset < 0 ? .earliest : .latest) : Timestamp(seconds: sum)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

    static func daysInMonth(_ month: Int, year: Int) -> Int {
        switch month {
        case 2: (year.isMultiple(of: 4) && !year.isMultiple(of: 100)) || year.isMultiple(of: 400) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Both conversions count in 400-year eras of 146,097 days with years that begin in March, which puts the leap day
    // at the end of its year and makes the month lengths a linear function.

    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civilDate(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468  // days since 0000-03-01; positive in the whole range
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

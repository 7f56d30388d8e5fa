internal import V2GPrimitives

/// Dates as HTTP writes them (RFC 9110 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]  // 1970 began on a Thursday
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func text(_ time: Timestamp) -> String {
        let parts = time.components
        let dayNumber = (time.seconds >= 0 ? time.seconds : time.seconds - 86_399) / 86_400
        let day = days[Int(((dayNumber % 7) + 7) % 7)]
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return """
            \(day), \(two(parts.day)) \(months[parts.month - 1]) \(parts.year) \
            \(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) GMT
            """
    }
}

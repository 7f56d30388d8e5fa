extension Timestamp: CustomStringConvertible, Codable {
    /// Reads an RFC 3339 date and time: `2026-03-01T12:00:00Z`, with an offset `+01:00` instead of `Z`, or with a
    /// fraction of a second, which is dropped. `nil` for anything else and for moments outside 1950...9999.
    public init?(rfc3339 text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), reader.skip(":"),
            let second = reader.number(2)
        else { return nil }
        if reader.skip(".") {
            guard reader.skipDigits() > 0 else { return nil }
        }
        var offset: Int64 = 0
        if !reader.skip("Z"), !reader.skip("z") {
            let isNegative = reader.skip("-")
            guard isNegative || reader.skip("+"), let hours = reader.number(2), hours < 24, reader.skip(":"),
                let minutes = reader.number(2), minutes < 60
            else { return nil }
            offset = Int64(hours * 3_600 + minutes * 60) * (isNegative ? -1 : 1)
        }
        guard reader.isAtEnd,
            let local = Timestamp(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        else { return nil }
        let seconds = local.seconds - offset
        guard seconds >= Self.earliest.seconds, seconds <= Self.latest.seconds else { return nil }
        self.init(seconds: seconds)
    }

    /// `YYYY-MM-DDThh:mm:ssZ`.
    public var rfc3339: String {
        let parts = components
        var text: [UInt8] = []
        text.reserveCapacity(20)
        func put(_ value: Int, _ width: Int, _ end: Unicode.Scalar) {
            var divisor = width == 4 ? 1_000 : 10
            while divisor > 0 {
                text.append(ASCII.base36Digit(value / divisor % 10))
                divisor /= 10
            }
            text.append(UInt8(ascii: end))
        }
        put(parts.year, 4, "-")
        put(parts.month, 2, "-")
        put(parts.day, 2, "T")
        put(parts.hour, 2, ":")
        put(parts.minute, 2, ":")
        put(parts.second, 2, "Z")
        return text.asciiText
    }

    public var description: String { rfc3339 }

    public init(from decoder: any Decoder) throws {
        self = try decoder.decodeIdentifier("RFC 3339 time") { Timestamp(rfc3339: $0) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}

private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    /// Exactly `width` digits.
    mutating func number(_ width: Int) -> Int? {
        guard bytes.count - position >= width else { return nil }
        var value = 0
        for index in position..<position + width {
            guard ASCII.isDigit(bytes[index]) else { return nil }
            value = value * 10 + Int(bytes[index] &- 0x30)
        }
        position += width
        return value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func skipDigits() -> Int {
        let start = position
        while position < bytes.count, ASCII.isDigit(bytes[position]) { position += 1 }
        return position - start
    }
}

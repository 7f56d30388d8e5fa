package import V2GDER
package import V2GPrimitives

extension DERReader {
    /// Reads a `Time` (RFC 5280 4.1.2.5): `UTCTime` as `YYMMDDHHMMSSZ` or `GeneralizedTime` as `YYYYMMDDHHMMSSZ`.
    package mutating func readTime() throws(DERError) -> Timestamp {
        guard nextTag == .utcTime else { return try readGeneralizedTime() }
        let element = try read(.utcTime)
        return try timestamp(of: element, yearDigits: 2)
    }

    /// Reads a `GeneralizedTime` in the one form that RFC 5280 4.1.2.5.2 allows.
    package mutating func readGeneralizedTime(_ tag: DERTag = .generalizedTime) throws(DERError) -> Timestamp {
        try timestamp(of: try read(tag), yearDigits: 4)
    }

    private func timestamp(of element: DERElement, yearDigits: Int) throws(DERError) -> Timestamp {
        let malformed = DERError(.badValue("a time that is not YYMMDDHHMMSSZ in UTC"), at: element.range.lowerBound)
        let text = bytes[element.content]
        guard text.count == yearDigits + 11, text.last == UInt8(ascii: "Z") else { throw malformed }
        var values: [Int] = []
        values.reserveCapacity(6)
        var index = text.startIndex
        for width in [yearDigits, 2, 2, 2, 2, 2] {
            var value = 0
            for byte in text[index..<index + width] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw malformed }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            values.append(value)
            index += width
        }
        // RFC 5280 4.1.2.5.1: two-digit years are 1950...2049.
        let year = yearDigits == 2 ? values[0] + (values[0] >= 50 ? 1900 : 2000) : values[0]
        guard
            let time = Timestamp(
                year: year, month: values[1], day: values[2], hour: values[3], minute: values[4], second: values[5])
        else { throw malformed }
        return time
    }
}

extension DERWriter {
    /// Writes a `Time` as RFC 5280 4.1.2.5 asks: `UTCTime` through 2049, `GeneralizedTime` after.
    package mutating func write(_ time: Timestamp) {
        let year = time.components.year
        guard (1950...2049).contains(year) else { return writeGeneralizedTime(time) }
        write(.utcTime, time.digits(yearDigits: 2))
    }

    package mutating func writeGeneralizedTime(_ time: Timestamp, tag: DERTag = .generalizedTime) {
        write(tag, time.digits(yearDigits: 4))
    }
}

extension Timestamp {
    fileprivate func digits(yearDigits: Int) -> [UInt8] {
        let parts = components
        var text: [UInt8] = []
        text.reserveCapacity(15)
        func append(_ value: Int, width: Int) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
                divisor /= 10
            }
        }
        append(parts.year, width: yearDigits)
        for value in [parts.month, parts.day, parts.hour, parts.minute, parts.second] { append(value, width: 2) }
        text.append(UInt8(ascii: "Z"))
        return text
    }
}

/// Hexadecimal text.
public enum Hex {
    /// Two digits for each byte, without separators.
    public static func encode(_ bytes: some Sequence<UInt8>, uppercase: Bool = false) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.underestimatedCount * 2)
        let letters: UInt8 = uppercase ? 0x41 : 0x61
        for byte in bytes {
            text.append(digit(byte >> 4, letters))
            text.append(digit(byte & 0x0f, letters))
        }
        return text.asciiText
    }

    /// Reads pairs of digits in either case; `nil` for an odd number of digits or anything that is no digit.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ value: UInt8, _ letters: UInt8) -> UInt8 {
        value < 10 ? 0x30 &+ value : letters &+ (value &- 10)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        if ASCII.isDigit(digit) { return digit &- 0x30 }
        let letter = (digit | 0x20) &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}

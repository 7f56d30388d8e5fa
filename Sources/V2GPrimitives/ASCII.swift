/// ASCII tests on single bytes, for identifiers that the standard keeps to letters and digits.
package enum ASCII {
    package static let dash = UInt8(ascii: "-")
    package static let star = UInt8(ascii: "*")

    package static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    package static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    package static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

    /// The byte with a lower-case letter made upper-case; every other byte stays.
    package static func uppercased(_ byte: UInt8) -> UInt8 { byte &- 0x61 < 26 ? byte &- 0x20 : byte }

    /// The value of a digit (0...9) or an upper-case letter (10...35), `nil` for anything else.
    package static func base36(_ byte: UInt8) -> Int? {
        if isDigit(byte) { return Int(byte &- 0x30) }
        let letter = byte &- 0x41
        return letter < 26 ? Int(letter) + 10 : nil
    }

    /// The digit or upper-case letter of a value 0...35; larger values wrap around.
    package static func base36Digit(_ value: Int) -> UInt8 {
        let digit = UInt8(truncatingIfNeeded: value % 36)
        return digit < 10 ? 0x30 &+ digit : 0x41 &+ (digit &- 10)
    }
}

/// Octets as people write them: hexadecimal in either case, with or without `0x` in front and separators between.
///
/// Separators are blanks, tabs or single colons. They must part whole octets, so that `8 09` cannot be taken for
/// anything; a group may hold several octets.
enum HexText {
    /// The octets of `text`.
    ///
    /// - Parameters:
    ///   - text: ASCII; blanks at both ends are skipped.
    ///   - maximum: most octets that are taken.
    /// - Throws: ``DocumentFailure`` with the bit behind the last octet that could be read.
    static func octets(of text: some BidirectionalCollection<UInt8>, maximum: Int) throws(DocumentFailure) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(min(maximum, text.count / 2))
        var high: UInt8?
        var afterColon = false
        var rest = text[...]
        while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
        rest = rest.drop(while: isBlank)
        guard !rest.isEmpty else {
            throw DocumentFailure("there is nothing to decode; give the octets in hexadecimal", bit: 0)
        }
        if rest.starts(with: Array("0x".utf8)) || rest.starts(with: Array("0X".utf8)) { rest = rest.dropFirst(2) }
        for character in rest {
            if let digit = digit(character) {
                afterColon = false
                guard let first = high else {
                    guard octets.count < maximum else { throw tooLong(maximum) }
                    high = digit
                    continue
                }
                octets.append(first << 4 | digit)
                high = nil
            } else if isBlank(character) || character == UInt8(ascii: ":") {
                let isColon = !isBlank(character)
                guard high == nil else { throw failure("a separator stands between the digits of an octet", octets) }
                guard !isColon || !(afterColon || octets.isEmpty) else {
                    throw failure("a colon stands where an octet is missing", octets)
                }
                if isColon { afterColon = true }
            } else {
                throw failure("\(name(character)) is no hexadecimal digit", octets)
            }
        }
        guard high == nil else { throw failure("the last octet has one digit only", octets) }
        guard !afterColon else { throw failure("a colon stands where an octet is missing", octets) }
        guard !octets.isEmpty else { throw failure("no octet follows 0x", octets) }
        return octets
    }

    /// Lower-case digits without separators.
    static func text(of octets: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(octets.count * 2)
        for octet in octets {
            text.append(digits[Int(octet >> 4)])
            text.append(digits[Int(octet & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func tooLong(_ maximum: Int) -> DocumentFailure {
        DocumentFailure(
            "there are more than \(maximum) octets; raise --max-bytes to take them",
            bit: maximum * 8)
    }

    private static func failure(_ reason: String, _ octets: [UInt8]) -> DocumentFailure {
        DocumentFailure(
            "octet \(octets.count) cannot be read: \(reason); give two hexadecimal digits for each octet",
            bit: octets.count * 8)
    }

    private static func isBlank(_ character: UInt8) -> Bool { character == 0x20 || character == 0x09 }

    private static func name(_ character: UInt8) -> String {
        (0x21...0x7E).contains(character)
            ? "'\(Unicode.Scalar(character))'" : "the character 0x\(String(character, radix: 16))"
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

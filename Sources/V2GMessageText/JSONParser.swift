import SchemaTypes

/// Reads JSON (RFC 8259) into a tree: bounded, and without any of the liberties that readers differ in.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var path: [any CodingKey] = []

    /// The tree of `bytes`, which hold one value and nothing else but white space.
    static func parse(_ bytes: [UInt8], maximum: Int) throws(MessageTextError) -> TextNode {
        guard bytes.count <= maximum else {
            throw MessageTextError(
                .tooLarge, at: "", "the text has \(bytes.count) octets",
                remedy: "at most \(maximum) are read; give one message at a time")
        }
        var parser = JSONParser(bytes: bytes)
        parser.skipSpace()
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw parser.failure("a byte order mark", remedy: "save the text as UTF-8 without it")
        }
        let node = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else {
            throw parser.failure("more text after the end of the value", remedy: "give one value only")
        }
        return node
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func value(depth: Int) throws(MessageTextError) -> TextNode {
        switch peek ?? 0 {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default:
            if take("true") { return .boolean(true) }
            if take("false") { return .boolean(false) }
            if take("null") { return .null }
            throw failure("no value of JSON", remedy: "a value is an object, an array, a string, a number, true, false")
        }
    }

    private mutating func object(depth: Int) throws(MessageTextError) -> TextNode {
        try enter(depth)
        var members: [TextNode.Member] = []
        var names: Set<ExactString> = []
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else {
                throw failure("no name of a field", remedy: "write it in double quotes; the last field has no comma")
            }
            let start = position
            let key = FieldKey(try string(), in: "")
            path.append(key)
            guard names.insert(ExactString(key.stringValue)).inserted else {
                throw MessageTextError(
                    .duplicateKey, at: Path.text(path), offset: start, "the object has this field twice",
                    remedy: "remove one; several elements of one name are an array")
            }
            skipSpace()
            guard take(":") else { throw failure("no ':' after the name of a field", remedy: "add it") }
            skipSpace()
            members.append(TextNode.Member(key: key, value: try value(depth: depth)))
            path.removeLast()
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw failure("neither ',' nor '}' after a field", remedy: "add what is missing") }
        }
    }

    private mutating func array(depth: Int) throws(MessageTextError) -> TextNode {
        try enter(depth)
        var items: [TextNode] = []
        skipSpace()
        if take("]") { return .array(items) }
        while true {
            skipSpace()
            path.append(IndexKey(items.count))
            items.append(try value(depth: depth))
            path.removeLast()
            skipSpace()
            if take("]") { return .array(items) }
            guard take(",") else { throw failure("neither ',' nor ']' after an item", remedy: "add what is missing") }
        }
    }

    /// Steps over an opening bracket.
    private mutating func enter(_ depth: Int) throws(MessageTextError) {
        guard depth <= MessageText.maximumJSONDepth else {
            throw MessageTextError(
                .tooDeep, at: Path.text(Array(path.prefix(8))), offset: position,
                "objects and arrays nest deeper than \(MessageText.maximumJSONDepth) levels",
                remedy: "no message does; look for a bracket too many")
        }
        position += 1
    }

    private mutating func number() throws(MessageTextError) -> String {
        let start = position
        _ = take("-")
        // No leading zero: readers differ in what it means.
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(MessageTextError) {
        let start = position
        while let octet = peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet { position += 1 }
        guard position > start else {
            throw failure("no digit where a number needs one", remedy: "complete the number")
        }
    }

    private mutating func string() throws(MessageTextError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while true {
            guard let octet = peek else {
                throw failure("the text ends inside of a string", remedy: "close it with a double quote")
            }
            switch octet {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: content, as: UTF8.self) else {
                    position = start
                    throw failure("the string is not valid UTF-8", remedy: "save the text as UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                position += 1
                content.append(contentsOf: try escape())
            case 0..<0x20:
                throw failure("a control character in a string", remedy: "write it as \\n, \\t or \\u00xx")
            default:
                content.append(octet)
                position += 1
            }
        }
    }

    /// The octets of the escape whose backslash was just read.
    private mutating func escape() throws(MessageTextError) -> [UInt8] {
        let octet = peek
        position += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return octet.map { [$0] } ?? []
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            let high = try codeUnit()
            var value = UInt32(high)
            if UTF16.isLeadSurrogate(high), take("\\u") {
                let low = try codeUnit()
                guard UTF16.isTrailSurrogate(low) else { throw loneSurrogate() }
                value = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else { throw loneSurrogate() }
            return Array(encoded)
        default:
            position -= 1
            throw failure("an escape that JSON does not have", remedy: "write a backslash twice to mean itself")
        }
    }

    private func loneSurrogate() -> MessageTextError {
        failure("half a surrogate pair", remedy: "write both halves, or the character itself")
    }

    private mutating func codeUnit() throws(MessageTextError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let octet = peek, let digit = Character(Unicode.Scalar(octet)).hexDigitValue else {
                throw failure("an escape \\u without four hexadecimal digits", remedy: "complete it")
            }
            value = value << 4 | UInt16(truncatingIfNeeded: digit)
            position += 1
        }
        return value
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let octet = peek, octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 { position += 1 }
    }

    /// Steps over `word` if it comes next.
    private mutating func take(_ word: StaticString) -> Bool {
        var end = position
        for octet in word.description.utf8 {
            guard end < bytes.count, bytes[end] == octet else { return false }
            end += 1
        }
        position = end
        return true
    }

    private func failure(_ reason: String, remedy: String) -> MessageTextError {
        MessageTextError(.notJSON, at: Path.text(path), offset: position, reason, remedy: remedy)
    }
}

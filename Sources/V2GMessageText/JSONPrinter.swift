import SchemaTypes

/// Prints a tree as JSON (RFC 8259), in its order.
struct JSONPrinter {
    private let pretty: Bool
    private var text: [UInt8] = []

    /// `node` as JSON.
    static func print(_ node: TextNode, pretty: Bool) -> String {
        var printer = JSONPrinter(pretty: pretty)
        printer.write(node, level: 0)
        return String(decoding: printer.text, as: UTF8.self)
    }

    private init(pretty: Bool) { self.pretty = pretty }

    private mutating func write(_ node: TextNode, level: Int) {
        switch node {
        case .null: write("null")
        case .boolean(let value): write(value ? "true" : "false")
        case .number(let digits): write(digits)
        case .string(let string): quote(string)
        case .array(let items): list("[", "]", items, level) { $0.write($1, level: level + 1) }
        case .object(let members):
            list("{", "}", members, level) {
                $0.quote($1.key.stringValue)
                $0.write($0.pretty ? ": " : ":")
                $0.write($1.value, level: level + 1)
            }
        }
    }

    private mutating func list<Item>(
        _ opening: StaticString, _ closing: StaticString, _ items: [Item], _ level: Int,
        _ body: (inout JSONPrinter, Item) -> Void
    ) {
        write(opening.description)
        for (index, item) in items.enumerated() {
            if index > 0 { write(",") }
            breakLine(level + 1)
            body(&self, item)
        }
        if !items.isEmpty { breakLine(level) }
        write(closing.description)
    }

    private mutating func breakLine(_ level: Int) {
        guard pretty else { return }
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
    }

    private mutating func write(_ string: String) { text.append(contentsOf: string.utf8) }

    private mutating func quote(_ string: String) {
        text.append(UInt8(ascii: "\""))
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": write("\\\"")
            case "\\": write("\\\\")
            case "\n": write("\\n")
            case "\r": write("\\r")
            case "\t": write("\\t")
            // Control characters must be escaped; what some readers take for the end of a line, should.
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                write("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
            default: text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}

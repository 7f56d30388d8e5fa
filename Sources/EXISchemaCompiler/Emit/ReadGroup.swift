/// Event codes and values of fixed width that follow one another, to be read in one go.
struct ReadGroup {
    private var width = 0
    private var mask: UInt64 = 0
    private var codes: UInt64 = 0
    private var layout: [String] = []
    private var fields: [(type: SwiftType, end: Int, label: String, assign: (String) -> String)] = []
    private static let limit = 56
    /// Numbers the groups of a function.
    private var number = 0

    /// Adds an event code that has to be `value`.
    mutating func code(_ value: Int, width bits: Int, _ label: String, to code: inout CodeLines) {
        add(bits, label, to: &code)
        mask |= ((UInt64(1) << UInt64(bits)) - 1) << UInt64(64 - width)
        codes |= UInt64(value) << UInt64(64 - width)
    }

    /// Adds a value; `assign` makes a statement of the expression that gives it.
    mutating func field(
        _ type: SwiftType, _ label: String, to code: inout CodeLines, assign: @escaping (String) -> String
    ) {
        let bits = type.fixedWidth ?? 0
        if bits > 0 { add(bits, label, to: &code) }
        fields.append((type, width, label, assign))
    }

    private mutating func add(_ bits: Int, _ label: String, to code: inout CodeLines) {
        if width + bits > Self.limit { flush(to: &code) }
        width += bits
        layout.append("\(bits) \(label)")
    }

    /// Emits the statements.
    mutating func flush(to code: inout CodeLines) {
        guard width > 0 || !fields.isEmpty else { return }
        let text = layout.joined(separator: "|")
        let mask = mask >> UInt64(64 - max(1, width))
        let codes = codes >> UInt64(64 - max(1, width))
        number += 1
        let name = "group\(number)"
        if fields.isEmpty {
            if codes == 0 {
                code.line("try reader.expect(\(width), \"\(text)\")")
            } else {
                code.line(
                    "_ = try reader.group(\(width), mask: 0x\(hex(mask)), codes: 0x\(hex(codes)), \"\(text)\")")
            }
        } else if width > 0 {
            code.line(
                "let \(name) = try reader.group(\(width), mask: 0x\(hex(mask)), codes: 0x\(hex(codes)), \"\(text)\")")
        }
        for field in fields {
            // An enumeration of one name has no bits.
            let source = width > 0 ? name : "0"
            code.line(field.assign(field.type.value(in: source, shift: width - field.end, label: field.label)))
        }
        let number = number
        self = ReadGroup()
        self.number = number
    }

    private func hex(_ value: UInt64) -> String { String(value, radix: 16) }
}

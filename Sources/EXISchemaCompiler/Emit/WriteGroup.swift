/// Event codes and values of fixed width that follow one another, to be written in one go.
struct WriteGroup {
    private var width = 0
    private var constant: UInt64 = 0
    private var fields: [(expression: String, end: Int)] = []
    /// Bits that one call of the writer takes.
    private static let limit = 56

    /// Adds an event code.
    mutating func code(_ value: Int, width bits: Int, to code: inout CodeLines) {
        add(bits, to: &code)
        constant |= UInt64(value) << UInt64(64 - width)
    }

    /// Adds a value.
    mutating func field(_ expression: String, width bits: Int, to code: inout CodeLines) {
        guard bits > 0 else { return }
        add(bits, to: &code)
        fields.append((expression, width))
    }

    private mutating func add(_ bits: Int, to code: inout CodeLines) {
        if width + bits > Self.limit { flush(to: &code) }
        width += bits
    }

    /// Emits the statement.
    mutating func flush(to code: inout CodeLines) {
        guard width > 0 else { return }
        var terms: [String] = []
        for field in fields {
            let shift = width - field.end
            terms.append(shift == 0 ? field.expression : "\(field.expression) &<< \(shift)")
        }
        let codes = constant >> UInt64(64 - width)
        if codes != 0 || terms.isEmpty { terms.append("\(codes)") }
        code.line("writer.bits(\(terms.joined(separator: " | ")), \(width))")
        self = WriteGroup()
    }
}

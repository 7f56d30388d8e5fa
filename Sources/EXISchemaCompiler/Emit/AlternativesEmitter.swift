/// Emits an enumeration of elements of which one occurs: a choice, or a substitution group.
struct AlternativesEmitter {
    let types: TypeTable
    let home: MessageModule
    let name: String
    let members: [ElementUse.Member]

    func lines(of summary: String) throws(EmitError) -> [String] {
        var code = CodeLines()
        code.line("/// \(summary)")
        code.open("public enum \(name): Hashable, Sendable {")
        for member in concrete {
            code.line("/// `\(member.element.name.localName)`")
            let size = SizeEstimate(types: types).size(of: member.element.type)
            let apart = size > SizeEstimate.largestAlternative ? "indirect " : ""
            code.line(
                "\(apart)case \(property(member.element))(\(try types.name(of: member.element.type, in: home)))")
        }
        code.line()
        code.line("/// The place among the productions of the state, abstract elements counted.")
        code.open("var member: Int {")
        code.open("switch self {")
        for member in concrete { code.line("case .\(property(member.element)): \(member.offset)") }
        code.close()
        code.close()
        code.line()
        try reading(&code)
        code.line()
        try writing(&code)
        code.line()
        try decoding(&code)
        code.line()
        encoding(&code)
        code.close()
        return code.lines
    }

    private var concrete: [(offset: Int, element: ElementUse.Member)] {
        members.enumerated().filter { types.isConcrete($0.element) }.map { ($0.offset, $0.element) }
    }

    private func property(_ member: ElementUse.Member) -> String { SwiftNames.property(member.name.localName) }

    private func reading(_ code: inout CodeLines) throws(EmitError) {
        code.open("static func read(member: Int, from reader: inout EXIReader) throws(EXIError) -> Self {")
        code.open("switch member {")
        for (offset, member) in concrete {
            var emitter = ReadEmitter(types: types, home: home)
            // Simple content is followed by the end of the element, which has to be read before the return.
            var isSimple = false
            if case .simple = member.type { isSimple = true }
            try emitter.element(member.type, member.name.localName) {
                isSimple ? "let value = \($0)" : "return .\(self.property(member))(\($0))"
            }
            code.line("case \(offset):")
            code.append(emitter.code.lines.map { "    " + $0 })
            if isSimple { code.line("    return .\(property(member))(value)") }
        }
        code.line("default: throw reader.error(.abstractElement, \"\(name)\")")
        code.close()
        code.close()
    }

    private func writing(_ code: inout CodeLines) throws(EmitError) {
        code.open("func writeContent(to writer: inout EXIWriter) {")
        code.open("switch self {")
        for (_, member) in concrete {
            var emitter = WriteEmitter(types: types, home: home)
            try emitter.element(member.type, "value")
            code.line("case .\(property(member))(let value):")
            code.append(emitter.code.lines.map { "    " + $0 })
        }
        code.close()
        code.close()
    }

    private func decoding(_ code: inout CodeLines) throws(EmitError) {
        code.open("static func optional(_ fields: inout FieldReader) throws -> Self? {")
        for (_, member) in concrete {
            code.line(
                "if fields.has(\(key(member))) { return .\(property(member))(try fields.required(\(key(member)))) }")
        }
        code.line("return nil")
        code.close()
        code.line()
        code.open("static func required(_ fields: inout FieldReader) throws -> Self {")
        let names = concrete.map(\.element.name.localName).joined(separator: ", ")
        code.line("guard let value = try optional(&fields) else { throw fields.noneOf(\"\(names)\") }")
        code.line("return value")
        code.close()
    }

    private func encoding(_ code: inout CodeLines) {
        code.open("func encode(into fields: inout FieldWriter) throws {")
        code.open("switch self {")
        for (_, member) in concrete {
            code.line("case .\(property(member))(let value): try fields.write(value, \(key(member)))")
        }
        code.close()
        code.close()
    }

    private func key(_ member: ElementUse.Member) -> String { types.key(of: member.name, in: home) }
}

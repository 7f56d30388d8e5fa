/// Emits the fragment of an element name that the schemas declare with several types: the schema-informed element
/// fragment grammar (EXI 1.0, 8.5.3).
///
/// State 0 has the attribute names of the set, AT(*), the element names of the set, SE(*), EE and CH; state 1, after the
/// content, the same without attributes. Only the pair that occurs in V2G is known: text of some simple type, and the same
/// with attributes.
struct RelaxedElementEmitter {
    let types: TypeTable
    let name: QName
    let fragmentCode: Int
    /// The Swift name of the type with attributes, and of the simple one.
    let complexType: String
    let textType: String
    private let attributes: [Slot]
    private let value: Slot

    var property: String { SwiftNames.property(name.localName) }
    var textProperty: String { property + "Text" }
    var key: String { types.key(of: name, in: nil) }

    init(types: TypeTable, name: QName, fragmentCode: Int) throws(EmitError) {
        self.types = types
        self.name = name
        self.fragmentCode = fragmentCode
        var simple: Set<SimpleTypePlan> = []
        var complex: Set<Int> = []
        for type in types.plan.complexTypes {
            guard case .elements(let particle, _) = type.content else { continue }
            for member in Self.members(of: particle) where member.name == name {
                switch member.type {
                case .simple(let type): simple.insert(type)
                case .complex(let index): complex.insert(index)
                }
            }
        }
        guard simple.count == 1, complex.count == 1, let text = simple.first, let index = complex.first,
            let slots = SlotReader(types: types).slots(of: types.plan.complexTypes[index]), let value = slots.last,
            case .text(let content) = value.kind, case .string = content.shape,
            try !types.simple(content, in: nil).canBeEmpty
        else { throw EmitError("a fragment of \(name), which has several types", at: types.plan.set) }
        textType = try types.simple(text, in: nil).name
        complexType = try types.name(ofComplex: index, in: nil)
        attributes = slots.dropLast()
        self.value = value
    }

    private static func members(of particle: ParticlePlan) -> [ElementUse.Member] {
        switch particle {
        case .element(let use, _): use.members
        case .wildcard: []
        case .sequence(let children, _), .choice(let children, _): children.flatMap(members)
        }
    }

    func cases(_ code: inout CodeLines) {
        code.line("/// `\(name.localName)` with attributes")
        code.line("case \(property)(\(complexType))")
        code.line("/// `\(name.localName)` without attributes")
        code.line("case \(textProperty)(\(textType))")
    }

    private var elementCount: Int { types.plan.fragmentElements.count }
    private var attributeCount: Int { types.plan.fragmentAttributes.count }
    /// Productions of state 0: AT(*), SE(*), EE and CH come to the names.
    private var startCount: Int { attributeCount + elementCount + 4 }
    /// Productions of state 1.
    private var contentCount: Int { elementCount + 3 }
    private var endCode: Int { elementCount + 1 }

    func functions(_ code: inout CodeLines) throws(EmitError) {
        let text = "\(attributes.map(\.label).joined(separator: ", ")), CH(\(name.localName))"
        code.line("/// Reads a fragment of `\(name.localName)`.")
        code.open("static func \(property)(reading reader: inout EXIReader) throws(EXIError) -> Self {")
        code.open("if reader.options.ambiguousFragments == .typed {")
        code.line("return .\(property)(try \(complexType)(reading: &reader))")
        code.close()
        code.line("let start = reader.position")
        code.line("var code = try reader.event(of: \(startCount), \"\(text)\")")
        for slot in attributes {
            let type = try type(of: slot)
            code.line("var \(slot.property): \(type.name)?")
            code.open("if code == \(try attributeCode(slot)) {")
            code.line("\(slot.property) = \(type.read(label: slot.name.localName))")
            code.line("code = try reader.event(of: \(startCount), \"\(text)\")")
            code.close()
        }
        code.open("guard code == \(startCount - 1) else {")
        code.line("throw EXIError(.unexpectedEvent, bit: start, expected: \"\(text)\", found: UInt64(code))")
        code.close()
        let names = attributes.map(\.property)
        code.line("let value = try reader.text(as: \(textType).self, \"\(name.localName)\")")
        code.line("let end = try reader.event(of: \(contentCount), \"EE(\(name.localName))\")")
        code.open("guard end == \(endCode) else {")
        code.line("throw reader.error(.unexpectedEvent, \"EE(\(name.localName))\", found: UInt64(end))")
        code.close()
        let bindings = names.map { "let \($0)" }.joined(separator: ", ")
        let arguments = names.map { "\($0): \($0)" }.joined(separator: ", ")
        code.line("if \(bindings) { return .\(property)(\(complexType)(\(arguments), value: value)) }")
        code.line("return .\(textProperty)(value)")
        code.close()
        code.line()
        code.open("static func write(_ element: \(complexType), to writer: inout EXIWriter) {")
        code.line("if writer.form.ambiguousFragments == .typed { return element.write(to: &writer) }")
        for slot in attributes {
            code.line("writer.event(\(try attributeCode(slot)), of: \(startCount))")
            code.line(try type(of: slot).write("element.\(slot.property)"))
        }
        code.line("write(element.value, to: &writer)")
        code.close()
        code.line()
        code.open("static func write(_ text: \(textType), to writer: inout EXIWriter) {")
        code.line("writer.event(\(startCount - 1), of: \(startCount))")
        code.line("writer.text(text)")
        code.line("writer.event(\(endCode), of: \(contentCount))")
        code.close()
    }

    private func type(of slot: Slot) throws(EmitError) -> SwiftType {
        guard case .attribute(let type) = slot.kind, !slot.isOptional else {
            throw EmitError("an optional attribute of an element with several types", at: slot.property)
        }
        return try types.simple(type, in: nil)
    }

    private func attributeCode(_ slot: Slot) throws(EmitError) -> Int {
        guard let code = types.plan.fragmentAttributes.firstIndex(where: { $0.name == slot.name }) else {
            throw EmitError("an attribute that the set does not have", at: slot.property)
        }
        return code
    }
}

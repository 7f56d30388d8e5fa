/// Emits a complex type as a structure: properties, initializers, EXI, and fields for text.
struct TypeEmitter {
    let types: TypeTable
    let home: MessageModule
    let type: ComplexTypePlan
    let slots: [Slot]

    /// The lines of the extension that holds the structure.
    func lines() throws(EmitError) -> [String] {
        let name = types.name(of: type)
        var code = CodeLines()
        let swiftName = SwiftNames.type(name.localName)
        code.open("extension \(home.swiftNamespace) {")
        code.line("/// `\(name.localName)` of `\(name.namespace)`.")
        code.open("public struct \(swiftName): EXIType {")
        for slot in slots {
            code.line("/// \(try summary(of: slot))")
            let apart = SizeEstimate(types: types).isBoxed(slot) ? "@Boxed " : ""
            code.line("\(apart)public var \(slot.property): \(try declaration(of: slot))")
        }
        code.line()
        try memberwise(&code)
        code.line()
        try reading(&code, element: swiftName)
        code.line()
        try writing(&code)
        code.line()
        try decoding(&code)
        code.line()
        try encoding(&code)
        for slot in slots {
            // The members of a choice stand in the type; those of a substitution group beside it.
            guard case .alternatives(let members, let enumeration) = slot.kind, slot.name.namespace.isEmpty else {
                continue
            }
            code.line()
            let emitter = AlternativesEmitter(types: types, home: home, name: enumeration, members: members)
            code.append(try emitter.lines(of: "A choice of `\(name.localName)`."))
        }
        code.close()
        code.close()
        return code.lines
    }

    private func memberwise(_ code: inout CodeLines) throws(EmitError) {
        code.line("/// Takes the values as they are: their types leave nothing to check.")
        if slots.isEmpty {
            code.line("public init() {}")
            return
        }
        code.open("public init(")
        for (index, slot) in slots.enumerated() {
            let isEmptyList = slot.isList && slot.minimum == 0
            let fallback = slot.isOptional ? " = nil" : isEmptyList ? " = BoundedList(unchecked: [])" : ""
            let comma = index + 1 < slots.count ? "," : ""
            code.line("\(slot.property): \(try declaration(of: slot))\(fallback)\(comma)")
        }
        code.reopen(") {")
        for slot in slots { code.line("self.\(slot.property.replacing("`", with: "")) = \(slot.property)") }
        code.close()
    }

    private func reading(_ code: inout CodeLines, element: String) throws(EmitError) {
        var emitter = ReadEmitter(types: types, home: home)
        try emitter.type(slots, named: element)
        code.line(
            "public init(reading reader: inout EXIReader) throws(EXIError) { self = try Self.read(from: &reader) }")
        code.line()
        code.open("public static func read(from reader: inout EXIReader) throws(EXIError) -> Self {")
        code.append(emitter.code.lines)
        code.close()
    }

    private func writing(_ code: inout CodeLines) throws(EmitError) {
        var emitter = WriteEmitter(types: types, home: home)
        try emitter.type(slots)
        code.open("public func write(to writer: inout EXIWriter) {")
        code.append(emitter.code.lines)
        code.close()
    }

    private func decoding(_ code: inout CodeLines) throws(EmitError) {
        code.open("public init(from decoder: any Decoder) throws {")
        code.line("\(slots.isEmpty ? "let" : "var") fields = try FieldReader(decoder)")
        for slot in slots {
            let target = "self.\(slot.property.replacing("`", with: ""))"
            if case .alternatives(_, let enumeration) = slot.kind {
                let method = slot.isOptional ? "optional" : "required"
                code.line("\(target) = try \(enumeration).\(method)(&fields)")
            } else {
                let method = slot.isList ? "list" : slot.isOptional ? "optional" : "required"
                code.line("\(target) = try fields.\(method)(\(key(of: slot)))")
            }
        }
        code.line("try fields.finish()")
        code.close()
    }

    private func encoding(_ code: inout CodeLines) throws(EmitError) {
        code.open("public func encode(to encoder: any Encoder) throws {")
        code.line("\(slots.isEmpty ? "_ =" : "var fields =") FieldWriter(encoder)")
        for slot in slots {
            if case .alternatives = slot.kind {
                code.line("try \(slot.property)\(slot.isOptional ? "?" : "").encode(into: &fields)")
            } else {
                let label = slot.isList ? "list: " : slot.isOptional ? "optional: " : ""
                code.line("try fields.write(\(label)\(slot.property), \(key(of: slot)))")
            }
        }
        code.close()
    }

    private func key(of slot: Slot) -> String {
        if case .text = slot.kind { return ".content" }
        var role = ""
        if case .attribute = slot.kind { role = ", role: .attribute" }
        return "FieldKey(\"\(slot.name.localName)\", in: \(types.namespace(slot.name.namespace, in: home))\(role))"
    }

    /// The Swift type of one value of a slot.
    private func valueType(of slot: Slot) throws(EmitError) -> String {
        switch slot.kind {
        case .attribute(let type), .text(let type): return try types.simple(type, in: home).name
        case .element(let type): return try types.name(of: type, in: home)
        case .alternatives(_, let enumeration): return enumeration
        }
    }

    private func declaration(of slot: Slot) throws(EmitError) -> String {
        let value = try valueType(of: slot)
        if slot.isList {
            return "BoundedList<\(value), \(slot.minimum), \(slot.maximum.map(String.init) ?? "2147483647")>"
        }
        return slot.isOptional ? value + "?" : value
    }

    private func summary(of slot: Slot) throws(EmitError) -> String {
        let what: String
        switch slot.kind {
        case .attribute(let type):
            what = "Attribute `\(slot.name.localName)`: \(try types.simple(type, in: home).summary)"
        case .text(let type): what = "The text of the element: \(try types.simple(type, in: home).summary)"
        case .element(.simple(let type)):
            what = "`\(slot.name.localName)`: \(try types.simple(type, in: home).summary)"
        case .element(.complex): what = "`\(slot.name.localName)`"
        case .alternatives(let members, _):
            what = members.filter { types.isConcrete($0) }.map { "`\($0.name.localName)`" }.joined(separator: " or ")
        }
        if slot.isList {
            return what + "; \(slot.minimum) to \(slot.maximum.map(String.init) ?? "any number") of them."
        }
        return what + (slot.isOptional ? "; may be absent." : ".")
    }
}

/// Emits the enumeration of all elements of a schema set, with its document and fragment grammars.
struct ElementEmitter {
    let types: TypeTable
    let home: MessageModule

    /// An element that has a case.
    private struct Case {
        let name: QName
        let type: TypePlanRef
        let fragmentCode: Int
        let documentCode: Int?
        let property: String
        /// Whether another element has the same local name, and the plain name in Swift and in text.
        let isNamesake: Bool
    }

    private let cases: [Case]
    private let relaxed: [RelaxedElementEmitter]
    private var plan: GrammarPlan { types.plan }

    init(types: TypeTable, home: MessageModule) throws(EmitError) {
        self.types = types
        self.home = home
        let plan = types.plan
        var documentCodes: [QName: Int] = [:]
        var abstract: Set<QName> = []
        for (code, element) in plan.globalElements.enumerated() {
            documentCodes[element.name] = code
            if element.isAbstract { abstract.insert(element.name) }
        }
        var cases: [Case] = []
        // Of namesakes the global element has the plain name, else the first.
        var plain: [String: QName] = [:]
        for element in plan.fragmentElements where element.type != nil {
            let property = SwiftNames.property(element.name.localName)
            if plain[property] == nil || documentCodes[element.name] != nil { plain[property] = element.name }
        }
        var seen: Set<String> = []
        for (code, element) in plan.fragmentElements.enumerated() {
            guard let type = element.type, !abstract.contains(element.name) else { continue }
            if case .complex(let index) = type, plan.complexTypes[index].isAbstract { continue }
            var property = SwiftNames.property(element.name.localName)
            let isNamesake = plain[property] != element.name
            if isNamesake { property += "Of" + SwiftNames.type(TypeTable.constant(of: element.name.namespace)) }
            guard seen.insert(property).inserted else {
                throw EmitError("two elements whose Swift name is \(property)", at: plan.set)
            }
            cases.append(
                Case(
                    name: element.name, type: type, fragmentCode: code, documentCode: documentCodes[element.name],
                    property: property, isNamesake: isNamesake))
        }
        self.cases = cases
        var relaxed: [RelaxedElementEmitter] = []
        for (code, element) in plan.fragmentElements.enumerated() where element.type == nil {
            relaxed.append(try RelaxedElementEmitter(types: types, name: element.name, fragmentCode: code))
        }
        self.relaxed = relaxed
    }

    /// Files by name, each with its lines.
    func files() throws(EmitError) -> [(name: String, lines: [String])] {
        var files = [
            ("Element", try declaration()), ("Element+Reading", try reading()), ("Element+Writing", try writing()),
            ("Element+Text", text()), ("Element+Context", context()),
        ]
        if !relaxed.isEmpty {
            var code = CodeLines()
            code.open("extension \(home.swiftNamespace).Element {")
            for element in relaxed { try element.functions(&code) }
            code.close()
            files.append(("Element+Relaxed", code.lines))
        }
        return files
    }

    private func declaration() throws(EmitError) -> [String] {
        var code = CodeLines()
        code.open("extension \(home.swiftNamespace) {")
        code.line("/// Any element of the schema set: the root of a document, or what a signature is computed over.")
        code.open("public enum Element: Hashable, Sendable {")
        for element in cases {
            code.line("/// `\(element.name.localName)`")
            let isLarge = SizeEstimate(types: types).size(of: element.type) > SizeEstimate.largestElement
            code.line(
                "\(isLarge ? "indirect " : "")case \(element.property)(\(try types.name(of: element.type, in: nil)))")
        }
        for element in relaxed { element.cases(&code) }
        code.close()
        code.close()
        return code.lines
    }

    /// Whether the element is what peers exchange: it has a header.
    private func isMessage(_ element: Case) -> Bool {
        guard case .complex(let index) = element.type, element.documentCode != nil,
            let slots = SlotReader(types: types).slots(of: plan.complexTypes[index])
        else { return false }
        return slots.first?.name.localName == "Header"
    }

    private func reading() throws(EmitError) -> [String] {
        var code = CodeLines()
        code.open("extension \(home.swiftNamespace).Element: EXIElement {")
        code.line("public static var documentProductions: Int { \(plan.globalElements.count) }")
        code.line("public static var fragmentProductions: Int { \(plan.fragmentElements.count) }")
        code.line()
        code.open("public init(document code: Int, reading reader: inout EXIReader) throws(EXIError) {")
        code.line("self = try Self.read(document: code, from: &reader)")
        code.close()
        code.line()
        code.open(
            "public static func read(document code: Int, from reader: inout EXIReader) throws(EXIError) -> Self {")
        // Messages go straight to their type; all else takes the way of fragments, which has every element.
        code.open("switch code {")
        for element in cases where isMessage(element) {
            guard let document = element.documentCode else { continue }
            let type = try types.name(of: element.type, in: nil)
            code.line("case \(document): return .\(element.property)(try \(type).read(from: &reader))")
        }
        code.line("default: return try Self(fragment: Self.fragmentCode(ofDocument: code), reading: &reader)")
        code.close()
        code.close()
        code.line()
        code.line("/// The fragment code of a global element; -1 for one that is abstract.")
        code.open("private static func fragmentCode(ofDocument code: Int) -> Int {")
        code.open("switch code {")
        for element in cases {
            if let document = element.documentCode { code.line("case \(document): \(element.fragmentCode)") }
        }
        code.line("default: -1")
        code.close()
        code.close()
        code.line()
        code.open("public init(fragment code: Int, reading reader: inout EXIReader) throws(EXIError) {")
        code.open("switch code {")
        for element in cases {
            var emitter = ReadEmitter(types: types, home: nil)
            try emitter.element(element.type, element.name.localName) { "self = .\(element.property)(\($0))" }
            code.line("case \(element.fragmentCode):")
            code.append(emitter.code.lines.map { "    " + $0 })
        }
        for element in relaxed {
            code.line("case \(element.fragmentCode): self = try Self.\(element.property)(reading: &reader)")
        }
        code.line("default: throw reader.error(.abstractElement, \"an element that can occur\")")
        code.close()
        code.close()
        code.close()
        return code.lines
    }

    private func writing() throws(EmitError) -> [String] {
        var code = CodeLines()
        code.open("extension \(home.swiftNamespace).Element {")
        code.open("public var fragmentCode: Int? {")
        code.open("switch self {")
        for element in cases { code.line("case .\(element.property): \(element.fragmentCode)") }
        for element in relaxed {
            code.line("case .\(element.property), .\(element.textProperty): \(element.fragmentCode)")
        }
        code.close()
        code.close()
        code.line()
        code.open("public var documentCode: Int? {")
        code.open("switch self {")
        for element in cases {
            if let document = element.documentCode { code.line("case .\(element.property): \(document)") }
        }
        if cases.contains(where: { $0.documentCode == nil }) || !relaxed.isEmpty { code.line("default: nil") }
        code.close()
        code.close()
        code.line()
        code.open("public func writeContent(to writer: inout EXIWriter) {")
        code.open("switch self {")
        for element in cases {
            var emitter = WriteEmitter(types: types, home: nil)
            try emitter.element(element.type, "value")
            code.line("case .\(element.property)(let value):")
            code.append(emitter.code.lines.map { "    " + $0 })
        }
        for element in relaxed {
            code.line("case .\(element.property)(let value): Self.write(value, to: &writer)")
            code.line("case .\(element.textProperty)(let value): Self.write(value, to: &writer)")
        }
        code.close()
        code.close()
        code.close()
        return code.lines
    }

    private func text() -> [String] {
        var code = CodeLines()
        code.open("extension \(home.swiftNamespace).Element: Codable {")
        code.open("public init(from decoder: any Decoder) throws {")
        code.line("var fields = try FieldReader(decoder)")
        code.open("switch try fields.single() {")
        for element in cases {
            let name = element.isNamesake ? "\(element.name)" : element.name.localName
            code.line("case \"\(name)\": self = .\(element.property)(try fields.required(\(key(element))))")
        }
        for element in relaxed {
            code.line("case \"\(element.name.localName)\":")
            code.line("    // One of the types is text, the other an object, with its own errors.")
            code.line("    if let text = try? fields.required(\(element.key), as: \(element.textType).self) {")
            code.line("        self = .\(element.textProperty)(text)")
            code.line("    } else {")
            code.line("        self = .\(element.property)(try fields.required(\(element.key)))")
            code.line("    }")
        }
        code.line("default: throw fields.noneOf(\"the element names of \(home.swiftNamespace)\")")
        code.close()
        code.close()
        code.line()
        code.open("public func encode(to encoder: any Encoder) throws {")
        code.line("var fields = FieldWriter(encoder)")
        code.open("switch self {")
        for element in cases {
            code.line("case .\(element.property)(let value): try fields.write(value, \(key(element)))")
        }
        for element in relaxed {
            for property in [element.property, element.textProperty] {
                code.line("case .\(property)(let value): try fields.write(value, \(element.key))")
            }
        }
        code.close()
        code.close()
        code.close()
        return code.lines
    }

    private func key(_ element: Case) -> String {
        let namespace = types.namespace(element.name.namespace, in: nil)
        return "FieldKey(\"\(element.name.localName)\", \(element.isNamesake ? "namesakeIn" : "in"): \(namespace))"
    }

    private func context() -> [String] {
        var code = CodeLines()
        code.open("extension \(home.swiftNamespace).Element {")
        code.open("public static let context = EXIContext(")
        code.line("namespaces: [\(plan.namespaces.map(quoted).joined(separator: ", "))],")
        code.open("localNames: [")
        for names in plan.localNames {
            code.open("[")
            append(names.map(quoted), to: &code)
            code.close("],")
        }
        code.close("],")
        code.open("globalElements: [")
        for element in plan.globalElements {
            code.line("EXIName(\(quoted(element.name.localName)), in: \(quoted(element.name.namespace))),")
        }
        code.close("],")
        code.open("element: { (code: Int, reader: inout EXIReader) throws(EXIError) -> any EXIElement in")
        code.line("try \(home.swiftNamespace).Element(document: code, reading: &reader)")
        code.close("},")
        code.line("textElement: { decoder in try \(home.swiftNamespace).Element(from: decoder) })")
        code.close("")
        code.close()
        return code.lines.filter { !$0.allSatisfy { $0 == " " } || $0.isEmpty }
    }

    /// Several names a line.
    private func append(_ names: [String], to code: inout CodeLines) {
        var line = ""
        for name in names {
            if line.count + name.count > 100 {
                code.line(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + name + ","
        }
        if !line.isEmpty { code.line(line) }
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }
}

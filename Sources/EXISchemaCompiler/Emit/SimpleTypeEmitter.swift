/// Emits the simple types that a schema names: enumerations, and short names for bounded values.
struct SimpleTypeEmitter {
    let home: MessageModule

    /// An enumeration with the schema's names.
    func enumeration(_ name: String, values: [String], source: String) throws(EmitError) -> [String] {
        guard values.count <= 256 else { throw EmitError("an enumeration of \(values.count) names", at: name) }
        var code = CodeLines()
        code.open("extension \(home.swiftNamespace) {")
        code.line("/// \(source). Raw values are the places in the schema, as on the wire.")
        code.open("public enum \(name): UInt8, SchemaEnumeration {")
        var seen: Set<String> = []
        for value in values {
            let property = SwiftNames.property(value)
            guard seen.insert(property).inserted else {
                throw EmitError("two names that are \(property) in Swift", at: name)
            }
            code.line("/// `\(value)`")
            code.line("case \(property)")
        }
        code.line()
        code.open("public static let schemaNames = [")
        for value in values { code.line("\"\(value)\",") }
        code.close("]")
        code.close()
        code.close()
        return code.lines
    }

    /// A short name for a bounded value.
    func alias(_ name: String, type: SwiftType, source: String) -> [String] {
        var code = CodeLines()
        code.open("extension \(home.swiftNamespace) {")
        code.line("/// \(source): \(type.summary).")
        code.line("public typealias \(name) = \(type.name)")
        code.close()
        return code.lines
    }
}

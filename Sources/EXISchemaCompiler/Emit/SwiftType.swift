/// How a simple type is written in Swift and as EXI.
struct SwiftType {
    /// The Swift type.
    let name: String
    /// Bits of its representation, when their number is fixed.
    let fixedWidth: Int?
    let shape: SimpleShape

    /// - Parameter enumeration: the Swift name of the enumeration, for an enumeration shape.
    init(_ shape: SimpleShape, enumeration: String?) throws(EmitError) {
        self.shape = shape
        switch shape {
        case .string(let minimum, let maximum):
            name = minimum == 0 && maximum == nil ? "XMLString" : "Text<\(minimum), \(Self.bound(maximum))>"
            fixedWidth = nil
        case .anyURI(let maximum):
            name = maximum.map { "Text<0, \($0)>" } ?? "XMLString"
            fixedWidth = nil
        case .id, .idref:
            name = "XMLID"
            fixedWidth = nil
        case .boolean:
            name = "Bool"
            fixedWidth = 1
        case .integer(let integer):
            name = try Self.name(of: integer)
            if case .bits(let width, _) = integer.representation { fixedWidth = width } else { fixedWidth = nil }
        case .enumeration(let values):
            name = enumeration ?? "String"
            fixedWidth = values.count < 2 ? 0 : Int.bitWidth - (values.count - 1).leadingZeroBitCount
        case .base64Binary(let minimum, let maximum):
            name = minimum == 0 && maximum == nil ? "Octets" : "Base64Binary<\(minimum), \(Self.bound(maximum))>"
            fixedWidth = nil
        case .hexBinary(let minimum, let maximum):
            guard let maximum else {
                throw EmitError("xs:hexBinary without maxLength", at: "a simple type")
            }
            name = "\(maximum > 8 ? "Long" : "")HexBinary<\(minimum), \(maximum)>"
            fixedWidth = nil
        }
    }

    private static func bound(_ maximum: Int?) -> String { maximum.map(String.init) ?? "2147483647" }

    private static func swiftBase(_ base: IntegerShape.Base) -> String {
        switch base {
        case .int8: "Int8"
        case .int16: "Int16"
        case .int32: "Int32"
        case .int64: "Int64"
        case .uint8: "UInt8"
        case .uint16: "UInt16"
        case .uint32: "UInt32"
        case .uint64: "UInt64"
        case .unbounded: "UnboundedInteger"
        }
    }

    private static func isWhole(_ integer: IntegerShape) -> Bool {
        func covers<T: FixedWidthInteger>(_ type: T.Type) -> Bool {
            integer.minimum == String(T.min) && integer.maximum == String(T.max)
        }
        switch integer.base {
        case .int8: return covers(Int8.self)
        case .int16: return covers(Int16.self)
        case .int32: return covers(Int32.self)
        case .int64: return covers(Int64.self)
        case .uint8: return covers(UInt8.self)
        case .uint16: return covers(UInt16.self)
        case .uint32: return covers(UInt32.self)
        case .uint64: return covers(UInt64.self)
        case .unbounded: return integer.minimum.isEmpty && integer.maximum.isEmpty
        }
    }

    private static func name(of integer: IntegerShape) throws(EmitError) -> String {
        let base = swiftBase(integer.base)
        if isWhole(integer) { return base }
        var above = integer
        above.minimum = "0"
        if integer.minimum == "1", Int32(integer.maximum) == nil, isWhole(above) { return "Positive<\(base)>" }
        guard integer.base != .unbounded, Int32(integer.minimum) != nil, Int32(integer.maximum) != nil else {
            throw EmitError(
                "the range \(integer.minimum)...\(integer.maximum) of an integer", at: "a simple type")
        }
        return "Ranged<\(base), \(integer.minimum), \(integer.maximum)>"
    }

    /// The expression that gives the bits of `value`, for a representation of fixed width.
    func bits(of value: String) -> String {
        switch shape {
        case .boolean: return "(\(value) ? 1 : 0)"
        case .enumeration: return "UInt64(\(value).rawValue)"
        case .integer(let integer):
            guard case .bits(_, let offset) = integer.representation else { return "0" }
            let number = Self.isWhole(integer) ? value : "\(value).value"
            if offset == 0 { return "UInt64(truncatingIfNeeded: \(number))" }
            return "UInt64(truncatingIfNeeded: Int(\(number)) &- \(offset))".replacing("&- -", with: "&+ ")
        default: return "0"
        }
    }

    /// The expression that makes a value of the bits at `shift` of `group`.
    func value(in group: String, shift: Int, label: String) -> String {
        let width = fixedWidth ?? 0
        let field = shift == 0 ? group : "\(group) &>> \(shift)"
        switch shape {
        case .boolean: return "\(field) & 1 != 0"
        case .enumeration: return "try reader.enumeration(\(group), \(shift), \(width), as: \(name).self, \"\(label)\")"
        case .integer(let integer):
            guard case .bits(_, let offset) = integer.representation else { return "0" }
            if !Self.isWhole(integer) {
                return "try reader.ranged(\(group), \(shift), \(width), as: \(name).self, \"\(label)\")"
            }
            let mask = (UInt64(1) << UInt64(width)) - 1
            let base = Self.swiftBase(integer.base)
            return "\(base)(truncatingIfNeeded: Int(truncatingIfNeeded: \(field) & \(mask)) &+ \(offset))"
                .replacing("&+ -", with: "&- ")
        default: return ""
        }
    }

    /// Whether the value can be empty text or no octets, for which an element has two forms in EXI.
    var canBeEmpty: Bool {
        switch shape {
        case .string(let minimum, _), .base64Binary(let minimum, _), .hexBinary(let minimum, _): minimum == 0
        case .anyURI: true
        case .id, .idref, .boolean, .integer, .enumeration: false
        }
    }

    /// The statement that writes `value`, for a representation of varying width.
    func write(_ value: String) -> String {
        switch shape {
        case .string, .anyURI: return "writer.text(\(value))"
        case .id, .idref: return "writer.string(\(value).string)"
        case .base64Binary, .hexBinary: return "writer.octets(\(value))"
        case .integer(let integer):
            if integer.base == .unbounded { return "writer.integer(\(value))" }
            let number = Self.isWhole(integer) ? value : "\(value).value"
            if case .unsigned = integer.representation { return "writer.unsigned(\(number))" }
            return "writer.signed(\(number))"
        case .boolean, .enumeration: return ""
        }
    }

    /// The expression that reads a value, for a representation of varying width.
    func read(label: String) -> String {
        switch shape {
        case .string, .anyURI: return "try reader.text(as: \(name).self, \"\(label)\")"
        case .id, .idref: return "try reader.identifier(\"\(label)\")"
        case .base64Binary, .hexBinary: return "try reader.octets(as: \(name).self, \"\(label)\")"
        case .integer(let integer):
            if integer.base == .unbounded { return "try reader.integer(\"\(label)\")" }
            let isUnsigned = integer.representation == .unsigned
            let method = isUnsigned ? "unsigned" : "signed"
            return "try reader.\(method)(\(Self.isWhole(integer) ? "as" : "in"): \(name).self, \"\(label)\")"
        case .boolean, .enumeration: return ""
        }
    }

    /// What the documentation says of the value.
    var summary: String {
        switch shape {
        case .string(let minimum, let maximum): "text\(Self.lengths(minimum, maximum, "characters"))"
        case .anyURI(let maximum): "a URI\(Self.lengths(0, maximum, "characters"))"
        case .id: "an identifier (`xs:ID`)"
        case .idref: "a reference to an identifier (`xs:IDREF`)"
        case .boolean: "true or false"
        case .integer(let integer):
            integer.minimum.isEmpty ? "an integer" : "an integer, \(integer.minimum) to \(integer.maximum)"
        case .enumeration(let values): "one of \(values.count) names"
        case .base64Binary(let minimum, let maximum): "octets\(Self.lengths(minimum, maximum, "of them"))"
        case .hexBinary(let minimum, let maximum): "octets\(Self.lengths(minimum, maximum, "of them"))"
        }
    }

    private static func lengths(_ minimum: Int, _ maximum: Int?, _ unit: String) -> String {
        guard let maximum else { return minimum == 0 ? "" : ", at least \(minimum) \(unit)" }
        return minimum == maximum ? ", exactly \(maximum) \(unit)" : ", \(minimum) to \(maximum) \(unit)"
    }
}

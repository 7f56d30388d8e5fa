/// The built-in types of XSD that the compiler maps, by local name (EXI 1.0 table 7-1).
enum BuiltInTypes {
    static let namespace = MarkupNode.schemaNamespace

    /// Nil for a type that is not compiled.
    static func shape(_ localName: String) -> SimpleShape? {
        switch localName {
        case "string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN":
            return .string(minLength: 0, maxLength: nil)
        case "anyURI": return .anyURI(maxLength: nil)
        case "ID": return .id
        case "IDREF": return .idref
        case "boolean": return .boolean
        case "base64Binary": return .base64Binary(minLength: 0, maxLength: nil)
        case "hexBinary": return .hexBinary(minLength: 0, maxLength: nil)
        default:
            return integer(localName).map { .integer($0.shape) }
        }
    }

    static func integer(_ localName: String) -> IntegerRange? {
        switch localName {
        case "byte": IntegerRange(.int8, -128, 127)
        case "short": IntegerRange(.int16, -32768, 32767)
        case "int": IntegerRange(.int32, Int128(Int32.min), Int128(Int32.max))
        case "long": IntegerRange(.int64, Int128(Int64.min), Int128(Int64.max))
        case "unsignedByte": IntegerRange(.uint8, 0, 255)
        case "unsignedShort": IntegerRange(.uint16, 0, 65535)
        case "unsignedInt": IntegerRange(.uint32, 0, Int128(UInt32.max))
        case "unsignedLong": IntegerRange(.uint64, 0, Int128(UInt64.max))
        case "integer": IntegerRange(.unbounded, nil, nil)
        case "nonNegativeInteger": IntegerRange(.unbounded, 0, nil)
        case "positiveInteger": IntegerRange(.unbounded, 1, nil)
        case "nonPositiveInteger": IntegerRange(.unbounded, nil, 0)
        case "negativeInteger": IntegerRange(.unbounded, nil, -1)
        default: nil
        }
    }

    /// What EXI puts into the local-name partitions before the schema does (appendix D.3), in its order.
    static let localNames = [
        "ENTITIES", "ENTITY", "ID", "IDREF", "IDREFS", "NCName", "NMTOKEN", "NMTOKENS", "NOTATION", "Name", "QName",
        "anySimpleType", "anyType", "anyURI", "base64Binary", "boolean", "byte", "date", "dateTime", "decimal",
        "double", "duration", "float", "gDay", "gMonth", "gMonthDay", "gYear", "gYearMonth", "hexBinary", "int",
        "integer", "language", "long", "negativeInteger", "nonNegativeInteger", "nonPositiveInteger",
        "normalizedString", "positiveInteger", "short", "string", "time", "token", "unsignedByte", "unsignedInt",
        "unsignedLong", "unsignedShort",
    ]
}

/// A range of integers on its way from facet to facet.
struct IntegerRange: Hashable {
    var base: IntegerShape.Base
    /// Inclusive; nil is unbounded.
    var minimum: Int128?
    /// Inclusive; nil is unbounded.
    var maximum: Int128?

    init(_ base: IntegerShape.Base, _ minimum: Int128?, _ maximum: Int128?) {
        self.base = base
        self.minimum = minimum
        self.maximum = maximum
    }

    /// A range of at most this many values is coded in n bits (EXI 1.0 7.1.9).
    static let largestBitRange: Int128 = 4096

    var shape: IntegerShape {
        IntegerShape(
            base: base, minimum: minimum.map { String($0) } ?? "", maximum: maximum.map { String($0) } ?? "",
            representation: representation)
    }

    private var representation: IntegerShape.Representation {
        if let minimum, let maximum, maximum - minimum < Self.largestBitRange, let offset = Int(exactly: minimum) {
            let last = UInt64(clamping: maximum - minimum)
            return .bits(width: UInt64.bitWidth - last.leadingZeroBitCount, offset: offset)
        }
        if let minimum, minimum >= 0 {
            return .unsigned
        }
        return .signed
    }
}

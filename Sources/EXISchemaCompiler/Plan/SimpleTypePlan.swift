/// A simple type: named (`faultCodeType`), or anonymous.
package struct SimpleTypePlan: Hashable, Sendable {
    /// The schema's name, a built-in name in the XSD namespace, or nil when anonymous.
    package var name: QName?
    /// Of an anonymous type: the path to it, such as ["RelativeTimeIntervalType", "start"]. Empty for a named one.
    package var owner: [String]
    package var shape: SimpleShape
}

/// The lexical family of a simple type after EXI's mapping (EXI 1.0 table 7-1), with the facets that remain.
package enum SimpleShape: Hashable, Sendable {
    /// xs:string and what derives from it, except the cases below. Lengths in characters.
    case string(minLength: Int, maxLength: Int?)
    /// xs:anyURI. Length in characters.
    case anyURI(maxLength: Int?)
    /// xs:ID: a string on the wire, an NCName in XML.
    case id
    /// xs:IDREF: a string on the wire, an NCName in XML.
    case idref
    /// xs:boolean without a pattern: one bit.
    case boolean
    case integer(IntegerShape)
    /// A restriction of a string type to listed values; an n-bit index in schema order (7.2).
    case enumeration(values: [String])
    /// Lengths in octets.
    case base64Binary(minLength: Int, maxLength: Int?)
    /// Lengths in octets.
    case hexBinary(minLength: Int, maxLength: Int?)
}

/// Value range after facets, and which EXI representation it takes (EXI 1.0 7.1.5, 7.1.9).
package struct IntegerShape: Hashable, Sendable {
    /// The smallest built-in XSD type in the chain of bases: xs:byte is int8, xs:unsignedLong is uint64, xs:integer is
    /// unbounded.
    package enum Base: String, Hashable, Sendable {
        case int8, int16, int32, int64, uint8, uint16, uint32, uint64, unbounded
    }

    package enum Representation: Hashable, Sendable {
        /// The range holds at most 4096 values: `width` bits of value minus `offset`, the minimum.
        case bits(width: Int, offset: Int)
        /// The minimum is zero or more: Unsigned Integer (7.1.6).
        case unsigned
        /// Sign bit, then magnitude (7.1.5).
        case signed
    }

    package var base: Base
    /// Decimal, inclusive; "" when unbounded.
    package var minimum: String
    /// Decimal, inclusive; "" when unbounded.
    package var maximum: String
    package var representation: Representation
}

/// The type of an element or attribute.
package enum TypePlanRef: Hashable, Sendable {
    case simple(SimpleTypePlan)
    /// Index in `GrammarPlan.complexTypes`.
    case complex(Int)
}

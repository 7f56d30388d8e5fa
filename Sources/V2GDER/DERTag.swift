/// An identifier octet (X.690 8.1.2); only the one-byte form, which is all that X.509 needs.
public struct DERTag: Sendable, Hashable {
    public let rawValue: UInt8

    public init(_ rawValue: UInt8) { self.rawValue = rawValue }

    /// `[number]` holding the type's primitive bytes, `number` 0...30.
    public static func contextPrimitive(_ number: UInt8) -> DERTag { DERTag(0x80 | (number & 0x1f)) }
    /// `[number]` holding further elements, `number` 0...30.
    public static func contextConstructed(_ number: UInt8) -> DERTag { DERTag(0xa0 | (number & 0x1f)) }

    public static let boolean = DERTag(0x01)
    public static let integer = DERTag(0x02)
    public static let bitString = DERTag(0x03)
    public static let octetString = DERTag(0x04)
    public static let null = DERTag(0x05)
    public static let objectIdentifier = DERTag(0x06)
    public static let enumerated = DERTag(0x0a)
    public static let utf8String = DERTag(0x0c)
    public static let printableString = DERTag(0x13)
    public static let teletexString = DERTag(0x14)
    public static let ia5String = DERTag(0x16)
    public static let utcTime = DERTag(0x17)
    public static let generalizedTime = DERTag(0x18)
    public static let universalString = DERTag(0x1c)
    public static let bmpString = DERTag(0x1e)
    public static let sequence = DERTag(0x30)
    public static let set = DERTag(0x31)

    /// Whether the content is a series of elements.
    public var isConstructed: Bool { rawValue & 0x20 != 0 }
}

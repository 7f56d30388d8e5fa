/// Why bytes are not a document of the schema, with the bit where it shows and what the grammar expected there.
///
/// Small and without references, so that throwing it costs nothing on the way that does not throw.
public struct EXIError: Error, Hashable, Sendable {
    /// The kinds of refusal.
    public enum Code: UInt8, Hashable, Sendable {
        /// The header is not the single octet 0x80 (EXI 1.0, 5).
        case badHeader
        /// The bytes end where more is needed.
        case truncated
        /// An event code that has no production in this state.
        case unexpectedEvent
        /// The code of a schema deviation (second-level production): `xsi:type`, undeclared elements and the like.
        case deviation
        /// A value outside the range, or an enumeration index that has no name.
        case valueOutOfRange
        /// Text or octets of a length that the schema forbids.
        case badLength
        /// A code point that XML forbids.
        case invalidCharacter
        /// Text that is no `xs:ID`.
        case invalidName
        /// An integer of more octets than its value needs, or of more than the type can hold.
        case badInteger
        /// An element of an abstract type or head of a substitution group.
        case abstractElement
        /// An element name with several types in the schema, which only the element fragment grammar covers.
        case ambiguousElement
        /// A string table hit where the settings allow literals only, or one to an entry that does not exist.
        case stringTableHit
        /// A qualified name that the string tables do not have, where one is needed.
        case unknownName
        /// A qualified name that is written out although the string tables hold it.
        case repeatedName
        /// An element for a wildcard that excludes its namespace.
        case excludedNamespace
        /// Elements nested deeper than ``EXIOptions/maximumDepth``.
        case tooDeep
        /// Octets other than zero after the end of the document, or padding bits that are not zero.
        case trailingData
    }

    public let code: Code
    /// Position from the start of the bytes, in bits; the header octet is bits 0 to 7.
    public let bit: Int
    /// Names of productions, parted by `|`, each after its width in bits.
    private let layout: StaticString
    /// What was found instead: an event code, a length, a value. Meaning depends on ``code``.
    public let found: UInt64

    /// Which item of `layout` it is, where that lists several.
    private let item: Int

    @usableFromInline
    package init(_ code: Code, bit: Int, expected layout: StaticString, item: Int = 0, found: UInt64 = 0) {
        self.code = code
        self.bit = bit
        self.layout = layout
        self.item = item
        self.found = found
    }

    /// The production, datatype or element that the grammar expected there, in the notation of the EXI specification.
    public var expected: String {
        let items = layout.description.split(separator: "|")
        guard items.indices.contains(item) else { return layout.description }
        return String(items[item].drop { $0.isNumber }.drop { $0 == " " })
    }

    /// The same error in bytes that `distance` bits precede, such as a V2GTP header.
    public func moved(by distance: Int) -> EXIError {
        EXIError(code, bit: bit &+ distance, expected: layout, item: item, found: found)
    }

    public static func == (left: EXIError, right: EXIError) -> Bool {
        left.code == right.code && left.bit == right.bit
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(bit)
    }
}

extension EXIError: CustomStringConvertible {
    public var description: String {
        let place = "at bit \(bit) (octet \(bit / 8)): "
        let reason =
            switch code {
            case .badHeader: "the EXI header is 0x\(String(found, radix: 16)), but V2G messages start with 0x80"
            case .truncated: "the bytes end, but \(expected) was expected"
            case .unexpectedEvent: "event code \(found) has no production here; expected \(expected)"
            case .deviation:
                "event code \(found) announces a deviation from the schema (undeclared content or xsi:type); "
                    + "expected \(expected)"
            case .valueOutOfRange: "value \(found) is outside the range of \(expected)"
            case .badLength: "length \(found) is outside the bounds of \(expected)"
            case .invalidCharacter: "code point U+\(String(found, radix: 16)) is no character of XML, in \(expected)"
            case .invalidName: "the text is no xs:ID, in \(expected)"
            case .badInteger: "an integer of \(found) octets or more is too long or not minimal, in \(expected)"
            case .abstractElement: "an abstract element cannot occur; expected \(expected)"
            case .ambiguousElement:
                "\(expected) is declared with several types, so a fragment of it has no typed grammar"
            case .stringTableHit: "a string table reference where only literals are allowed, in \(expected)"
            case .unknownName: "a name that is not in the string tables, in \(expected)"
            case .repeatedName: "a name is written out although the string tables hold it, in \(expected)"
            case .excludedNamespace: "an element of a namespace that the wildcard excludes; expected \(expected)"
            case .tooDeep: "elements nest deeper than \(found), in \(expected)"
            case .trailingData: "\(found) bits or octets after the end of the document are not zero"
            }
        return place + reason
    }
}

public import SchemaTypes

/// How an element with empty simple content is written: `<EVCCID/>`, or a certificate of no octets.
///
/// Both forms are EXI 1.0, and a reader takes both. They differ in bytes, and so in what a signature covers.
@frozen
public enum EmptyContent: Hashable, Sendable {
    /// SE, EE: the EE of the second level, since the schema has no production for it. What Canonical EXI (4.3) has, which
    /// the transforms of V2G signatures name; what EXIficient writes.
    case end
    /// SE, CH of length zero, EE. What encoders write that are made by cbexigen (EVerest), whose decoders know no
    /// second-level event codes.
    case characters
}

/// Elements of simple type whose content can be empty.
extension EXIWriter {
    /// The escape to the second level in a state whose only production is CH, and the second level's EE: 0 of 5 or 7
    /// productions, three bits either way (EXI 1.0, 8.5.4.4.1).
    @usableFromInline
    mutating func emptyElement(lengthOfZero: UInt64) {
        switch form.emptyContent {
        case .end: bits(0b1000, 4)
        case .characters: bits(lengthOfZero << 1, 10)
        }
    }

    /// Writes CH, text and EE.
    @inlinable
    package mutating func element<let lower: Int, let upper: Int>(_ value: Text<lower, upper>) {
        if value.string.isEmpty { return emptyElement(lengthOfZero: 2) }
        bits(0, 1)
        string(value.string)
        bits(0, 1)
    }

    /// Writes CH, octets and EE.
    @inlinable
    package mutating func element<let lower: Int, let upper: Int>(_ value: Base64Binary<lower, upper>) {
        if value.count == 0 { return emptyElement(lengthOfZero: 0) }
        bits(0, 1)
        octets(value)
        bits(0, 1)
    }

    /// Writes CH, octets and EE.
    @inlinable
    package mutating func element<let lower: Int, let upper: Int>(_ value: HexBinary<lower, upper>) {
        if value.count == 0 { return emptyElement(lengthOfZero: 0) }
        bits(0, 1)
        octets(value)
        bits(0, 1)
    }

    /// Writes CH, octets and EE.
    @inlinable
    package mutating func element<let lower: Int, let upper: Int>(_ value: LongHexBinary<lower, upper>) {
        if value.count == 0 { return emptyElement(lengthOfZero: 0) }
        bits(0, 1)
        octets(value)
        bits(0, 1)
    }

    /// The event code of octets behind attributes: 0 for CH, 1 for the escape to the end of the element.
    @inlinable
    package func contentCode<let lower: Int, let upper: Int>(_ value: Base64Binary<lower, upper>) -> Int {
        value.count == 0 && form.emptyContent == .end ? 1 : 0
    }

    /// Writes octets behind attributes, whose event code was written, and EE.
    @inlinable
    package mutating func content<let lower: Int, let upper: Int>(_ value: Base64Binary<lower, upper>) {
        if value.count == 0, form.emptyContent == .end { return bits(0, 3) }
        octets(value)
        bits(0, 1)
    }
}

/// Elements of simple type whose content can be empty.
extension EXIReader {
    /// Reads CH; or the end of an element without content, with or without the escape.
    ///
    /// - Returns: whether content follows.
    @inlinable
    @inline(__always)
    mutating func startsContent(_ expected: StaticString) throws(EXIError) -> Bool {
        if try bits(1, expected) == 0 { return true }
        try emptyEnd(expected)
        return false
    }

    /// Reads the second level's EE behind an escape.
    @usableFromInline
    mutating func emptyEnd(_ expected: StaticString) throws(EXIError) {
        let code = try bits(3, expected)
        guard code == 0 else {
            position -= 3
            throw error(.deviation, expected, found: code)
        }
    }

    /// Reads CH, text and EE.
    @inlinable
    package mutating func element<let lower: Int, let upper: Int>(
        as type: Text<lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> Text<lower, upper> {
        guard try startsContent(expected) else { return Text(unchecked: "") }
        let value = try text(as: type, expected)
        try expect(1, expected)
        return value
    }

    /// Reads CH, octets and EE.
    @inlinable
    package mutating func element<let lower: Int, let upper: Int>(
        as type: Base64Binary<lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> Base64Binary<lower, upper> {
        guard try startsContent(expected) else { return Base64Binary(unchecked: []) }
        let value = try octets(as: type, expected)
        try expect(1, expected)
        return value
    }

    /// Reads CH, octets and EE.
    @inlinable
    package mutating func element<let lower: Int, let upper: Int>(
        as type: HexBinary<lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> HexBinary<lower, upper> {
        // CH, the length, the octets and EE, where all is well.
        let head = window
        let count = Int(truncatingIfNeeded: head &>> 55)  // with the event code above it
        let after = position &+ 9 &+ count &* 8
        if count >= lower, count <= min(upper, 8), after &+ 1 <= end {
            let word = EXIReader.octets(bytes, at: position &+ 9, count: count)
            if Int64(bitPattern: EXIReader.word(bytes, at: after)) >= 0 {
                position = after &+ 1
                return HexBinary(unchecked: word, count: count)
            }
        }
        guard try startsContent(expected) else { return HexBinary(unchecked: 0, count: 0) }
        let value = try octets(as: type, expected)
        try expect(1, expected)
        return value
    }

    /// Reads CH, octets and EE.
    @inlinable
    package mutating func element<let lower: Int, let upper: Int>(
        as type: LongHexBinary<lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> LongHexBinary<lower, upper> {
        guard try startsContent(expected) else {
            return LongHexBinary(unchecked: InlineArray(repeating: 0), count: 0)
        }
        let value = try octets(as: type, expected)
        try expect(1, expected)
        return value
    }

    /// Reads an event code of `count` productions, the last of which is CH of content that can be empty.
    ///
    /// - Returns: the code; `count` for the escape to the end of the element, whose second part is left to be read.
    @inlinable
    package mutating func eventOrEmpty(of count: Int, _ expected: StaticString) throws(EXIError) -> Int {
        let start = position
        let code = Int(truncatingIfNeeded: try bits(EventCode.width(of: count), expected))
        guard code <= count else {
            position = start
            throw error(.unexpectedEvent, expected, found: UInt64(code))
        }
        return code
    }

    /// Reads octets behind attributes, and EE.
    ///
    /// - Parameter code: 0 for CH, 1 for the escape to the end of the element.
    @inlinable
    package mutating func content<let lower: Int, let upper: Int>(
        _ code: Int, as type: Base64Binary<lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> Base64Binary<lower, upper> {
        guard code == 0 else {
            try emptyEnd(expected)
            return Base64Binary(unchecked: [])
        }
        let value = try octets(as: type, expected)
        try expect(1, expected)
        return value
    }
}

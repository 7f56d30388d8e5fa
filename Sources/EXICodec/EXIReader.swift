/// Reads bit-packed EXI from borrowed bytes: n-bit values, integers, strings, octets and event codes.
///
/// Allocates nothing by itself. Every length is checked against its bound and against the bytes that are left before
/// anything is allocated for it. After a throw the reader's position is where the error was found.
///
/// Noncopyable, so that nothing copies it unasked: a copy counts three references.
@frozen
public struct EXIReader: ~Copyable, ~Escapable {
    @usableFromInline
    let bytes: RawSpan
    /// Position of the next bit.
    @usableFromInline
    package internal(set) var position: Int
    /// Number of bits.
    @usableFromInline
    let end: Int
    /// Set only while a document that refers to earlier strings is read a second time.
    @usableFromInline
    var strings: StringTable?
    /// Set by the first wildcard.
    @usableFromInline
    var wildcards: WildcardTables?
    /// What is accepted beyond the settings of V2G.
    @usableFromInline
    package let options: EXIOptions
    /// The schema set, for wildcards; without one every element of a wildcard is unknown.
    @usableFromInline
    let context: EXIContext?

    /// Reads from the first octet of `bytes`.
    @inlinable
    @_lifetime(copy bytes)
    package init(
        _ bytes: RawSpan, context: EXIContext? = nil, strings: StringTable? = nil, options: EXIOptions = EXIOptions()
    ) {
        self.bytes = bytes
        self.context = context
        position = 0
        end = bytes.byteCount * 8
        self.strings = strings
        self.options = options
    }

    /// Bits that are left.
    @inlinable
    package var remainingBits: Int { end - position }

    /// The next bits in the top of a word, at least 57 of them; zero beyond the end.
    @inlinable
    @inline(__always)
    var window: UInt64 { EXIReader.word(bytes, at: position) }

    /// At least 57 bits from `position` on, in the top of a word; zero beyond the end.
    ///
    /// Takes the bytes, not the reader: a call that took the reader would copy all of it.
    @inlinable
    @inline(__always)
    static func word(_ bytes: RawSpan, at position: Int) -> UInt64 {
        let byte = position >> 3
        let shift = UInt64(truncatingIfNeeded: position & 7)
        if byte &+ 8 <= bytes.byteCount {
            return unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: byte, as: UInt64.self).bigEndian &<< shift
        }
        return tail(bytes, from: byte) &<< shift
    }

    /// The last octets from `byte` on, in the top of a word.
    @usableFromInline
    @inline(never)
    static func tail(_ bytes: RawSpan, from byte: Int) -> UInt64 {
        let count = bytes.byteCount
        if count >= 8, byte < count {
            let word = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: count &- 8, as: UInt64.self).bigEndian
            return word << UInt64(truncatingIfNeeded: (byte &- (count &- 8)) &* 8)
        }
        var word: UInt64 = 0
        var shift: UInt64 = 56
        var index = byte
        while index < count {
            word |= UInt64(unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)) &<< shift
            shift = shift &- 8
            index += 1
        }
        return word
    }

    /// Reads an n-bit unsigned integer, most significant bit first (EXI 1.0, 7.1.9).
    ///
    /// - Parameter count: 1 to 57.
    @inlinable
    @inline(__always)
    package mutating func bits(_ count: Int, _ expected: StaticString) throws(EXIError) -> UInt64 {
        guard position &+ count <= end else { try EXIReader.fail(.truncated, bit: position, expected) }
        let value = window &>> UInt64(truncatingIfNeeded: 64 &- count)
        position &+= count
        return value
    }

    /// An error at the current position.
    @inlinable
    @inline(__always)
    package func error(_ code: EXIError.Code, _ expected: StaticString, found: UInt64 = 0) -> EXIError {
        EXIError(code, bit: position, expected: expected, found: found)
    }

    /// Throws an error. Out of line, so that the way that does not throw stays short.
    @usableFromInline
    @inline(never)
    static func fail(
        _ code: EXIError.Code, bit: Int, _ expected: StaticString, found: UInt64 = 0
    ) throws(EXIError) -> Never {
        throw EXIError(code, bit: bit, expected: expected, found: found)
    }

    /// Reads a group of `width` bits, 1 to 57, whose bits under `mask` are event codes that must equal `codes`.
    ///
    /// - Parameter layout: what the group consists of, as `WIDTH NAME` items parted by `|`, for the error; `NAME` alone for one
    ///   item.
    /// - Returns: the whole group; the caller takes the value fields out of it.
    @inlinable
    @inline(__always)
    package mutating func group(
        _ width: Int, mask: UInt64, codes: UInt64, _ layout: StaticString
    ) throws(EXIError) -> UInt64 {
        let value = window &>> UInt64(truncatingIfNeeded: 64 &- width)
        guard value & mask == codes, position &+ width <= end else {
            try EXIReader.mismatch(value, at: position, end, width: width, mask: mask, codes: codes, layout)
        }
        position &+= width
        return value
    }

    /// Reads the event code of a state with `count` productions (EXI 1.0, 6.2; non-strict: one more code escapes to the
    /// second level).
    ///
    /// - Returns: `0..<count`.
    @inlinable
    @inline(__always)
    package mutating func event(of count: Int, _ expected: StaticString) throws(EXIError) -> Int {
        let width = EventCode.width(of: count)
        let code = window &>> UInt64(truncatingIfNeeded: 64 &- width)
        guard code < UInt64(truncatingIfNeeded: count), position &+ width <= end else {
            try EXIReader.badEvent(code, of: count, width, at: position, end, expected)
        }
        position &+= width
        return Int(truncatingIfNeeded: code)
    }

    /// Throws what is wrong with an event code.
    @usableFromInline
    @inline(never)
    static func badEvent(
        _ code: UInt64, of count: Int, _ width: Int, at position: Int, _ end: Int, _ expected: StaticString
    ) throws(EXIError) -> Never {
        guard position &+ width <= end else { throw EXIError(.truncated, bit: position, expected: expected) }
        let isEscape = code == UInt64(truncatingIfNeeded: count)
        throw EXIError(isEscape ? .deviation : .unexpectedEvent, bit: position, expected: expected, found: code)
    }

    /// Reads the header, the single octet 0x80 (EXI 1.0, 5: distinguishing bits, no options, version 1).
    @inlinable
    @inline(__always)
    package mutating func header() throws(EXIError) {
        let octet = try bits(8, "the EXI header")
        guard octet == 0x80 else { try EXIReader.fail(.badHeader, bit: 0, "the EXI header", found: octet) }
    }

    /// Checks what follows the document, and notes what was unusual about it.
    ///
    /// One call for both: asking the reader for something after its last use would copy it.
    @usableFromInline
    mutating func finish(_ notes: inout EXINotes) throws(EXIError) {
        notes.wildcardForm = wildcardForm
        notes.trailingOctets = try finish()
    }

    /// Checks what follows the document: padding bits and octets must be zero.
    ///
    /// - Returns: number of zero octets after the document. Some cars send one; nothing is read from them.
    package mutating func finish() throws(EXIError) -> Int {
        let padding = (8 - position & 7) & 7
        if padding > 0, try bits(padding, "padding") != 0 {
            position -= padding
            throw error(.trailingData, "padding of zero bits", found: UInt64(padding))
        }
        let first = position >> 3
        for byte in first..<bytes.byteCount
        where unsafe bytes.unsafeLoad(fromUncheckedByteOffset: byte, as: UInt8.self) != 0 {
            position = byte * 8
            throw error(.trailingData, "the end of the document", found: UInt64(bytes.byteCount - byte))
        }
        return bytes.byteCount - first
    }

    /// Finds which item of a group is wrong, and throws it.
    @usableFromInline
    @inline(never)
    static func mismatch(
        _ value: UInt64, at position: Int, _ end: Int, width: Int, mask: UInt64, codes: UInt64, _ layout: StaticString
    ) throws(EXIError) -> Never {
        var offset = 0
        let items = layout.description.split(separator: "|")
        for (item, text) in items.enumerated() {
            // A group of one item may go without its width.
            let size = Int(text.prefix { $0 != " " }) ?? (items.count == 1 ? width : 0)
            guard size > 0, offset + size <= width else { break }
            let bit = position + offset
            guard bit + size <= end else { throw EXIError(.truncated, bit: bit, expected: layout, item: item) }
            let shift = UInt64(width - offset - size)
            let field = (UInt64(1) << UInt64(size)) - 1
            let found = value >> shift & field
            let code = codes >> shift & field
            if mask >> shift & field != 0, found != code {
                throw EXIError(
                    found == code + 1 ? .deviation : .unexpectedEvent, bit: bit, expected: layout, item: item,
                    found: found)
            }
            offset += size
        }
        throw EXIError(.truncated, bit: position, expected: layout)
    }
}

/// The width of event codes.
@frozen
public enum EventCode {
    /// Bits of the first part of an event code in a state with `count` productions of one part: the second-level
    /// productions that non-strict grammars have in every state take one more value (EXI 1.0, 6.2 and 8.5.4.4.1).
    @inlinable
    @inline(__always)
    package static func width(of count: Int) -> Int {
        Int.bitWidth &- count.leadingZeroBitCount
    }
}

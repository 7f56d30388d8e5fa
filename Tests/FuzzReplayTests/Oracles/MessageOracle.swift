public import EXICodec
public import SchemaTypes
import V2GMessageText

/// What holds for every sequence of octets given to the codec of a message set.
///
/// The first octet of an input chooses: 1 a fragment instead of a document; 2 references to earlier strings refused;
/// 4 wildcards that nest four levels at most; 8 fragments of names with several types by one of the types. The rest is decoded. Either it is refused, at a bit that it has; or the
/// value is encoded to octets that decode to an equal value and are made of it again. What is not the input must be
/// explained: by remarks of the decoder, or by empty content in its other form. The value's JSON reads back as an equal
/// value, and it has XML.
///
/// Text takes longer than all else, so `check` looks at it for one input of 64, chosen by its octets.
public struct MessageOracle<Element: EXIElement>: ~Copyable {
    @usableFromInline var buffer = EXIBuffer(capacity: 1 << 17)
    @usableFromInline var again = EXIBuffer(capacity: 1 << 17)
    /// Whether text is made of every input.
    @usableFromInline let alwaysText: Bool

    public init(alwaysText: Bool = false) { self.alwaysText = alwaysText }

    @inlinable
    public mutating func check(_ input: Span<UInt8>) throws(OracleFailure) {
        guard input.count > 0 else { return }
        let choice = input[0]
        let bytes = input.extracting(1..<input.count)
        let options = EXIOptions(
            acceptsStringTableHits: choice & 2 == 0, maximumDepth: choice & 4 == 0 ? 32 : 4,
            ambiguousFragments: choice & 8 == 0 ? .elementFragment : .typed)
        let wantsText = alwaysText || Self.isChosen(input)
        var notes = EXINotes()
        let value: Element
        do throws(EXIError) {
            value = try Self.decode(bytes, isFragment: choice & 1 != 0, options, &notes)
        } catch {
            return try Self.check(error, bits: bytes.count * 8, describes: wantsText)
        }
        try checkOctets(of: value, bytes, isFragment: choice & 1 != 0, options, notes)
        if wantsText { try Self.checkText(of: value, hasUnknownElements: notes.wildcardForm != nil) }
    }

    @inlinable
    static func decode(
        _ bytes: Span<UInt8>, isFragment: Bool, _ options: EXIOptions, _ notes: inout EXINotes
    ) throws(EXIError) -> Element {
        isFragment
            ? try Element(decodingFragment: bytes, options: options, notes: &notes)
            : try Element(decodingDocument: bytes, options: options, notes: &notes)
    }

    @usableFromInline
    static func check(_ error: EXIError, bits: Int, describes: Bool) throws(OracleFailure) {
        guard (0...bits).contains(error.bit) else {
            throw OracleFailure("the error is at bit \(error.bit) of \(bits): \(error)")
        }
        if describes, error.description.isEmpty { throw OracleFailure("an error without a description") }
    }

    @inlinable
    mutating func checkOctets(
        of value: Element, _ bytes: Span<UInt8>, isFragment: Bool, _ options: EXIOptions, _ notes: EXINotes
    ) throws(OracleFailure) {
        try Self.encode(value, isFragment: isFragment, Self.form(notes, options, .end), into: &buffer)
        if Self.areEqual(buffer.bytes, bytes) {
            // What was decoded is what is encoded: nothing is left to be compared.
            return
        }
        try Self.requireEqual(value, buffer.bytes, isFragment: isFragment, options)
        try Self.encode(value, isFragment: isFragment, Self.form(notes, options, .characters), into: &again)
        if !Self.areEqual(buffer.bytes, again.bytes) {
            try Self.requireEqual(value, again.bytes, isFragment: isFragment, options)
        } else if notes == EXINotes() {
            throw OracleFailure("the octets are not the ones that the value is encoded to, and nothing tells why")
        }
    }

    /// Checks that `octets` decode to `value`, and that what they decode to is encoded to them.
    @usableFromInline
    static func requireEqual(
        _ value: Element, _ octets: Span<UInt8>, isFragment: Bool, _ options: EXIOptions
    ) throws(OracleFailure) {
        var notes = EXINotes()
        let second: Element
        do throws(EXIError) {
            second = try decode(octets, isFragment: isFragment, options, &notes)
        } catch {
            throw OracleFailure("what was encoded does not decode: \(error)")
        }
        guard second == value else { throw OracleFailure("what was encoded decodes to another value") }
        guard notes.trailingOctets == 0, !notes.usedStringTable else {
            throw OracleFailure("what was encoded is remarked on: \(notes)")
        }
        var buffer = EXIBuffer()
        try encode(second, isFragment: isFragment, form(notes, options, .end), into: &buffer)
        if areEqual(buffer.bytes, octets) { return }
        try encode(second, isFragment: isFragment, form(notes, options, .characters), into: &buffer)
        guard areEqual(buffer.bytes, octets) else {
            throw OracleFailure("what was encoded is encoded to other octets the second time")
        }
    }

    @inlinable
    static func form(_ notes: EXINotes, _ options: EXIOptions, _ emptyContent: EmptyContent) -> EXIForm {
        EXIForm(
            wildcards: notes.wildcardForm ?? .anyType, emptyContent: emptyContent,
            ambiguousFragments: options.ambiguousFragments)
    }

    @inlinable
    static func encode(
        _ value: Element, isFragment: Bool, _ form: EXIForm, into buffer: inout EXIBuffer
    ) throws(OracleFailure) {
        do throws(SchemaViolation) {
            if isFragment {
                try value.encodeFragment(into: &buffer, form: form)
            } else {
                try value.encodeDocument(into: &buffer, form: form)
            }
        } catch {
            throw OracleFailure("what was decoded cannot be encoded: \(error.message)")
        }
    }

    @usableFromInline
    static func checkText(of value: Element, hasUnknownElements: Bool) throws(OracleFailure) {
        let (json, read) = try roundTrip(value)
        if read == value { return }
        // The attributes of unknown elements come back in the order of their names: the same text in another order.
        let (sorted, readAgain) = try roundTrip(read)
        guard hasUnknownElements, readAgain == read, json.utf8.sorted() == sorted.utf8.sorted() else {
            throw OracleFailure("the JSON reads as another value: \(json.prefix(2000))")
        }
    }

    private static func roundTrip(_ value: Element) throws(OracleFailure) -> (json: String, read: Element) {
        do throws(MessageTextError) {
            _ = try MessageText.xml(value)
            let json = try MessageText.json(value)
            return (json, try MessageText.decode(Element.self, json: json, userInfo: Element.textInfo))
        } catch {
            throw OracleFailure("what was decoded has no text, or its text is refused: \(error)")
        }
    }

    @inlinable
    static func areEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }

    /// One input of 64, by FNV-1a over its octets.
    @inlinable
    static func isChosen(_ input: Span<UInt8>) -> Bool {
        var hash: UInt32 = 0x811c_9dc5
        for index in 0..<input.count { hash = (hash ^ UInt32(input[index])) &* 0x0100_0193 }
        return (hash ^ hash >> 16) & 63 == 0
    }
}

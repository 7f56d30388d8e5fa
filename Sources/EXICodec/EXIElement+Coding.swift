public import SchemaTypes

/// Documents (EXI 1.0, 8.5.1): the header, the root element and nothing else.
///
/// The document grammar has one production for each of the n global elements, and SE(*) after them. The other
/// productions need preserve options that V2G switches off, so event codes are n-bit integers without an escape, of as
/// many bits as n needs. Behind the root only the end can stand, which takes no bits.
extension EXIElement {
    /// Reads a document.
    ///
    /// - Throws: ``EXIError`` with the bit where the bytes leave the schema.
    @inlinable
    public init(decodingDocument bytes: Span<UInt8>, options: EXIOptions = EXIOptions()) throws(EXIError) {
        var notes = EXINotes()
        self = try Self.document(bytes, options, &notes)
    }

    /// Reads a document and tells what was unusual about it.
    ///
    /// - Parameter notes: replaced; meaningless after a throw.
    /// - Throws: ``EXIError`` with the bit where the bytes leave the schema.
    @inlinable
    public init(
        decodingDocument bytes: Span<UInt8>, options: EXIOptions = EXIOptions(), notes: inout EXINotes
    ) throws(EXIError) {
        self = try Self.document(bytes, options, &notes)
    }

    /// Writes a document.
    ///
    /// - Parameter form: the choices that EXI leaves to an encoder.
    /// - Throws: ``SchemaViolation`` for an element that is not global and so cannot be the root; nothing is written.
    @inlinable
    public func encodeDocument(
        into buffer: inout EXIBuffer, form: EXIForm = EXIForm()
    ) throws(SchemaViolation) {
        guard let code = documentCode else { throw .notGlobal }
        try buffer.encode(context: Self.context, form: form) { writer in
            writer.header()
            writer.event(code, of: Self.documentProductions)
            writeContent(to: &writer)
        }
    }

    /// The octets of a document.
    ///
    /// - Throws: ``SchemaViolation`` for an element that is not global and so cannot be the root.
    public func encodedDocument(form: EXIForm = EXIForm()) throws(SchemaViolation) -> [UInt8] {
        var buffer = EXIBuffer()
        try encodeDocument(into: &buffer, form: form)
        return buffer.array
    }

    @inlinable
    static func document(
        _ bytes: Span<UInt8>, _ options: EXIOptions, _ notes: inout EXINotes
    ) throws(EXIError) -> Self {
        notes = EXINotes()
        do {
            return try document(bytes, options, nil, &notes)
        } catch {
            guard error.code == .stringTableHit, options.acceptsStringTableHits else { throw error }
        }
        notes.usedStringTable = true
        return try document(bytes, options, StringTable(), &notes)
    }

    @inlinable
    static func document(
        _ bytes: Span<UInt8>, _ options: EXIOptions, _ strings: StringTable?, _ notes: inout EXINotes
    ) throws(EXIError) -> Self {
        var reader = unsafe EXIReader(bytes.bytes, context: context, strings: strings, options: options)
        try reader.header()
        let code = try reader.event(of: documentProductions, "SE of a global element")
        let element = try read(document: code, from: &reader)
        try reader.finish(&notes)
        return element
    }
}

/// Fragments (EXI 1.0, 8.5.2) of one element, such as a signature covers.
///
/// The fragment grammar has one production for each of the n element names of the set, then SE(*) and ED. As in
/// documents there is no escape: event codes have as many bits as n + 1 needs.
extension EXIElement {
    /// Reads a fragment that holds exactly one element.
    ///
    /// - Throws: ``EXIError`` with the bit where the bytes leave the schema.
    @inlinable
    public init(decodingFragment bytes: Span<UInt8>, options: EXIOptions = EXIOptions()) throws(EXIError) {
        var notes = EXINotes()
        self = try Self.fragment(bytes, options, &notes)
    }

    /// Reads a fragment that holds exactly one element, and tells what was unusual about it.
    ///
    /// - Parameter notes: replaced; meaningless after a throw.
    /// - Throws: ``EXIError`` with the bit where the bytes leave the schema.
    @inlinable
    public init(
        decodingFragment bytes: Span<UInt8>, options: EXIOptions = EXIOptions(), notes: inout EXINotes
    ) throws(EXIError) {
        self = try Self.fragment(bytes, options, &notes)
    }

    /// Writes a fragment of this element alone.
    ///
    /// - Parameter form: the choices that EXI leaves to an encoder.
    /// - Throws: ``SchemaViolation`` for an element whose name the schema declares with several types; nothing is
    ///   written.
    @inlinable
    public func encodeFragment(
        into buffer: inout EXIBuffer, form: EXIForm = EXIForm()
    ) throws(SchemaViolation) {
        guard let code = fragmentCode else { throw .ambiguousFragment }
        try buffer.encode(context: Self.context, form: form) { writer in
            writer.header()
            writer.event(code, of: Self.fragmentProductions &+ 1)
            writeContent(to: &writer)
            writer.event(Self.fragmentProductions &+ 1, of: Self.fragmentProductions &+ 1)
        }
    }

    /// The octets of a fragment of this element alone.
    ///
    /// - Throws: ``SchemaViolation`` for an element whose name the schema declares with several types.
    public func encodedFragment(form: EXIForm = EXIForm()) throws(SchemaViolation) -> [UInt8] {
        var buffer = EXIBuffer()
        try encodeFragment(into: &buffer, form: form)
        return buffer.array
    }

    @inlinable
    static func fragment(
        _ bytes: Span<UInt8>, _ options: EXIOptions, _ notes: inout EXINotes
    ) throws(EXIError) -> Self {
        notes = EXINotes()
        do {
            return try fragment(bytes, options, nil, &notes)
        } catch {
            guard error.code == .stringTableHit, options.acceptsStringTableHits else { throw error }
        }
        notes.usedStringTable = true
        return try fragment(bytes, options, StringTable(), &notes)
    }

    @inlinable
    static func fragment(
        _ bytes: Span<UInt8>, _ options: EXIOptions, _ strings: StringTable?, _ notes: inout EXINotes
    ) throws(EXIError) -> Self {
        var reader = unsafe EXIReader(bytes.bytes, context: context, strings: strings, options: options)
        try reader.header()
        let code = try reader.fragmentEvent(of: fragmentProductions)
        let element = try Self(fragment: code, reading: &reader)
        try reader.fragmentEnd(of: fragmentProductions)
        try reader.finish(&notes)
        return element
    }
}

extension EXIReader {
    /// Reads the event code of an element in a fragment with `count` SE productions.
    @usableFromInline
    mutating func fragmentEvent(of count: Int) throws(EXIError) -> Int {
        let start = position
        let code = Int(truncatingIfNeeded: try bits(EventCode.width(of: count &+ 1), "SE in a fragment"))
        guard code < count else {
            position = start
            throw error(code == count ? .deviation : .unexpectedEvent, "SE in a fragment", found: UInt64(code))
        }
        return code
    }

    /// Reads the end of a fragment with `count` SE productions.
    @usableFromInline
    mutating func fragmentEnd(of count: Int) throws(EXIError) {
        let start = position
        let code = Int(truncatingIfNeeded: try bits(EventCode.width(of: count &+ 1), "ED of a fragment"))
        guard code == count &+ 1 else {
            position = start
            throw error(.unexpectedEvent, "ED of a fragment", found: UInt64(code))
        }
    }
}

extension SchemaViolation {
    @usableFromInline
    static var notGlobal: SchemaViolation {
        SchemaViolation(
            "the element is not global in its schema set, so it cannot be the root of a document; encode it as a fragment"
        )
    }

    @usableFromInline
    static var ambiguousFragment: SchemaViolation {
        SchemaViolation(
            "the schema set declares the element's name with several types, so a fragment of it has no typed grammar; "
                + "encode an element around it")
    }
}

extension EXIElement {
    /// What a decoder of text needs in its `userInfo` to read elements of wildcards.
    public static var textInfo: [CodingUserInfoKey: Any] {
        guard let key = CodingUserInfoKey.exiContext else { return [:] }
        return [key: context]
    }
}

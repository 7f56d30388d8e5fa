/// One element: where it stands in the input that its reader holds.
public struct DERElement: Sendable, Hashable {
    public let tag: DERTag
    /// Identifier, length and content.
    public let range: Range<Int>
    /// The content alone.
    public let content: Range<Int>
}

/// Reads DER (X.690) strictly, from the front, without recursion: the caller's schema says what comes next.
///
/// Every length is checked against the bytes that are there before anything is made from it, so hostile input costs at
/// most its own size. Positions are offsets into the whole input, so an error always names the real place.
public struct DERReader: Sendable {
    /// The whole input.
    public let bytes: [UInt8]
    /// Where the next element starts.
    public private(set) var offset: Int
    /// Where this reader's part of the input ends.
    public let end: Int

    /// Reads all of `bytes`.
    public init(_ bytes: [UInt8]) {
        self.init(bytes, in: 0..<bytes.count)
    }

    private init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    public var isAtEnd: Bool { offset == end }

    /// The tag of the next element, `nil` at the end.
    public var nextTag: DERTag? { isAtEnd ? nil : DERTag(bytes[offset]) }

    /// Throws ``DERError/Kind-swift.enum/trailingBytes(count:)`` unless everything was read.
    public func finish() throws(DERError) {
        guard isAtEnd else { throw DERError(.trailingBytes(count: end - offset), at: offset) }
    }

    /// A reader for the elements inside a constructed element, or inside an octet string that holds DER.
    public func reader(inside element: DERElement) -> DERReader { DERReader(bytes, in: element.content) }

    /// The element's content bytes.
    public func content(of element: DERElement) -> ArraySlice<UInt8> { bytes[element.content] }

    /// The element's bytes with tag and length.
    public func encoding(of element: DERElement) -> ArraySlice<UInt8> { bytes[element.range] }

    /// Reads the next element, whatever it is.
    public mutating func read() throws(DERError) -> DERElement {
        let start = offset
        guard end - start >= 2 else { throw DERError(.truncated, at: start) }
        let identifier = bytes[start]
        guard identifier & 0x1f != 0x1f else { throw DERError(.highTagNumber, at: start) }
        var length = Int(bytes[start + 1])
        var contentStart = start + 2
        if length >= 0x80 {
            let count = length & 0x7f
            guard (1...4).contains(count) else { throw DERError(.badLength, at: start + 1) }
            guard end - contentStart >= count else { throw DERError(.truncated, at: start) }
            length = 0
            for index in contentStart..<contentStart + count { length = length << 8 | Int(bytes[index]) }
            guard bytes[contentStart] != 0, length >= 0x80 else { throw DERError(.badLength, at: start + 1) }
            contentStart += count
        }
        guard length <= end - contentStart else { throw DERError(.truncated, at: start) }
        offset = contentStart + length
        return DERElement(tag: DERTag(identifier), range: start..<offset, content: contentStart..<offset)
    }

    /// Reads the next element, which must have the tag.
    public mutating func read(_ tag: DERTag) throws(DERError) -> DERElement {
        guard let next = nextTag else { throw DERError(.truncated, at: offset) }
        guard next == tag else {
            throw DERError(.unexpectedTag(found: next.rawValue, expected: tag.rawValue), at: offset)
        }
        return try read()
    }

    /// Reads the next element if it has the tag.
    public mutating func readOptional(_ tag: DERTag) throws(DERError) -> DERElement? {
        guard nextTag == tag else { return nil }
        return try read()
    }

    /// Reads a `SEQUENCE` and returns a reader for what it holds.
    public mutating func readSequence() throws(DERError) -> DERReader { reader(inside: try read(.sequence)) }
}

/// Reads TLS presentation language (RFC 8446 section 3): big endian numbers and vectors with their length before them.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    /// A number of 1 to 3 octets, `nil` at the end.
    mutating func readNumber(octets: Int) -> Int? {
        guard let slice = read(octets) else { return nil }
        return slice.reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func read(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, bytes.endIndex - position >= count else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// A vector whose length takes so many octets.
    mutating func readVector(lengthOctets: Int) -> ArraySlice<UInt8>? {
        guard let count = readNumber(octets: lengthOctets) else { return nil }
        return read(count)
    }
}

extension DERReader {
    /// Reads a `BOOLEAN`: `00` or `FF` (X.690 11.1).
    public mutating func readBoolean() throws(DERError) -> Bool {
        let element = try read(.boolean)
        guard element.content.count == 1 else { throw DERError(.badValue("a BOOLEAN of several bytes"), at: offset) }
        switch bytes[element.content.lowerBound] {
        case 0x00: return false
        case 0xff: return true
        default:
            throw DERError(.badValue("a BOOLEAN that is neither 00 nor FF"), at: element.content.lowerBound)
        }
    }

    /// Reads an `INTEGER` (or another type in its encoding, such as `ENUMERATED`) and returns its two's complement
    /// bytes, which are minimal and never empty.
    public mutating func readIntegerBytes(_ tag: DERTag = .integer) throws(DERError) -> ArraySlice<UInt8> {
        let element = try read(tag)
        let content = bytes[element.content]
        guard let first = content.first else {
            throw DERError(.badValue("an INTEGER without content"), at: element.range.lowerBound)
        }
        if content.count > 1 {
            let second = content[content.startIndex + 1]
            guard !(first == 0x00 && second < 0x80), !(first == 0xff && second >= 0x80) else {
                throw DERError(.badValue("an INTEGER that is not minimal"), at: element.range.lowerBound)
            }
        }
        return content
    }

    /// Reads an `INTEGER` that must fit `0...Int32.max`.
    public mutating func readSmallInteger(_ tag: DERTag = .integer) throws(DERError) -> Int {
        let start = offset
        let content = try readIntegerBytes(tag)
        guard let first = content.first, first < 0x80, content.count <= 5 else {
            throw DERError(.badValue("an INTEGER out of range"), at: start)
        }
        let value = content.reduce(0) { $0 << 8 | Int($1) }
        guard value <= Int(Int32.max) else { throw DERError(.badValue("an INTEGER out of range"), at: start) }
        return value
    }

    /// Reads a `NULL`.
    public mutating func readNull() throws(DERError) {
        let element = try read(.null)
        guard element.content.isEmpty else {
            throw DERError(.badValue("a NULL with content"), at: element.range.lowerBound)
        }
    }

    /// Reads an `OCTET STRING`'s bytes.
    public mutating func readOctetString() throws(DERError) -> ArraySlice<UInt8> {
        bytes[try read(.octetString).content]
    }

    /// Reads a `BIT STRING` of whole bytes, as keys and signatures are.
    public mutating func readBitStringBytes() throws(DERError) -> ArraySlice<UInt8> {
        let element = try read(.bitString)
        let content = bytes[element.content]
        guard content.first == 0 else {
            throw DERError(.badValue("a BIT STRING that is not whole bytes"), at: element.range.lowerBound)
        }
        return content.dropFirst()
    }

    /// Reads a `BIT STRING` of named bits (X.690 11.2.2: no trailing zero bits), at most 32 of them: bit 0 of the
    /// string is bit 0 of the result.
    public mutating func readNamedBits(_ tag: DERTag = .bitString) throws(DERError) -> UInt32 {
        let element = try read(tag)
        let content = bytes[element.content]
        let at = element.range.lowerBound
        guard let unused = content.first, unused < 8, content.count <= 5 else {
            throw DERError(.badValue("a BIT STRING of named bits that is malformed or too long"), at: at)
        }
        let data = content.dropFirst()
        guard let last = data.last else {
            guard unused == 0 else { throw DERError(.badValue("an empty BIT STRING with unused bits"), at: at) }
            return 0
        }
        guard last & ((1 << unused) - 1) == 0, last & (1 << unused) != 0 else {
            throw DERError(.badValue("a BIT STRING of named bits with trailing zero bits"), at: at)
        }
        var value: UInt32 = 0
        for (index, byte) in data.enumerated() {
            for bit in 0..<8 where byte & (0x80 >> bit) != 0 { value |= 1 << UInt32(index * 8 + bit) }
        }
        return value
    }

    /// Reads an `OBJECT IDENTIFIER`.
    public mutating func readObjectIdentifier() throws(DERError) -> ObjectIdentifier {
        let element = try read(.objectIdentifier)
        guard let identifier = ObjectIdentifier(content: Array(bytes[element.content])) else {
            throw DERError(.badValue("a malformed OBJECT IDENTIFIER"), at: element.range.lowerBound)
        }
        return identifier
    }
}

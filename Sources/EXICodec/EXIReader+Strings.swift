public import SchemaTypes

/// Strings (EXI 1.0, 7.1.10 and 7.3.3). The settings of V2G allow literals only; see ``StringTable`` for peers that
/// refer to earlier strings all the same.
extension EXIReader {
    /// Reads text of bounded length.
    @inlinable
    package mutating func text<let lower: Int, let upper: Int>(
        as type: Text<lower, upper>.Type, _ expected: StaticString
    ) throws(EXIError) -> Text<lower, upper> {
        Text(unchecked: try string(lower, upper, expected))
    }

    /// Reads text without bounds.
    @inlinable
    package mutating func string(_ expected: StaticString) throws(EXIError) -> String {
        try string(0, .max, expected)
    }

    /// Reads an `xs:ID` or `xs:IDREF`.
    package mutating func identifier(_ expected: StaticString) throws(EXIError) -> XMLID {
        let start = position
        guard let name = XMLID(name: try string(0, .max, expected)) else {
            throw EXIError(.invalidName, bit: start, expected: expected)
        }
        return name
    }

    /// Reads a string of `lower...upper` characters.
    ///
    /// - Parameter expected: the qualified name of the element or attribute, which also names its partition of the
    ///   string table.
    @usableFromInline
    package mutating func string(
        _ lower: Int, _ upper: Int, _ expected: StaticString
    ) throws(EXIError) -> String {
        let start = position
        let code = try unsigned(expected)
        guard code >= 2 else {
            return try tableHit(code, lower, upper, expected, .declared(expected.description))
        }
        let count = code - 2
        guard count >= UInt64(truncatingIfNeeded: lower), count <= UInt64(truncatingIfNeeded: upper) else {
            throw EXIError(.badLength, bit: start, expected: expected, found: count)
        }
        guard count <= UInt64(truncatingIfNeeded: remainingBits >> 3) else { throw error(.truncated, expected) }
        let result = try characters(Int(truncatingIfNeeded: count), expected)
        strings?.add(result, to: .declared(expected.description))
        return result
    }

    /// Reads `count` code points, which were checked to be there as far as one octet each.
    mutating func characters(_ count: Int, _ expected: StaticString) throws(EXIError) -> String {
        guard count > 0 else { return "" }
        let start = position
        if count > 15, let text = WellKnownText.find(count, in: bytes, at: start) {  // shorter ones lie in the value
            position = start + count * 8
            return text
        }
        if isPrintableASCII(count) {
            let source = bytes
            position = start + count * 8
            return unsafe String(unsafeUninitializedCapacity: count) { buffer in
                unsafe EXIReader.copy(
                    source, from: start >> 3, shift: UInt64(start & 7), into: UnsafeMutableRawBufferPointer(buffer))
                return count
            }
        }
        var scalars = String.UnicodeScalarView()
        for _ in 0..<count {
            let at = position
            let code = try unsigned(expected)
            guard let value = UInt32(exactly: code), let scalar = Unicode.Scalar(value), XMLCharacters.allows(scalar)
            else { throw EXIError(.invalidCharacter, bit: at, expected: expected, found: code) }
            scalars.append(scalar)
        }
        return String(scalars)
    }

    /// Whether the next `count` octets are ASCII of 0x20 and above: one octet a character, no look at each.
    private func isPrintableASCII(_ count: Int) -> Bool {
        var position = position
        var rest = count
        while rest > 0 {
            let part = min(7, rest)
            // The octets past `part` are made blanks.
            let blanks: UInt64 = 0x2020_2020_2020_2020 >> UInt64(part * 8)
            let keep = ~(UInt64.max >> UInt64(part * 8))
            let word = EXIReader.word(bytes, at: position) & keep | blanks
            // The top bit of an octet shows in `word` itself when it is 0x80 or more, and is lost by adding 0x60 to an
            // octet below 0x20.
            let low = (word & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x6060_6060_6060_6060
            guard (word | ~low) & 0x8080_8080_8080_8080 == 0 else { return false }
            position += part * 8
            rest -= part
        }
        return true
    }

    /// Reads a string of the element or attribute `name` of a wildcard.
    mutating func string(of name: QualifiedName, _ expected: StaticString) throws(EXIError) -> String {
        let code = try unsigned(expected)
        let partition = strings == nil ? .wildcard(name) : partition(of: name)
        guard code >= 2 else { return try tableHit(code, 0, .max, expected, partition) }
        guard code - 2 <= UInt64(truncatingIfNeeded: remainingBits >> 3) else { throw error(.truncated, expected) }
        let result = try characters(Int(truncatingIfNeeded: code - 2), expected)
        strings?.add(result, to: partition)
        return result
    }

    /// The partition of a name of a wildcard, which the schema may use elsewhere.
    private func partition(of name: QualifiedName) -> StringTable.Partition {
        wildcards?.declaredLocalName(name).map { .declared($0) } ?? .wildcard(name)
    }

    /// Answers a reference to an earlier string (7.3.3), when strings are being remembered.
    private mutating func tableHit(
        _ code: UInt64, _ lower: Int, _ upper: Int, _ expected: StaticString,
        _ partition: @autoclosure () -> StringTable.Partition
    ) throws(EXIError) -> String {
        guard let strings else { throw error(.stringTableHit, expected, found: code) }
        let partition = code == 0 ? partition() : nil
        let count = strings.count(partition)
        guard count > 0 else { throw error(.stringTableHit, expected, found: code) }
        let width = EventCode.width(of: count - 1)  // ceil(log2(count))
        let index = width == 0 ? 0 : Int(truncatingIfNeeded: try bits(width, expected))
        guard let entry = strings.entry(partition, at: index) else {
            throw error(.stringTableHit, expected, found: UInt64(index))
        }
        guard entry.length >= lower, entry.length <= upper else {
            throw error(.badLength, expected, found: UInt64(entry.length))
        }
        guard strings.charge(entry) else {
            throw error(.badLength, "at most 1048576 characters by reference", found: UInt64(entry.length))
        }
        return entry.string
    }
}

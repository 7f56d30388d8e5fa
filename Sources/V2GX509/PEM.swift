internal import V2GPrimitives

/// One block of textual encoding (RFC 7468).
public struct PEMBlock: Sendable, Hashable {
    /// The words after `BEGIN`, such as `CERTIFICATE`.
    public let label: String
    public let der: [UInt8]

    public init(label: String, der: [UInt8]) {
        self.label = label
        self.der = der
    }

    /// The block as text: 64 characters a line, a line feed at the end.
    public var text: String {
        var result = "-----BEGIN \(label)-----\n"
        let encoded = Array(Base64.encode(der).utf8)
        var index = 0
        while index < encoded.count {
            let end = min(index + 64, encoded.count)
            result += String(decoding: encoded[index..<end], as: UTF8.self) + "\n"
            index = end
        }
        return result + "-----END \(label)-----\n"
    }
}

/// Why text is not PEM.
public struct PEMError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Line number, from 1.
    public let line: Int
    public let description: String
}

/// Reads textual encodings (RFC 7468): text around the blocks is passed over, what is inside them is strict.
public enum PEM {
    /// Most bytes of input.
    public static let maximumLength = 256 << 20

    /// All blocks of a text, in order; none is not an error.
    public static func blocks(in text: [UInt8]) throws(PEMError) -> [PEMBlock] {
        guard text.count <= maximumLength else { throw PEMError(line: 1, description: "the text is too long for PEM") }
        var found: [PEMBlock] = []
        var label: String?
        var content: [UInt8] = []
        var openedAt = 0
        var number = 0
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let trimmed = line.trimmingBlanks()
            for boundary in ["BEGIN", "END"]
            where trimmed.boundary(boundary)?.utf8.allSatisfy({ 0x20..<0x7f ~= $0 }) == false {
                // Labels reach error messages, so nothing may be in them that a terminal obeys (RFC 7468 3).
                throw PEMError(
                    line: number, description: "the label of \(boundary) holds characters that are not printable ASCII")
            }
            if let begun = trimmed.boundary("BEGIN") {
                guard label == nil else {
                    throw PEMError(line: number, description: "a block begins inside the block of line \(openedAt)")
                }
                (label, content, openedAt) = (begun, [], number)
            } else if let ended = trimmed.boundary("END") {
                guard label == ended else {
                    throw PEMError(line: number, description: "END \(ended) without its BEGIN")
                }
                guard let der = Base64.decode(content) else {
                    throw PEMError(line: openedAt, description: "the block holds characters that are not base64")
                }
                found.append(PEMBlock(label: ended, der: der))
                label = nil
            } else if label != nil {
                content.append(contentsOf: trimmed)
            }
        }
        guard label == nil else { throw PEMError(line: openedAt, description: "the block has no END line") }
        return found
    }
}

extension ArraySlice<UInt8> {
    fileprivate func trimmingBlanks() -> ArraySlice<UInt8> {
        var rest = self
        while let last = rest.last, last == 0x20 || last == 0x0d || last == 0x09 { rest.removeLast() }
        return rest.drop { $0 == 0x20 || $0 == 0x09 }
    }

    /// The label of a `-----WORD label-----` line.
    fileprivate func boundary(_ word: String) -> String? {
        let prefix = Array("-----\(word) ".utf8)
        let suffix = Array("-----".utf8)
        guard count > prefix.count + suffix.count, starts(with: prefix), self.suffix(5).elementsEqual(suffix) else {
            return nil
        }
        return String(decoding: dropFirst(prefix.count).dropLast(suffix.count), as: UTF8.self)
    }
}

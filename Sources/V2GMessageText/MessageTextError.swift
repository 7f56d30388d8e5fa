/// Why text is not a message, or a message cannot be written as text. Switch on ``code``; the rest is for people.
public struct MessageTextError: Error, Sendable, Hashable {
    /// The kinds of refusal.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String { case notJSON, tooLarge, tooDeep, duplicateKey, notOfSchema, notEncodable }
        private let value: Value
        public var description: String { value.rawValue }

        /// The text is no JSON, or no valid UTF-8.
        public static let notJSON = Code(value: .notJSON)
        /// More octets than the caller allows; see ``MessageText/maximumJSONOctets``.
        public static let tooLarge = Code(value: .tooLarge)
        /// More levels than ``MessageText/maximumJSONDepth``.
        public static let tooDeep = Code(value: .tooDeep)
        /// An object has the same key twice.
        public static let duplicateKey = Code(value: .duplicateKey)
        /// A field is missing, unknown, of the wrong type, or has a value that the schema forbids.
        public static let notOfSchema = Code(value: .notOfSchema)
        /// The value cannot be written in this form.
        public static let notEncodable = Code(value: .notEncodable)
    }

    public let code: Code
    /// Where: names from the top, such as `V2G_Message.Body.SessionSetupReq.EVCCID` or `Entry[2]`; empty for the top.
    public let path: String
    /// Octet of the text at which it stops being JSON; nothing for errors of content.
    public let offset: Int?
    /// What was wrong.
    public let reason: String
    /// What to do about it.
    public let remedy: String

    init(_ code: Code, at path: String, offset: Int? = nil, _ reason: String, remedy: String) {
        self.code = code
        self.path = path
        self.offset = offset
        self.reason = reason
        self.remedy = remedy
    }
}

extension MessageTextError: CustomStringConvertible {
    /// Path, position, reason and remedy in one line.
    public var description: String {
        let octet = offset.map { "octet \($0)" }
        let place = [path.isEmpty ? nil : path, octet].compactMap { $0 }.joined(separator: ", ")
        return (place.isEmpty ? "" : place + ": ") + reason + "; " + remedy
    }
}

extension MessageTextError {
    /// An error that a type threw while it was read.
    init(decoding error: any Error) {
        switch error {
        case let error as MessageTextError: self = error
        case DecodingError.keyNotFound(let key, let context):
            self.init(
                .notOfSchema, at: Path.text(context.codingPath + [key]), "the field is missing",
                remedy: "the schema requires it: add it")
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            self.init(
                .notOfSchema, at: Path.text(context.codingPath), context.debugDescription,
                remedy: "write the value in that form")
        case DecodingError.dataCorrupted(let context):
            self.init(
                .notOfSchema, at: Path.text(context.codingPath), context.debugDescription,
                remedy: "give what the schema allows here")
        default:
            self.init(.notOfSchema, at: "", "\(error)", remedy: "give what the schema allows")
        }
    }

    /// An error that a type threw while it was written.
    init(encoding error: any Error) {
        switch error {
        case let error as MessageTextError: self = error
        case EncodingError.invalidValue(_, let context):
            self.init(
                .notEncodable, at: Path.text(context.codingPath), context.debugDescription,
                remedy: "give a value that has a text form")
        default:
            self.init(.notEncodable, at: "", "\(error)", remedy: "give a value that has a text form")
        }
    }
}

/// The place of a value, for errors.
enum Path {
    /// `A.B[2].C`
    static func text(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + clipped(key.stringValue)
            }
        }
    }

    /// A name from the text, cut where it is too long for a message, and without control characters.
    static func clipped(_ name: String) -> String {
        let scalars = name.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars)) + (name.unicodeScalars.count > 80 ? "..." : "")
    }
}

/// A place in an array.
struct IndexKey: CodingKey {
    let intValue: Int?
    var stringValue: String { intValue.map { "\($0)" } ?? "" }

    init(_ index: Int) { intValue = index }
    init?(intValue: Int) { self.init(intValue) }
    init?(stringValue: String) { nil }
}

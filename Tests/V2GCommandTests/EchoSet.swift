import EXICodec
import SchemaTypes

@testable import v2g

/// A schema set in miniature: `Echo` holds text and is global, `Part` holds a number and stands in fragments only.
enum EchoElement: EXIElement {
    case echo(Text<0, 40>)
    case part(UInt8)

    static let context = EXIContext(namespaces: [""], localNames: [["Echo", "Part"]])
    static var documentProductions: Int { 1 }
    static var fragmentProductions: Int { 2 }

    static let echoKey = FieldKey("Echo", in: "urn:echo")
    static let partKey = FieldKey("Part", in: "urn:echo")

    init(document code: Int, reading reader: inout EXIReader) throws(EXIError) {
        self = .echo(try reader.text(as: Text<0, 40>.self, "Echo"))
    }

    init(fragment code: Int, reading reader: inout EXIReader) throws(EXIError) {
        if code == 0 {
            try self.init(document: 0, reading: &reader)
        } else {
            self = .part(UInt8(truncatingIfNeeded: try reader.bits(8, "Part")))
        }
    }

    var documentCode: Int? {
        if case .echo = self { 0 } else { nil }
    }

    var fragmentCode: Int? {
        if case .echo = self { 0 } else { 1 }
    }

    func writeContent(to writer: inout EXIWriter) {
        switch self {
        case .echo(let text): writer.text(text)
        case .part(let number): writer.bits(UInt64(number), 8)
        }
    }

    init(from decoder: any Decoder) throws {
        var reader = try FieldReader(decoder)
        switch try reader.single() {
        case "Echo": self = .echo(try reader.required(Self.echoKey))
        case "Part": self = .part(try reader.required(Self.partKey))
        default: throw reader.noneOf("Echo, Part")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var writer = FieldWriter(encoder)
        switch self {
        case .echo(let text): try writer.write(text, Self.echoKey)
        case .part(let number): try writer.write(number, Self.partKey)
        }
    }

    static let codec = MessageCodec(EchoElement.self)

    /// The hexadecimal digits of the document that holds `text`.
    static func hex(_ text: String) throws -> String {
        HexText.text(of: try EchoElement.echo(Text(text)).encodedDocument())
    }
}

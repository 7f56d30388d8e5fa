import Foundation
import SchemaTypes
import Testing

/// Values as text, by way of `Codable`.
@Suite struct FieldTests {
    private enum Mode: UInt8, SchemaEnumeration {
        case ac, dcCore
        static let schemaNames = ["AC", "DC_core"]
    }

    /// A complex type as the schema compiler generates it.
    private struct Sample: Codable, Equatable {
        var id: XMLID?
        var session: HexBinary<0, 8>
        var certificate: Base64Binary<0, 800>?
        var percent: Ranged<Int8, 0, 100>
        var name: Text<0, 4>
        var mode: Mode
        var serial: UnboundedInteger
        var count: Positive<UInt32>
        var list: BoundedList<UInt8, 1, 2>
        var more: BoundedList<UInt8, 0, 2>

        private static func key(_ name: String) -> FieldKey { FieldKey(name, in: "urn:test") }

        init() throws {
            id = try XMLID("id1")
            session = try HexBinary([0xAB, 0xCD])
            certificate = try Base64Binary(Array("foob".utf8))
            percent = try Ranged(42)
            name = try Text("n")
            mode = .dcCore
            serial = try UnboundedInteger(decimal: "18446744073709551616")
            count = try Positive(7)
            list = try BoundedList([1, 2])
            more = try BoundedList([])
        }

        init(from decoder: any Decoder) throws {
            var fields = try FieldReader(decoder)
            id = try fields.optional(FieldKey("Id", in: "", role: .attribute))
            session = try fields.required(Self.key("Session"))
            certificate = try fields.optional(Self.key("Certificate"))
            percent = try fields.required(Self.key("Percent"))
            name = try fields.required(Self.key("Name"))
            mode = try fields.required(Self.key("Mode"))
            serial = try fields.required(Self.key("Serial"))
            count = try fields.required(Self.key("Count"))
            list = try fields.list(Self.key("List"))
            more = try fields.list(Self.key("More"))
            try fields.finish()
        }

        func encode(to encoder: any Encoder) throws {
            var fields = FieldWriter(encoder)
            try fields.write(optional: id, FieldKey("Id", in: "", role: .attribute))
            try fields.write(session, Self.key("Session"))
            try fields.write(optional: certificate, Self.key("Certificate"))
            try fields.write(percent, Self.key("Percent"))
            try fields.write(name, Self.key("Name"))
            try fields.write(mode, Self.key("Mode"))
            try fields.write(serial, Self.key("Serial"))
            try fields.write(count, Self.key("Count"))
            try fields.write(list: list, Self.key("List"))
            try fields.write(list: more, Self.key("More"))
        }
    }

    private static let fields = [
        "Id": #""id1""#, "Session": #""ABCD""#, "Certificate": #""Zm9vYg==""#, "Percent": "42", "Name": #""n""#,
        "Mode": #""DC_core""#, "Serial": #""18446744073709551616""#, "Count": "7", "List": "[1,2]",
    ]

    private static func json(_ changes: [String: String] = [:], without names: Set<String> = []) -> Data {
        let members = fields.merging(changes) { $1 }.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
        return Data("{\(members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}".utf8)
    }

    private static func decode(_ changes: [String: String] = [:], without names: Set<String> = []) throws -> Sample {
        try JSONDecoder().decode(Sample.self, from: json(changes, without: names))
    }

    @Test func valuesAreReadableText() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(try encoder.encode(Sample()) == Self.json())
        #expect(try Self.decode() == Sample())
    }

    @Test(arguments: ["Session", "Percent", "Name", "Mode", "Serial", "Count", "List"])
    func whatIsRequiredMustBeThere(_ name: String) {
        #expect(throws: DecodingError.self) { try Self.decode(without: [name]) }
    }

    @Test func whatIsOptionalMayBeLeftOutOrNull() throws {
        let null = try Self.decode(["Id": "null", "Certificate": "null", "More": "null"])
        for sample in [try Self.decode(without: ["Id", "Certificate"]), null] {
            #expect(sample.id == nil)
            #expect(sample.certificate == nil)
            #expect(sample.more.isEmpty)
        }
    }

    @Test(arguments: [
        ("Id", #""1""#), ("Session", #""A""#), ("Session", #""000000000000000000""#), ("Certificate", #""Zg""#),
        ("Percent", "101"), ("Percent", "-1"), ("Percent", "300"), ("Percent", "1.5"), ("Percent", #""1""#),
        ("Name", #""abcde""#), ("Name", #""\u0001""#), ("Name", "1"), ("Mode", #""DC""#), ("Mode", "1"),
        ("Serial", #""x""#), ("Serial", "1.5"), ("Count", "0"), ("Count", "4294967296"), ("List", "[]"),
        ("List", "[1,2,3]"), ("List", "[256]"), ("List", "1"), ("More", "[1,2,3]"), ("Surplus", "1"), ("id", #""id1""#),
    ])
    func valuesOutsideTheSchemaAreRefused(_ name: String, _ value: String) {
        #expect(throws: (any Error).self) { try Self.decode([name: value]) }
    }

    @Test func violationsTellTheirPlace() {
        do {
            _ = try Self.decode(["List": "[1,2,3]"])
            Issue.record("three elements were taken")
        } catch DecodingError.dataCorrupted(let context) {
            #expect(context.codingPath.map(\.stringValue) == ["List"])
            #expect(context.debugDescription.contains("1 to 2"))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func integersWithoutBoundAreReadFromNumbersToo() throws {
        #expect(try Self.decode(["Serial": "-5"]).serial == UnboundedInteger(-5))
        #expect(try Self.decode(["Serial": "18446744073709551615"]).serial == UnboundedInteger(UInt64.max))
    }

    @Test func enumerationsHaveTheNamesOfTheSchema() {
        #expect(Mode.allCases.map(\.schemaName) == ["AC", "DC_core"])
        #expect(Mode(schemaName: "DC_core") == .dcCore)
        #expect(Mode(schemaName: "dcCore") == nil)
    }

    @Test func keysOfWildcardsCarryTheirNamespace() {
        let element = FieldKey(wildcard: "Hint", in: "urn:x", role: .element)
        #expect(element.stringValue == "{urn:x}Hint")
        #expect(element.localName == "Hint")
        #expect(element.namespace == "urn:x")
        #expect(FieldKey(wildcard: "Hint", in: "", role: .element).stringValue == "{}Hint")
        #expect(FieldKey(wildcard: "level", in: "", role: .attribute).stringValue == "@level")
        #expect(FieldKey(wildcard: "level", in: "urn:x", role: .attribute).stringValue == "@{urn:x}level")
        #expect(FieldKey("Name", in: "urn:x").localName == "Name")
    }
}

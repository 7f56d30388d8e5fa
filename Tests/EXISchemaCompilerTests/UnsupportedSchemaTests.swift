import Testing

@testable import EXISchemaCompiler

/// What the compiler does not map is refused with file, line and construct; nothing is passed over.
@Suite struct UnsupportedSchemaTests {
    struct Case: CustomTestStringConvertible {
        var name: String
        var schema: String
        /// A word that the construct or the detail must name.
        var word: String
        var reason: SchemaError.Reason = .unsupported
        var testDescription: String { name }
    }

    private static func type(_ content: String, attributes: String = "") -> String {
        "<xs:complexType name=\"T\"\(attributes)>\(content)</xs:complexType>"
    }

    private static func sequence(_ content: String) -> String {
        type("<xs:sequence>\(content)</xs:sequence>")
    }

    private static func restriction(_ base: String, _ facets: String) -> String {
        "<xs:simpleType name=\"S\"><xs:restriction base=\"\(base)\">\(facets)</xs:restriction></xs:simpleType>"
    }

    static let constructs: [Case] = [
        Case(
            name: "pattern", schema: restriction("xs:string", "<xs:pattern value=\"[a-z]\"/>"),
            word: "xs:pattern \"[a-z]\""),
        Case(
            name: "totalDigits", schema: restriction("xs:integer", "<xs:totalDigits value=\"3\"/>"), word: "totalDigits"
        ),
        Case(
            name: "bound of a decimal", schema: restriction("xs:integer", "<xs:maxInclusive value=\"1.5\"/>"),
            word: "maxInclusive"),
        Case(
            name: "enumeration of integers", schema: restriction("xs:byte", "<xs:enumeration value=\"1\"/>"),
            word: "enumeration"),
        Case(
            name: "list", schema: "<xs:simpleType name=\"S\"><xs:list itemType=\"xs:byte\"/></xs:simpleType>",
            word: "xs:list"),
        Case(
            name: "union", schema: "<xs:simpleType name=\"S\"><xs:union memberTypes=\"xs:byte\"/></xs:simpleType>",
            word: "xs:union"),
        Case(name: "double", schema: "<xs:element name=\"e\" type=\"xs:double\"/>", word: "xs:double"),
        Case(name: "dateTime in an unused type", schema: restriction("xs:dateTime", ""), word: "xs:dateTime"),
        Case(
            name: "nillable", schema: "<xs:element name=\"e\" type=\"xs:string\" nillable=\"true\"/>", word: "nillable"),
        Case(
            name: "nillable local element",
            schema: sequence("<xs:element name=\"e\" type=\"xs:string\" nillable=\"1\"/>"),
            word: "nillable"),
        Case(name: "default", schema: "<xs:element name=\"e\" type=\"xs:string\" default=\"x\"/>", word: "default"),
        Case(
            name: "fixed attribute", schema: type("<xs:attribute name=\"a\" type=\"xs:string\" fixed=\"x\"/>"),
            word: "fixed"),
        Case(name: "block", schema: "<xs:element name=\"e\" type=\"xs:string\" block=\"#all\"/>", word: "block"),
        Case(name: "all", schema: type("<xs:all><xs:element name=\"e\" type=\"xs:string\"/></xs:all>"), word: "xs:all"),
        Case(name: "anyAttribute", schema: type("<xs:anyAttribute/>"), word: "anyAttribute"),
        Case(name: "element without type", schema: "<xs:element name=\"e\"/>", word: "anyType"),
        Case(name: "attribute without type", schema: type("<xs:attribute name=\"a\"/>"), word: "anySimpleType"),
        Case(
            name: "identity constraint",
            schema: """
                <xs:element name="e" type="xs:string"><xs:unique name="u"><xs:selector xpath="."/>\
                <xs:field xpath="."/></xs:unique></xs:element>
                """, word: "xs:unique"),
        Case(name: "notation", schema: "<xs:notation name=\"n\" public=\"p\"/>", word: "xs:notation"),
        Case(name: "redefine", schema: "<xs:redefine schemaLocation=\"x.xsd\"/>", word: "xs:redefine"),
        Case(
            name: "restriction of complex content",
            schema: type(
                "<xs:complexContent><xs:restriction base=\"t:B\"><xs:sequence/></xs:restriction></xs:complexContent>"),
            word: "xs:restriction"),
        Case(
            name: "restriction of simple content",
            schema: type("<xs:simpleContent><xs:restriction base=\"t:B\"/></xs:simpleContent>"), word: "xs:restriction"),
        Case(
            name: "empty choice", schema: type("<xs:choice/>"), word: "xs:choice"),
        Case(name: "foreign element", schema: "<f:extra xmlns:f=\"urn:f\"/>", word: "{urn:f}extra"),
    ]

    static let mistakes: [Case] = [
        Case(
            name: "unknown type", schema: "<xs:element name=\"e\" type=\"t:no\"/>", word: "{urn:t}no",
            reason: .unresolved),
        Case(
            name: "unknown element", schema: sequence("<xs:element ref=\"t:no\"/>"), word: "{urn:t}no",
            reason: .unresolved),
        Case(
            name: "unknown group", schema: type("<xs:group ref=\"t:no\"/>"), word: "{urn:t}no", reason: .unresolved),
        Case(
            name: "unknown attribute", schema: type("<xs:attribute ref=\"t:no\"/>"), word: "{urn:t}no",
            reason: .unresolved),
        Case(
            name: "unknown attribute group", schema: type("<xs:attributeGroup ref=\"t:no\"/>"), word: "{urn:t}no",
            reason: .unresolved),
        Case(
            name: "unknown head", schema: "<xs:element name=\"e\" type=\"xs:string\" substitutionGroup=\"t:no\"/>",
            word: "{urn:t}no", reason: .unresolved),
        Case(
            name: "unknown base",
            schema: type("<xs:complexContent><xs:extension base=\"t:no\"/></xs:complexContent>"), word: "{urn:t}no",
            reason: .unresolved),
        Case(
            name: "type declared twice", schema: type("") + type(""), word: "declared twice", reason: .invalid),
        Case(
            name: "element declared twice",
            schema: "<xs:element name=\"e\" type=\"xs:byte\"/><xs:element name=\"e\" type=\"xs:byte\"/>",
            word: "also declared", reason: .invalid),
        Case(
            name: "two types of one element",
            schema: "<xs:element name=\"e\" type=\"xs:byte\"><xs:complexType/></xs:element>",
            word: "more than one type",
            reason: .invalid),
        Case(
            name: "minOccurs above maxOccurs",
            schema: sequence("<xs:element name=\"e\" type=\"xs:byte\" minOccurs=\"3\" maxOccurs=\"2\"/>"),
            word: "minOccurs", reason: .invalid),
        Case(
            name: "negative occurrence",
            schema: sequence("<xs:element name=\"e\" type=\"xs:byte\" minOccurs=\"-1\"/>"), word: "minOccurs",
            reason: .invalid),
        Case(
            name: "type that extends itself",
            schema: type("<xs:complexContent><xs:extension base=\"t:T\"/></xs:complexContent>"), word: "itself",
            reason: .invalid),
        Case(
            name: "simple type that is its own base", schema: restriction("t:S", ""), word: "own base", reason: .invalid
        ),
        Case(
            name: "group that contains itself",
            schema: """
                <xs:group name="g"><xs:sequence><xs:group ref="t:g"/></xs:sequence></xs:group>
                """ + type("<xs:group ref=\"t:g\"/>"), word: "itself", reason: .invalid),
        Case(
            name: "no value left",
            schema: restriction("xs:byte", "<xs:minInclusive value=\"5\"/><xs:maxInclusive value=\"4\"/>"),
            word: "no value", reason: .invalid),
        Case(
            name: "no length left",
            schema: restriction("xs:string", "<xs:minLength value=\"5\"/><xs:maxLength value=\"4\"/>"),
            word: "no length",
            reason: .invalid),
        Case(
            name: "value listed twice",
            schema: restriction("xs:string", "<xs:enumeration value=\"a\"/><xs:enumeration value=\"a\"/>"),
            word: "twice", reason: .invalid),
        Case(
            name: "attribute declared twice",
            schema: type(
                "<xs:attribute name=\"a\" type=\"xs:ID\"/><xs:attribute name=\"a\" type=\"xs:ID\"/>"),
            word: "two attributes", reason: .invalid),
        Case(
            name: "one name with two types in a state",
            schema: type(
                "<xs:choice><xs:element name=\"e\" type=\"xs:ID\"/><xs:element name=\"e\" type=\"xs:byte\"/></xs:choice>"
            ),
            word: "two types", reason: .invalid),
        Case(name: "stray text", schema: sequence("text"), word: "text", reason: .invalid),
    ]

    @Test(arguments: constructs + mistakes)
    func isRefusedByName(_ test: Case) throws {
        let error = try #require(try SchemaFixture.refusal(test.schema))
        #expect(error.reason == test.reason)
        #expect(error.description.contains(test.word), "\(error)")
        #expect(error.place.file == "main.xsd")
        #expect(error.place.line >= 3)
    }

    @Test func whatIsSupportedIsNotRefused() throws {
        let schema =
            Self.restriction(
                "xs:string", "<xs:maxLength value=\"4\"/><xs:whiteSpace value=\"collapse\"/>")
            + Self.sequence("<xs:element name=\"e\" type=\"t:S\" nillable=\"false\"/>")
        #expect(try SchemaFixture.refusal(schema) == nil)
    }
}

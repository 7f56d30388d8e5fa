import Testing

@testable import EXISchemaCompiler

@Suite struct SchemaReaderTests {
    private let leaf = """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:leaf">
          <xs:element name="leaf" type="xs:string"/>
        </xs:schema>
        """

    private func importing(_ location: String, namespace: String = "urn:leaf") -> String {
        SchemaFixture.wrapped("<xs:import namespace=\"\(namespace)\" schemaLocation=\"\(location)\"/>")
    }

    private func refusal(_ files: [String: String], searchPath: [String] = []) throws -> SchemaError? {
        let fixture = try SchemaFixture(files)
        do {
            _ = try fixture.model("main.xsd", searchPath: searchPath)
            return nil
        } catch let error as SchemaError {
            return error
        }
    }

    // MARK: Files

    @Test func importIsFoundBesideTheFile() throws {
        let fixture = try SchemaFixture(["a/main.xsd": importing("../leaf.xsd"), "leaf.xsd": leaf])
        let model = try fixture.model("a/main.xsd")
        #expect(model.documents.map(\.file) == ["main.xsd", "leaf.xsd"])
        #expect(model.elements[QName("leaf", in: "urn:leaf")] != nil)
    }

    @Test func importIsFoundInTheSearchPath() throws {
        let fixture = try SchemaFixture(["a/main.xsd": importing("leaf.xsd"), "shared/leaf.xsd": leaf])
        #expect(try fixture.model("a/main.xsd", searchPath: ["shared"]).documents.count == 2)
        #expect(throws: SchemaError.self) { try fixture.model("a/main.xsd") }
    }

    @Test func filesThatImportEachOtherAreReadOnce() throws {
        let back = leaf.replacingFirst(
            "<xs:element", "<xs:import namespace=\"urn:t\" schemaLocation=\"main.xsd\"/><xs:element")
        let fixture = try SchemaFixture(["main.xsd": importing("leaf.xsd"), "leaf.xsd": back])
        #expect(try fixture.model("main.xsd").documents.count == 2)
    }

    @Test func copiesOfOneFileAreReadOnce() throws {
        let twice = SchemaFixture.wrapped(
            """
            <xs:import namespace="urn:leaf" schemaLocation="a/leaf.xsd"/>
            <xs:import namespace="urn:leaf" schemaLocation="b/leaf.xsd"/>
            """)
        let same = try SchemaFixture(["main.xsd": twice, "a/leaf.xsd": leaf, "b/leaf.xsd": leaf])
        #expect(try same.model("main.xsd").documents.count == 2)
        let differing = ["main.xsd": twice, "a/leaf.xsd": leaf, "b/leaf.xsd": leaf + "<!-- other -->"]
        #expect(try refusal(differing)?.reason == .invalid)
    }

    @Test func includeKeepsTheNamespace() throws {
        let part = SchemaFixture.wrapped("<xs:element name=\"part\" type=\"xs:string\"/>")
        let main = SchemaFixture.wrapped("<xs:include schemaLocation=\"part.xsd\"/>")
        let model = try SchemaFixture(["main.xsd": main, "part.xsd": part]).model("main.xsd")
        #expect(model.elements[QName("part", in: "urn:t")] != nil)
    }

    @Test func includeOfAnotherNamespaceIsRefused() throws {
        let main = SchemaFixture.wrapped("<xs:include schemaLocation=\"leaf.xsd\"/>")
        let error = try refusal(["main.xsd": main, "leaf.xsd": leaf])
        #expect(error?.reason == .invalid)
        #expect(error?.detail.contains("urn:leaf") == true)
    }

    @Test func importWithTheWrongNamespaceIsRefused() throws {
        let error = try refusal(["main.xsd": importing("leaf.xsd", namespace: "urn:other"), "leaf.xsd": leaf])
        #expect(error?.reason == .invalid)
    }

    @Test func locationOnTheWebIsNeverFetched() throws {
        let error = try refusal(["main.xsd": importing("http://127.0.0.1:1/leaf.xsd")])
        #expect(error?.reason == .unsupported)
        #expect(error?.place == SourcePlace(file: "main.xsd", line: 3))
    }

    @Test func missingFileNamesTheRemedy() throws {
        let error = try refusal(["other.xsd": leaf])
        #expect(error?.reason == .unreadable)
        #expect(error?.description.contains("fetch-schemas") == true)
    }

    @Test func digestIsOfTheBytes() throws {
        let empty = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"/>"
        let model = try SchemaFixture(["main.xsd": empty]).model("main.xsd")
        // printf '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>' | sha256sum
        #expect(model.documents.first?.sha256 == "d842a40bcc01ca25f96365f31c5385cd99397fb0d9938e7f81bb8d7959653e7e")
        #expect(model.documents.first?.namespace == "")
    }

    // MARK: XML

    @Test func documentTypeIsNeitherFetchedNorHarmful() throws {
        let schema = """
            <?xml version="1.0" encoding="utf-8"?>
            <!DOCTYPE schema PUBLIC "-//TEST//DTD NONE//EN" "http://127.0.0.1:1/none.dtd"
             [
               <!ATTLIST schema xmlns:t CDATA #FIXED "urn:t">
               <!ENTITY name 'urn:t'>
               <!ENTITY % p ''>
             ]>
            <schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
              <element name="value" type="t:short"/>
              <simpleType name="short"><restriction base="string"/></simpleType>
            </schema>
            """
        let model = try SchemaFixture(["main.xsd": schema]).model("main.xsd")
        #expect(model.elements[QName("value", in: "urn:t")]?.type == .named(QName("short", in: "urn:t")))
        #expect(model.simpleTypes.first?.base == .named(QName("string", in: MarkupNode.schemaNamespace)))
    }

    @Test(arguments: ["", "<schema", "plain text", "<a><b></a>"])
    func brokenMarkupIsUnreadable(_ text: String) throws {
        #expect(try refusal(["main.xsd": text])?.reason == .unreadable)
    }

    @Test func rootMustBeSchema() throws {
        #expect(try refusal(["main.xsd": "<schema/>"])?.reason == .invalid)
    }

    @Test func unboundPrefixIsRefused() throws {
        #expect(try refusal(["main.xsd": "<xs:schema/>"])?.reason == .unresolved)
        let type = SchemaFixture.wrapped("<xs:element name=\"a\" type=\"no:such\"/>")
        #expect(try refusal(["main.xsd": type])?.reason == .unresolved)
    }

    @Test func annotationsAreSkipped() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:annotation><xs:documentation>text <b xmlns="urn:html">bold</b></xs:documentation></xs:annotation>
            <xs:element name="a" type="xs:string"><xs:annotation/></xs:element>
            """)
        #expect(plan.globalElements.count == 1)
    }

    // MARK: Forms

    @Test func formDefaultsDecideTheNamespaceOfLocalNames() throws {
        func plan(_ forms: String) throws -> GrammarPlan {
            let schema = """
                <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" \(forms)>
                  <xs:complexType name="T">
                    <xs:sequence>
                      <xs:element name="e" type="xs:string"/>
                      <xs:element name="q" type="xs:string" form="qualified"/>
                      <xs:element name="u" type="xs:string" form="unqualified"/>
                    </xs:sequence>
                    <xs:attribute name="a" type="xs:string"/>
                    <xs:attribute name="b" type="xs:string" form="qualified"/>
                    <xs:attribute name="c" type="xs:string" form="unqualified"/>
                  </xs:complexType>
                </xs:schema>
                """
            return try GrammarPlanner(try SchemaFixture(["main.xsd": schema]).model("main.xsd"), set: "t").plan()
        }
        let plain = try plan("")
        #expect(plain.fragmentElements.map(\.name.namespace) == ["", "urn:t", ""])
        #expect(plain.fragmentAttributes.map(\.name.namespace) == ["", "urn:t", ""])
        let qualified = try plan("elementFormDefault=\"qualified\" attributeFormDefault=\"qualified\"")
        #expect(qualified.fragmentElements.map(\.name.namespace) == ["urn:t", "urn:t", ""])
        #expect(qualified.fragmentAttributes.map(\.name.namespace) == ["urn:t", "urn:t", ""])
    }
}

extension String {
    fileprivate func replacingFirst(_ part: String, _ replacement: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return replacingCharacters(in: range, with: replacement)
    }

    private func replacingCharacters(in range: Range<String.Index>, with replacement: String) -> String {
        String(self[..<range.lowerBound]) + replacement + String(self[range.upperBound...])
    }
}

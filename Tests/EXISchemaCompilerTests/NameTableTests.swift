import Testing

@testable import EXISchemaCompiler

@Suite struct NameTableTests {
    private let schema = """
        <xs:element name="b" type="xs:string"/>
        <xs:element name="B" type="t:T"/>
        <xs:element name="a" type="xs:string" abstract="true"/>
        <xs:complexType name="T"><xs:sequence><xs:element name="local" type="t:S"/>
          <xs:element name="loose" form="unqualified" type="xs:string"/><xs:element ref="t:b"/>
          <xs:any namespace="urn:wild ##local" minOccurs="0"/></xs:sequence>
          <xs:attribute name="Id" type="xs:ID"/></xs:complexType>
        <xs:simpleType name="S"><xs:restriction base="xs:string"/></xs:simpleType>
        """

    @Test func documentElementsAreSortedAndKeepAbstractOnes() throws {
        let plan = try SchemaFixture.plan(schema)
        #expect(plan.globalElements.map(\.name.localName) == ["B", "a", "b"])
        #expect(plan.globalElements.map(\.isAbstract) == [false, true, false])
    }

    @Test func fragmentHasLocalAndGlobalNamesOnce() throws {
        let plan = try SchemaFixture.plan(schema)
        #expect(plan.fragmentElements.map(\.name.localName) == ["B", "a", "b", "local", "loose"])
        #expect(plan.fragmentElements.allSatisfy { $0.type != nil })
        #expect(plan.fragmentAttributes.map(\.name) == [QName("Id", in: "")])
    }

    @Test func partitionsHoldElementsAttributesAndTypes() throws {
        let plan = try SchemaFixture.plan(schema)
        #expect(
            plan.namespaces == [
                "", "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2001/XMLSchema-instance",
                "http://www.w3.org/2001/XMLSchema", "urn:t", "urn:wild",
            ])
        #expect(plan.localNames[0] == ["Id", "loose"])
        #expect(plan.localNames[1] == ["base", "id", "lang", "space"])
        #expect(plan.localNames[2] == ["nil", "type"])
        #expect(plan.localNames[3].count == 46)
        #expect(plan.localNames[4] == ["B", "S", "T", "a", "b", "local"])
        #expect(plan.localNames[5] == [])
    }

    @Test func oneNameWithTwoTypesIsRelaxedInFragments() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:element name="same" type="xs:string"/><xs:element name="twice" type="xs:string"/>
            <xs:complexType name="T"><xs:sequence><xs:element name="same" type="xs:string"/>
              <xs:element name="twice" type="xs:byte"/></xs:sequence>
              <xs:attribute name="agreed" type="xs:ID"/><xs:attribute name="split" type="xs:ID"/></xs:complexType>
            <xs:complexType name="U"><xs:attribute name="agreed" type="xs:ID"/>
              <xs:attribute name="split" type="xs:byte"/></xs:complexType>
            """)
        #expect(plan.fragmentElements.map { $0.type == nil } == [false, true])
        #expect(plan.fragmentAttributes.map { $0.type == nil } == [false, true])
    }

    @Test func anonymousTypesOfOneNameAreNeverTheSame() throws {
        let part =
            "<xs:element name=\"p\"><xs:simpleType><xs:restriction base=\"xs:byte\"/></xs:simpleType></xs:element>"
        let plan = try SchemaFixture.plan(
            """
            <xs:complexType name="T"><xs:sequence>\(part)</xs:sequence></xs:complexType>
            <xs:complexType name="U"><xs:sequence>\(part)</xs:sequence></xs:complexType>
            """)
        #expect(plan.fragmentElements.map { $0.type == nil } == [true])
    }

    @Test func typesAreOrderedByNamespaceThenSchema() throws {
        let other = """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a">
              <xs:complexType name="Z"/><xs:complexType name="Y"/>
            </xs:schema>
            """
        let main = SchemaFixture.wrapped(
            "<xs:import namespace=\"urn:a\" schemaLocation=\"other.xsd\"/><xs:complexType name=\"M\"/>")
        let model = try SchemaFixture(["main.xsd": main, "other.xsd": other]).model("main.xsd")
        let plan = try GrammarPlanner(model, set: "test").plan()
        #expect(plan.complexTypes.map { $0.name?.localName } == ["Z", "Y", "M"])
        #expect(plan.sources.map(\.file) == ["main.xsd", "other.xsd"])
    }
}

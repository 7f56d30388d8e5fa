import Testing

@testable import EXISchemaCompiler

@Suite struct ComplexTypeTests {
    @Test func extensionPutsTheBaseFirst() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:complexType name="Derived"><xs:complexContent><xs:extension base="t:Base"><xs:sequence>
              <xs:element name="b" type="xs:string"/></xs:sequence><xs:attribute name="A" type="xs:string"/>
            </xs:extension></xs:complexContent></xs:complexType>
            <xs:complexType name="Base" abstract="true"><xs:sequence><xs:element name="c" type="xs:string"/></xs:sequence>
              <xs:attribute name="Z" type="xs:ID" use="required"/></xs:complexType>
            """)
        #expect(plan.states("Derived") == ["c>1", "b>2", "EE"])
        let derived = try #require(plan.complexType("Derived"))
        #expect(derived.base == QName("Base", in: "urn:t"))
        #expect(derived.attributes.map(\.name.localName) == ["A", "Z"])
        #expect(derived.attributes.map(\.isRequired) == [false, true])
        #expect(plan.complexType("Base")?.isAbstract == true)
        #expect(derived.isAbstract == false)
    }

    @Test func extensionOfNothingAndByNothing() throws {
        func extending(_ name: String, _ base: String, _ content: String) -> String {
            """
            <xs:complexType name="\(name)"><xs:complexContent><xs:extension base="t:\(base)">\(content)\
            </xs:extension></xs:complexContent></xs:complexType>
            """
        }
        let plan = try SchemaFixture.plan(
            "<xs:complexType name=\"Nothing\"/>"
                + extending("A", "Nothing", "<xs:sequence><xs:element name=\"a\" type=\"xs:string\"/></xs:sequence>")
                + extending("B", "A", "<xs:sequence/>") + extending("C", "Nothing", ""))
        #expect(plan.states("A") == ["a>1", "EE"])
        #expect(plan.states("B") == ["a>1", "EE"])
        #expect(plan.complexType("C")?.content == .empty)
    }

    @Test func simpleContentKeepsItsValueAndAttributes() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:simpleType name="S"><xs:restriction base="xs:string"><xs:maxLength value="5"/></xs:restriction>
            </xs:simpleType>
            <xs:complexType name="A"><xs:simpleContent><xs:extension base="t:S">
              <xs:attribute name="Id" type="xs:ID"/></xs:extension></xs:simpleContent></xs:complexType>
            <xs:complexType name="B"><xs:simpleContent><xs:extension base="t:A">
              <xs:attribute name="Code" type="xs:byte"/></xs:extension></xs:simpleContent></xs:complexType>
            """)
        let type = SimpleTypePlan(
            name: QName("S", in: "urn:t"), owner: [], shape: .string(minLength: 0, maxLength: 5))
        #expect(plan.complexType("A")?.content == .simple(type))
        #expect(plan.complexType("B")?.content == .simple(type))
        #expect(plan.complexType("B")?.attributes.map(\.name.localName) == ["Code", "Id"])
    }

    @Test func attributesAreSortedByNameThenNamespace() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:attribute name="Id" type="xs:ID"/>
            <xs:attributeGroup name="g"><xs:attribute name="URI" type="xs:anyURI"/></xs:attributeGroup>
            <xs:complexType name="T"><xs:attribute name="a" type="xs:string"/><xs:attributeGroup ref="t:g"/>
              <xs:attribute ref="t:Id" use="required"/><xs:attribute name="Id" type="xs:ID"/>
              <xs:attribute name="gone" type="xs:ID" use="prohibited"/></xs:complexType>
            """)
        #expect(
            plan.complexType("T")?.attributes.map(\.name) == [
                QName("Id", in: ""), QName("Id", in: "urn:t"), QName("URI", in: ""), QName("a", in: ""),
            ])
        #expect(plan.complexType("T")?.attributes.map(\.isRequired) == [false, true, false, false])
    }

    @Test func substitutionGroupIsSpreadOutAndSorted() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:element name="Head" type="t:Base" abstract="true"/>
            <xs:element name="Zeta" type="t:Derived" substitutionGroup="t:Head"/>
            <xs:element name="Alpha" type="t:Derived" substitutionGroup="t:Zeta"/>
            <xs:element name="Inherits" substitutionGroup="t:Head"/>
            <xs:element name="Other" type="t:Base"/>
            <xs:complexType name="Base"/>
            <xs:complexType name="Derived"><xs:complexContent><xs:extension base="t:Base"/></xs:complexContent>
            </xs:complexType>
            <xs:complexType name="Body"><xs:sequence><xs:element ref="t:Head" minOccurs="0"/></xs:sequence></xs:complexType>
            """)
        #expect(plan.states("Body") == ["Alpha>1 Head>1 Inherits>1 Zeta>1 EE", "EE"])
        guard case .elements(.sequence(let parts, .once), isMixed: false)? = plan.complexType("Body")?.content,
            case .element(let use, let occurs)? = parts.first
        else {
            Issue.record("Body is no sequence of one element")
            return
        }
        #expect(occurs == Occurs(0, 1))
        #expect(use.declared == QName("Head", in: "urn:t"))
        #expect(use.members.map(\.isAbstract) == [false, true, false, false])
        #expect(use.members.map(\.type) == [.complex(1), .complex(0), .complex(0), .complex(1)])
    }

    @Test func substitutionDoesNotReachLocalElements() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:element name="Head" type="xs:string"/>
            <xs:element name="Sub" type="xs:string" substitutionGroup="t:Head"/>
            <xs:complexType name="T"><xs:sequence><xs:element name="Head" type="xs:string"/></xs:sequence></xs:complexType>
            """)
        #expect(plan.states("T") == ["Head>1", "EE"])
    }

    @Test func mixedBaseNeedsAMixedExtension() throws {
        let base = """
            <xs:complexType name="Base" mixed="true"><xs:sequence><xs:element name="a" type="xs:string"/></xs:sequence>
            </xs:complexType>
            """
        func derived(_ mixed: String) -> String {
            """
            <xs:complexType name="T"><xs:complexContent \(mixed)><xs:extension base="t:Base"><xs:sequence>
              <xs:element name="b" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
            """
        }
        #expect(
            try SchemaFixture.plan(base + derived("mixed=\"true\"")).states("T") == [
                "a>1 CH>2", "b>3 CH>1", "a>1 CH>2", "EE CH>3",
            ])
        #expect(try SchemaFixture.refusal(base + derived(""))?.reason == .invalid)
    }

    @Test func anonymousTypesStandAfterTheirOwner() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:element name="Message"><xs:complexType><xs:sequence><xs:element name="Part"><xs:complexType/></xs:element>
            </xs:sequence></xs:complexType></xs:element>
            <xs:complexType name="Last"/>
            """)
        #expect(plan.complexTypes.map(\.owner) == [["Message"], ["Message", "Part"], []])
        #expect(plan.complexTypes.map(\.name) == [nil, nil, QName("Last", in: "urn:t")])
        #expect(plan.complexTypes.map(\.sourceSchema) == ["main.xsd", "main.xsd", "main.xsd"])
    }
}

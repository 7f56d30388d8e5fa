import Testing

@testable import EXISchemaCompiler

@Suite struct SimpleTypeTests {
    private func shape(_ base: String, _ facets: String = "") throws -> SimpleShape? {
        try SchemaFixture.plan(
            """
            <xs:element name="e" type="t:S"/>
            <xs:simpleType name="S"><xs:restriction base="\(base)">\(facets)</xs:restriction></xs:simpleType>
            """
        ).shape(ofElement: "e")
    }

    private func integer(_ base: String, _ facets: String = "") throws -> IntegerShape? {
        guard case .integer(let shape)? = try shape(base, facets) else { return nil }
        return shape
    }

    @Test(arguments: [
        ("xs:byte", IntegerShape.Representation.bits(width: 8, offset: -128)),
        ("xs:unsignedByte", .bits(width: 8, offset: 0)),
        ("xs:short", .signed), ("xs:int", .signed), ("xs:long", .signed), ("xs:integer", .signed),
        ("xs:nonPositiveInteger", .signed), ("xs:negativeInteger", .signed),
        ("xs:unsignedShort", .unsigned), ("xs:unsignedInt", .unsigned), ("xs:unsignedLong", .unsigned),
        ("xs:nonNegativeInteger", .unsigned), ("xs:positiveInteger", .unsigned),
    ])
    func builtInIntegersTakeTheirRepresentation(_ base: String, _ expected: IntegerShape.Representation) throws {
        #expect(try integer(base)?.representation == expected)
    }

    @Test(arguments: [
        (0, 0, 0), (0, 1, 1), (1, 20, 5), (-3, 3, 3), (0, 255, 8), (0, 256, 9), (-3, 4092, 12), (0, 4095, 12),
    ])
    func smallRangesAreBits(_ minimum: Int, _ maximum: Int, _ width: Int) throws {
        let shape = try integer(
            "xs:int", "<xs:minInclusive value=\"\(minimum)\"/><xs:maxInclusive value=\"\(maximum)\"/>")
        #expect(shape?.representation == .bits(width: width, offset: minimum))
        #expect(shape?.minimum == "\(minimum)")
        #expect(shape?.maximum == "\(maximum)")
        #expect(shape?.base == .int32)
    }

    @Test func rangeAbove4096ValuesIsNoLongerBits() throws {
        let unsigned = try integer("xs:int", "<xs:minInclusive value=\"0\"/><xs:maxInclusive value=\"4096\"/>")
        #expect(unsigned?.representation == .unsigned)
        let signed = try integer("xs:int", "<xs:minInclusive value=\"-1\"/><xs:maxInclusive value=\"4095\"/>")
        #expect(signed?.representation == .signed)
    }

    @Test func lowerBoundAloneMakesItUnsigned() throws {
        let shape = try integer("xs:long", "<xs:minInclusive value=\"0\"/>")
        #expect(shape?.representation == .unsigned)
        #expect(shape?.base == .int64)
        #expect(shape?.maximum == "9223372036854775807")
    }

    @Test func exclusiveBoundsBecomeInclusive() throws {
        let shape = try integer("xs:integer", "<xs:minExclusive value=\"-1\"/><xs:maxExclusive value=\"10\"/>")
        #expect(
            shape
                == IntegerShape(
                    base: .unbounded, minimum: "0", maximum: "9", representation: .bits(width: 4, offset: 0)))
    }

    @Test func unboundedEndsAreEmpty() throws {
        let shape = try integer("xs:integer")
        #expect(shape?.minimum == "")
        #expect(shape?.maximum == "")
    }

    @Test func facetsAddUpAlongTheBases() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:element name="e" type="t:Inner"/>
            <xs:simpleType name="Outer"><xs:restriction base="xs:short"><xs:minInclusive value="-3"/>\
            <xs:maxInclusive value="100"/></xs:restriction></xs:simpleType>
            <xs:simpleType name="Inner"><xs:restriction base="t:Outer"><xs:maxInclusive value="3"/>\
            </xs:restriction></xs:simpleType>
            """)
        #expect(
            plan.shape(ofElement: "e")
                == .integer(
                    IntegerShape(base: .int16, minimum: "-3", maximum: "3", representation: .bits(width: 3, offset: -3))
                ))
    }

    @Test func lengthsAreKept() throws {
        #expect(try shape("xs:string") == .string(minLength: 0, maxLength: nil))
        #expect(
            try shape("xs:string", "<xs:minLength value=\"2\"/><xs:maxLength value=\"8\"/>")
                == .string(minLength: 2, maxLength: 8))
        #expect(try shape("xs:hexBinary", "<xs:length value=\"8\"/>") == .hexBinary(minLength: 8, maxLength: 8))
        #expect(
            try shape("xs:base64Binary", "<xs:maxLength value=\"800\"/>")
                == .base64Binary(minLength: 0, maxLength: 800))
        #expect(try shape("xs:anyURI", "<xs:maxLength value=\"100\"/>") == .anyURI(maxLength: 100))
    }

    @Test func othersKeepTheirFamily() throws {
        #expect(try shape("xs:boolean") == .boolean)
        #expect(try shape("xs:ID") == .id)
        #expect(try shape("xs:IDREF") == .idref)
        #expect(try shape("xs:token") == .string(minLength: 0, maxLength: nil))
    }

    @Test func enumerationKeepsTheSchemaOrder() throws {
        let facets = ["b", "a", "C"].map { "<xs:enumeration value=\"\($0)\"/>" }.joined()
        #expect(try shape("xs:string", facets) == .enumeration(values: ["b", "a", "C"]))
    }

    @Test func restrictionOfAnEnumerationHasItsOwnOrder() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:element name="e" type="t:Few"/>
            <xs:simpleType name="Many"><xs:restriction base="xs:string"><xs:enumeration value="a"/>\
            <xs:enumeration value="b"/><xs:enumeration value="c"/></xs:restriction></xs:simpleType>
            <xs:simpleType name="Few"><xs:restriction base="t:Many"><xs:enumeration value="c"/>\
            <xs:enumeration value="a"/></xs:restriction></xs:simpleType>
            """)
        #expect(plan.shape(ofElement: "e") == .enumeration(values: ["c", "a"]))
    }

    @Test func anonymousTypeKnowsItsPath() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:complexType name="Interval"><xs:sequence><xs:element name="start"><xs:simpleType>
              <xs:restriction base="xs:unsignedInt"><xs:maxInclusive value="16777214"/></xs:restriction>
            </xs:simpleType></xs:element></xs:sequence></xs:complexType>
            """)
        guard case .simple(let type)? = plan.fragmentElements.first?.type else {
            Issue.record("start has no simple type")
            return
        }
        #expect(type.name == nil)
        #expect(type.owner == ["Interval", "start"])
    }
}

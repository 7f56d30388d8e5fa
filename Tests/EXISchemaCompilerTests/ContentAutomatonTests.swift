import Testing

@testable import EXISchemaCompiler

/// The states of content models, against the productions worked out by hand from EXI 1.0 8.5.4.
@Suite struct ContentAutomatonTests {
    private func states(_ content: String, mixed: Bool = false, limit: Int = 64) throws -> [String] {
        try SchemaFixture.plan(
            "<xs:complexType name=\"T\"\(mixed ? " mixed=\"true\"" : "")>\(content)</xs:complexType>",
            expansionLimit: limit
        ).states("T")
    }

    private func e(_ name: String, _ occurs: String = "") -> String {
        "<xs:element name=\"\(name)\" type=\"xs:string\" \(occurs)/>"
    }

    private func sequence(_ parts: String..., occurs: String = "") -> String {
        "<xs:sequence \(occurs)>\(parts.joined())</xs:sequence>"
    }

    private func choice(_ parts: String..., occurs: String = "") -> String {
        "<xs:choice \(occurs)>\(parts.joined())</xs:choice>"
    }

    private let optional = "minOccurs=\"0\""
    private let many = "minOccurs=\"0\" maxOccurs=\"unbounded\""

    @Test func emptyContentOnlyEnds() throws {
        #expect(try states("") == ["EE"])
        #expect(try states(sequence()) == ["EE"])
        #expect(try states(sequence(e("a", "minOccurs=\"0\" maxOccurs=\"0\""))) == ["EE"])
    }

    @Test func sequenceIsOneAfterTheOther() throws {
        #expect(try states(sequence(e("a"), e("b"))) == ["a>1", "b>2", "EE"])
    }

    @Test func optionalElementsCanBePassed() throws {
        #expect(
            try states(sequence(e("a"), e("b", optional), e("c", optional), e("d")))
                == ["a>1", "b>2 c>3 d>4", "c>3 d>4", "d>4", "EE"])
    }

    @Test func optionalTailMayEnd() throws {
        #expect(try states(sequence(e("a", optional), e("b", optional))) == ["a>1 b>2 EE", "b>2 EE", "EE"])
    }

    @Test func choiceTakesOne() throws {
        #expect(try states(choice(e("b"), e("a"))) == ["b>1 a>1", "EE"])
        #expect(try states(sequence(choice(e("b"), e("a"), occurs: optional), e("c"))) == ["b>1 a>1 c>2", "c>2", "EE"])
    }

    @Test func boundedRepetitionCountsItsCopies() throws {
        #expect(try states(sequence(e("a", "maxOccurs=\"3\""))) == ["a>1", "a>2 EE", "a>3 EE", "EE"])
        #expect(try states(sequence(e("a", "minOccurs=\"2\" maxOccurs=\"3\""))) == ["a>1", "a>2", "a>3 EE", "EE"])
        #expect(
            try states(sequence(e("a", "minOccurs=\"0\" maxOccurs=\"2\""), e("b")))
                == ["a>1 b>2", "a>3 b>2", "EE", "b>2"])
    }

    @Test func unboundedRepetitionLoops() throws {
        #expect(try states(sequence(e("a", many))) == ["a>1 EE", "a>1 EE"])
        #expect(try states(sequence(e("a", "maxOccurs=\"unbounded\""), e("b"))) == ["a>1", "a>1 b>2", "EE"])
    }

    @Test func repeatedSequenceStartsAnew() throws {
        // Schema order holds in every state: a comes before b, though b is the next of this round.
        #expect(
            try states(sequence(e("a", optional), e("b", optional), occurs: many))
                == ["a>1 b>1 EE", "a>1 b>1 EE"])
        #expect(
            try states(sequence(e("a"), e("b", optional), occurs: "maxOccurs=\"unbounded\""))
                == ["a>1", "a>1 b>2 EE", "a>1 EE"])
    }

    @Test func loopDoesNotLeakIntoItsNeighbors() throws {
        #expect(
            try states(sequence(e("a"), e("b", many), e("c", many)))
                == ["a>1", "b>1 c>2 EE", "c>2 EE"])
        #expect(
            try states(choice(sequence(e("a", many)), e("b"))) == ["a>1 b>2 EE", "a>1 EE", "EE"])
    }

    @Test func sameElementInTwoBranchesIsOneProduction() throws {
        // 8.5.4.2.2: both ways go on together after the shared name.
        #expect(
            try states(choice(sequence(e("a"), e("b")), sequence(e("a"), e("c")))) == ["a>1", "b>2 c>2", "EE"])
    }

    @Test func anyWildcardIsOneProductionAfterTheNames() throws {
        let any = "<xs:any namespace=\"##any\" processContents=\"lax\"/>"
        #expect(try states(choice(any, e("a"), occurs: many)) == ["a>1 *>1 EE", "a>1 *>1 EE"])
        let other = "<xs:any namespace=\"##other\" minOccurs=\"0\"/>"
        #expect(try states(sequence(e("a"), other)) == ["a>1", "*>2 EE", "EE"])
    }

    @Test func listedNamespacesAreProductionsOfTheirOwn() throws {
        let list = "<xs:any namespace=\"urn:z ##targetNamespace ##local\"/>"
        let any = try states(choice(list, e("a"), "<xs:any/>"))
        #expect(any == ["a>1 urn:z:*>1 urn:t:*>1 :*>1 *>1", "EE"])
    }

    @Test func mixedContentTakesTextAnywhere() throws {
        #expect(try states(sequence(e("a")), mixed: true) == ["a>1 CH>2", "EE CH>1", "a>1 CH>2"])
        #expect(try states("", mixed: true) == ["EE CH>1", "EE CH>1"])
    }

    @Test func simpleContentIsTextThenEnd() throws {
        let content = "<xs:simpleContent><xs:extension base=\"xs:string\"/></xs:simpleContent>"
        #expect(try states(content) == ["CH>1", "EE"])
    }

    @Test func groupReferenceStandsForItsContent() throws {
        let plan = try SchemaFixture.plan(
            """
            <xs:group name="g"><xs:sequence>\(e("a"))\(e("b", optional))</xs:sequence></xs:group>
            <xs:complexType name="T"><xs:sequence><xs:group ref="t:g" maxOccurs="2"/></xs:sequence></xs:complexType>
            <xs:complexType name="U"><xs:group ref="t:g"/></xs:complexType>
            """)
        #expect(plan.states("T") == ["a>1", "a>2 b>3 EE", "b>4 EE", "a>2 EE", "EE"])
        #expect(plan.states("U") == ["a>1", "b>2 EE", "EE"])
        #expect(plan.fragmentElements.map(\.name.localName) == ["a", "b"])
    }

    @Test func largeBoundIsLeftToTheParticles() throws {
        let content = sequence(e("a", "maxOccurs=\"65\""))
        let plan = try SchemaFixture.plan("<xs:complexType name=\"T\">\(content)</xs:complexType>")
        #expect(plan.complexType("T")?.automaton == ContentAutomaton(states: [], isExpanded: false))
        #expect(try states(content, limit: 65).count == 66)
        #expect(try states(sequence(e("a", "maxOccurs=\"64\""))).count == 65)
    }

    @Test func nothingLeadsBackToTheStart() throws {
        // A loop over the whole content comes back to a copy, since attributes may stand at the start only.
        #expect(try states(sequence(e("a"), occurs: many)) == ["a>1 EE", "a>1 EE"])
        #expect(
            try states(sequence(e("a"), e("b"), occurs: many)) == ["a>1 EE", "b>2", "a>1 EE"])
    }
}

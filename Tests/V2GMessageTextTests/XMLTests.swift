import SchemaTypes
import Testing
import V2GMessageText

/// Messages as XML.
struct XMLTests {
    @Test
    func xmlHasNamespacesAttributesContentListsAndNodes() throws {
        let expected =
            #"<msg:V2G_Message xmlns:msg="urn:iso:15118:2:2013:MsgDef" xmlns:data="urn:iso:15118:2:2013:MsgDataTypes""#
            + #" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><msg:SessionID>1A00</msg:SessionID>"#
            + #"<msg:Note>a&lt;b</msg:Note><data:MeterInfo Id="id1" msg:lang="de">18446744073709551615</data:MeterInfo>"#
            + #"<data:MeterInfo>0</data:MeterInfo><ds:Signature><ds:Final>true</ds:Final>"#
            + #"<ds:Serial>-18446744073709551617</ds:Serial>one <ds:KeyName>key</ds:KeyName> two</ds:Signature>"#
            + "</msg:V2G_Message>"
        #expect(try MessageText.xml(Sample.Element.full()) == expected)
    }

    @Test
    func namespaceOfAQualifiedAttributeIsDeclared() throws {
        let xml = try MessageText.xml(Sample.Element.meter(.init(language: "<\"\t\n\r&", value: 1)))
        #expect(
            xml == #"<data:MeterInfo xmlns:data="urn:iso:15118:2:2013:MsgDataTypes" "#
                + #"xmlns:msg="urn:iso:15118:2:2013:MsgDef" msg:lang="&lt;&quot;&#9;&#10;&#13;&amp;">1</data:MeterInfo>"#
        )
    }

    @Test
    func textKeepsItsLineBreaksAndNoSectionEndsInIt() throws {
        let xml = try MessageText.xml(Pair("Note", in: "", "a\r\n\tb]]>\u{2028}c"))
        #expect(xml == "<Note>a&#13;&#10;&#9;b]]&gt;&#8232;c</Note>")
    }

    @Test
    func emptyTextIsAnEmptyElement() throws {
        #expect(try MessageText.xml(Pair("Note", in: "", "")) == "<Note/>")
    }

    @Test
    func unknownNamespacesGetNumbersAndTakenPrefixesAreNotUsedTwice() throws {
        let inner = Pair("C", in: "urn:iso:15118:2:2013:MsgBody", "x")
        let value = Pair("A", in: "urn:x", Pair("B", in: "urn:din:70121:2012:MsgBody", inner))
        #expect(
            try MessageText.xml(value)
                == #"<ns1:A xmlns:ns1="urn:x" xmlns:body="urn:din:70121:2012:MsgBody" "#
                + #"xmlns:ns3="urn:iso:15118:2:2013:MsgBody"><body:B><ns3:C>x</ns3:C></body:B></ns1:A>"#)
    }

    @Test
    func namesakesAreToldApartByTheirNamespaceInBothForms() throws {
        let value = Pair(FieldKey("A", namesakeIn: "urn:iso:std:iso:15118:-20:AC"), 1)
        #expect(try MessageText.json(value) == #"{"{urn:iso:std:iso:15118:-20:AC}A":1}"#)
        #expect(try MessageText.xml(value) == #"<ac:A xmlns:ac="urn:iso:std:iso:15118:-20:AC">1</ac:A>"#)
    }

    @Test
    func namespacesAreEscaped() throws {
        #expect(try MessageText.xml(Pair("A", in: "urn:\"&", 1)) == #"<ns1:A xmlns:ns1="urn:&quot;&amp;">1</ns1:A>"#)
    }

    @Test
    func whatXMLForbidsIsRefusedWithItsPath() {
        let control = #expect(throws: MessageTextError.self) {
            try MessageText.xml(Pair("A", in: "", Pair("B", in: "", "\u{1}")))
        }
        #expect(control?.code == .notEncodable)
        #expect(control?.path == "A.B")
        for name in ["a b", "1a", "", "a>", "a:b"] {
            #expect(throws: MessageTextError.self) { try MessageText.xml(Pair(name, in: "", 1)) }
        }
    }

    @Test
    func namespacesAreToldApartByTheirCodePoints() throws {
        let one = Pair("B", in: "u:\u{E9}", 1)
        let xml = try MessageText.xml(Pair("A", in: "u:e\u{301}", one))
        #expect(
            xml.unicodeScalars.elementsEqual(
                "<ns1:A xmlns:ns1=\"u:e\u{301}\" xmlns:ns2=\"u:\u{E9}\"><ns2:B>1</ns2:B></ns1:A>".unicodeScalars))
        #expect(throws: MessageTextError.self) {
            try MessageText.xml(Pair("A", in: "http://www.w3.org/2000/xmlns/", 1))
        }
    }

    @Test
    func aDocumentHasOneRoot() {
        #expect(throws: MessageTextError.self) { try MessageText.xml("text") }
        #expect(throws: MessageTextError.self) { try MessageText.xml([String: Int]()) }
        #expect(throws: MessageTextError.self) { try MessageText.xml(["a": 1, "b": 2]) }
        #expect(throws: MessageTextError.self) { try MessageText.xml(Pair("A", in: "", [1, 2])) }
        #expect(throws: MessageTextError.self) { try MessageText.xml(Pair("A", in: "", Pair("B", in: "", [[1]]))) }
    }

    /// An object of one element.
    struct Pair<Value: Encodable>: Encodable {
        let key: FieldKey
        let value: Value

        init(_ key: FieldKey, _ value: Value) {
            self.key = key
            self.value = value
        }

        init(_ name: String, in namespace: String, _ value: Value) {
            self.init(FieldKey(name, in: namespace), value)
        }

        func encode(to encoder: any Encoder) throws {
            var writer = FieldWriter(encoder)
            try writer.write(value, key)
        }
    }
}

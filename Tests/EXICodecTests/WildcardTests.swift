import EXICodec
import Foundation
import SchemaTypes
import Testing

/// Elements of wildcards: known and unknown, learned and not.
@Suite struct WildcardTests {
    @Test(arguments: WildcardVector.all)
    func octetsAreThoseOfTheVector(_ vector: WildcardVector) throws {
        let element = SignatureElement.object(try vector.value())
        let learning = try element.encodedDocument(form: EXIForm(wildcards: .learning))
        #expect(Hexadecimal.string(learning).lowercased() == vector.learning)
        #expect(try Hexadecimal.string(element.encodedDocument()).lowercased() == vector.anyType)
    }

    @Test(arguments: WildcardVector.all, [WildcardForm.learning, .anyType])
    func vectorsAreReadAndTheirFormIsNoted(_ vector: WildcardVector, _ form: WildcardForm) throws {
        let octets = try Hexadecimal.octets(of: form == .learning ? vector.learning : vector.anyType)
        var notes = EXINotes()
        let element = try SignatureElement(decodingDocument: octets.span, notes: &notes)
        #expect(try element == .object(vector.value()))
        if vector.learning == vector.anyType {
            #expect(notes.wildcardForm == nil)
        } else {
            #expect(notes.wildcardForm == form)
        }
    }

    @Test(arguments: WildcardVector.all)
    func everyTruncationIsAnError(_ vector: WildcardVector) throws {
        for hex in [vector.learning, vector.anyType] {
            let octets = try Hexadecimal.octets(of: hex)
            for count in octets.indices {
                #expect(throws: EXIError.self) {
                    try SignatureElement(decodingDocument: Array(octets[..<count]).span)
                }
            }
        }
    }

    /// A flipped bit gives an error, or a value that can be written again.
    @Test(arguments: WildcardVector.all)
    func everyFlippedBitIsAnErrorOrAValue(_ vector: WildcardVector) throws {
        for hex in [vector.learning, vector.anyType] {
            let octets = try Hexadecimal.octets(of: hex)
            for bit in 0..<octets.count * 8 {
                var flipped = octets
                flipped[bit / 8] ^= 0x80 >> (bit % 8)
                guard let element = try? SignatureElement(decodingDocument: flipped.span) else { continue }
                for form in [WildcardForm.learning, .anyType] {
                    let again = try element.encodedDocument(form: EXIForm(wildcards: form))
                    #expect(try SignatureElement(decodingDocument: again.span) == element)
                }
            }
        }
    }

    /// Random octets in the vectors: an error or a value, and never anything else.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func randomContentIsAnErrorOrAValue(_ seed: UInt64) throws {
        var numbers = FixedNumbers(seed)
        var values = 0
        for vector in WildcardVector.all {
            let octets = try Hexadecimal.octets(of: Bool.random(using: &numbers) ? vector.learning : vector.anyType)
            for _ in 0..<100 {
                var changed = octets
                for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                    let place = Int.random(in: 2..<octets.count, using: &numbers)
                    changed[place] = UInt8.random(in: 0...255, using: &numbers)
                }
                guard let element = try? SignatureElement(decodingDocument: changed.span) else { continue }
                values += 1
                let again = try element.encodedDocument()
                #expect(try SignatureElement(decodingDocument: again.span) == element)
            }
        }
        #expect(values > 0)
    }

    @Test(arguments: WildcardVector.all)
    func textIsLossless(_ vector: WildcardVector) throws {
        let element = SignatureElement.object(try vector.value())
        let json = try JSONEncoder().encode(element)
        #expect(try Self.decode(json) == element)
    }

    private static func decode(_ json: Data) throws -> SignatureElement {
        let decoder = JSONDecoder()
        if let key = CodingUserInfoKey.exiContext { decoder.userInfo[key] = SignatureElement.context }
        return try decoder.decode(SignatureElement.self, from: json)
    }

    private static func encode(_ element: SignatureElement) throws -> [UInt8] { try element.encodedDocument() }

    @Test func textIsReadable() throws {
        let hint = try UnknownElement(
            EXIName("Hint", in: "urn:x"),
            attributes: [
                .init(EXIName("level", in: ""), "1"), .init(EXIName("rank", in: "urn:x"), "2"),
            ],
            children: [.text("see "), .element(AnyElement(try UnknownElement(EXIName("Link", in: ""))))])
        let object = try SignatureObject(content: [
            .any(AnyElement(hint)), .any(try AnyElement(SignatureElement.keyName("k"))),
        ])
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(SignatureElement.object(object)), as: UTF8.self)
        #expect(
            json == """
                {"Object":{"content":[{"{urn:x}Hint":{"@level":"1","@{urn:x}rank":"2","content":["see ",{"{}Link":{}}]}},\
                {"KeyName":"k"}]}}
                """)
    }

    @Test(arguments: [
        #"{"Object":{"content":[{"Hint":{}}]}}"#, #"{"Object":{"content":[{}]}}"#,
        #"{"Object":{"content":[{"{}a":{},"{}b":{}}]}}"#, #"{"Object":{"content":[{"{}a":{"b":1}}]}}"#,
        #"{"Object":{"content":[{"{}a":{"@b":1}}]}}"#, #"{"Object":{"content":[{"{}1":{}}]}}"#,
        #"{"Object":{"content":[{"{}a":{"@1":"x"}}]}}"#, #"{"Object":{"content":[{"{}a":{"content":[1]}}]}}"#,
        #"{"Object":{"content":[{"{http://www.w3.org/2000/09/xmldsig#}KeyName":{}}]}}"#,
        #"{"Object":{"content":[{"{}a":{"content":[{"{http://www.w3.org/2000/09/xmldsig#}KeyName":{}}]}}]}}"#,
        #"{"Object":{"content":[{"{}a":{"@{http://www.w3.org/2001/XMLSchema-instance}type":"b"}}]}}"#,
        #"{"Object":{"content":[{"{}a":{"content":["\u0001"]}}]}}"#,
    ])
    func textOfOtherShapesIsRefused(_ json: String) {
        #expect(throws: (any Error).self) { try Self.encode(Self.decode(Data(json.utf8))) }
    }

    @Test func textThatNestsTooDeepIsRefused() throws {
        func json(_ depth: Int) -> Data {
            let open = String(repeating: #"{"{}a":{"content":["#, count: depth)
            return Data((#"{"Object":{"content":["# + open + String(repeating: "]}}", count: depth) + "]}}").utf8)
        }
        _ = try Self.decode(json(AnyElement.deepest))
        #expect(throws: (any Error).self) {
            try Self.decode(json(AnyElement.deepest + 1))
        }
    }

    private static func nested(_ depth: Int) throws -> UnknownElement {
        var element = try UnknownElement(EXIName("a", in: ""))
        for _ in 1..<depth { element = try UnknownElement(element.name, children: [.element(AnyElement(element))]) }
        return element
    }

    @Test(arguments: [WildcardForm.learning, .anyType])
    func depthIsLimited(_ form: WildcardForm) throws {
        func octets(_ depth: Int) throws -> [UInt8] {
            try SignatureElement.object(.init(content: [.any(AnyElement(Self.nested(depth)))]))
                .encodedDocument(form: EXIForm(wildcards: form))
        }
        let allowed = try octets(32)
        _ = try SignatureElement(decodingDocument: allowed.span)
        let forbidden = try octets(33)
        let error = #expect(throws: EXIError.self) { try SignatureElement(decodingDocument: forbidden.span) }
        #expect(error?.code == .tooDeep)
        let deepest = try octets(AnyElement.deepest)
        _ = try SignatureElement(decodingDocument: deepest.span, options: EXIOptions(maximumDepth: .max))
        #expect(throws: SchemaViolation.self) { try Self.nested(AnyElement.deepest + 1) }
    }

    @Test func knownElementsCountAsLevelsToo() throws {
        var object = try SignatureObject(content: [])
        for _ in 0..<33 { object = try SignatureObject(content: [.any(AnyElement(SignatureElement.object(object)))]) }
        let octets = try SignatureElement.object(object).encodedDocument()
        let error = #expect(throws: EXIError.self) { try SignatureElement(decodingDocument: octets.span) }
        #expect(error?.code == .tooDeep)
    }

    @Test func aWildcardForOtherNamespacesExcludesItsOwnAndNone() throws {
        for name in [EXIName("A", in: SignatureElement.namespace), EXIName("A", in: "")] {
            let transform = try SignatureTransform(algorithm: "", content: [.any(AnyElement(UnknownElement(name)))])
            #expect(throws: SchemaViolation.self) { try SignatureElement.transform(transform).encodedDocument() }
        }
        let allowed = try SignatureTransform(
            algorithm: "", content: [.any(AnyElement(UnknownElement(EXIName("Y", in: "urn:f"))))])
        let octets = try SignatureElement.transform(allowed).encodedDocument()
        #expect(try SignatureElement(decodingDocument: octets.span) == .transform(allowed))
        // The same with the namespace of the set: its entry in the table instead of the literal, then Y, a hit.
        var buffer = EXIBuffer()
        try buffer.encode { writer in
            writer.header()
            writer.event(21, of: SignatureElement.documentProductions)
            writer.bits(0, 1)
            writer.string("")
            writer.event(1, of: 4)
            writer.bits(5, 3)
            writer.bits(0, 8)
            writer.bits(69, 7)
            writer.bits(0, 2)
            writer.event(2, of: 4)
        }
        let error = #expect(throws: EXIError.self) { try SignatureElement(decodingDocument: buffer.bytes) }
        #expect(error?.code == .excludedNamespace)
    }

    @Test func elementsThatTheSetCannotHoldMakeTheDocumentFail() throws {
        let known = try UnknownElement(EXIName("KeyName", in: SignatureElement.namespace))
        let around = try UnknownElement(EXIName("a", in: ""), children: [.element(AnyElement(known))])
        var buffer = EXIBuffer()
        for element in [try AnyElement(ForeignElement()), AnyElement(known), AnyElement(around)] {
            let object = SignatureElement.object(try .init(content: [.any(element)]))
            #expect(throws: SchemaViolation.self) { try object.encodedDocument() }
            do {
                try object.encodeDocument(into: &buffer)
            } catch {
                #expect(buffer.count == 0)
            }
        }
        let local = try HandshakeElement.appProtocol(.init(namespace: ""))
        #expect(throws: SchemaViolation.self) { try AnyElement(local) }
    }

    /// `Object` with two unknown elements, whose names come as `name` writes them.
    private static func octets(_ name: (inout EXIWriter, Bool) -> Void) throws -> [UInt8] {
        var buffer = EXIBuffer()
        try buffer.encode { writer in
            writer.header()
            writer.event(9, of: SignatureElement.documentProductions)
            for isSecond in [false, true] {
                writer.event(isSecond ? 0 : 3, of: isSecond ? 3 : 6)
                name(&writer, isSecond)
                writer.bits(0, isSecond ? 1 : 2)
            }
            writer.event(1, of: 3)
        }
        return buffer.array
    }

    @Test func aNameThatIsWrittenOutTwiceIsRefused() throws {
        // The namespace "u" and the name "A"; then both by their places, or one of them in full again.
        func name(_ writer: inout EXIWriter, _ isKnown: Bool, repeatNamespace: Bool, repeatName: Bool) {
            if isKnown, !repeatNamespace {
                writer.bits(6, 3)
            } else {
                writer.bits(0, 3)
                writer.bits(0x0175, 16)
            }
            if isKnown, !repeatName { writer.bits(0, 8) } else { writer.bits(0x0241, 16) }
        }
        let good = try Self.octets { name(&$0, $1, repeatNamespace: false, repeatName: false) }
        guard case .object(let object) = try SignatureElement(decodingDocument: good.span) else { return }
        #expect(object.content.count == 2 && object.content[0] == object.content[1])
        for isNamespace in [false, true] {
            let bad = try Self.octets { name(&$0, $1, repeatNamespace: isNamespace, repeatName: !isNamespace) }
            let error = #expect(throws: EXIError.self) { try SignatureElement(decodingDocument: bad.span) }
            #expect(error?.code == .repeatedName)
        }
    }

    /// Work must grow with the input, whatever it holds. Here a long name is used by many elements, and by an attribute
    /// of each, at a cost of a few octets.
    @Test func longNamesThatAreUsedOftenAreCheap() throws {
        let count = 5000
        let long = String(repeating: "\u{E9}", count: 30_000)
        let scalars = long.unicodeScalars.map(\.value)
        var buffer = EXIBuffer()
        try buffer.encode { writer in
            writer.header()
            writer.event(9, of: SignatureElement.documentProductions)
            for index in 0..<count {
                writer.event(index == 0 ? 3 : 0, of: index == 0 ? 6 : 3)
                if index == 0 {
                    writer.bits(0, 3)
                    writer.unsigned(scalars.count)
                    for scalar in scalars { writer.unsigned(scalar) }
                    writer.unsigned(scalars.count + 1)
                    for scalar in scalars { writer.unsigned(scalar) }
                    // AT(*) with the same name; EE. Both are learned.
                    writer.bits(0b01_110, 5)
                    writer.bits(0, 8)
                    writer.unsigned(2)
                    writer.bits(0b1_00, 3)
                } else {
                    writer.bits(6, 3)
                    writer.bits(0, 8)
                    writer.bits(1, 2)
                    writer.unsigned(2)
                    writer.bits(0, 2)
                }
            }
            writer.event(1, of: 3)
        }
        let clock = ContinuousClock()
        let octets = buffer.array
        var elements: SignatureElement?
        let time = try clock.measure { elements = try SignatureElement(decodingDocument: octets.span) }
        guard case .object(let object) = elements, case .any(let last) = object.content.last,
            case .unknown(let element) = last.content
        else {
            Issue.record("not the document that was written")
            return
        }
        #expect(object.content.count == count)
        #expect(element.attributes.map(\.name) == [EXIName(long, in: long)])
        #expect(time < .seconds(2), "it took \(time)")
    }

    @Test func unknownElementsHoldWhatXMLAllows() throws {
        let name = EXIName("a", in: "")
        let attribute = UnknownElement.Attribute(EXIName("b", in: ""), "c")
        _ = try UnknownElement(name, attributes: [attribute])
        for wrong in ["", "1", "a:b", "a b", "\u{0}"] {
            #expect(throws: SchemaViolation.self) { try UnknownElement(EXIName(wrong, in: "")) }
            #expect(throws: SchemaViolation.self) {
                try UnknownElement(name, attributes: [.init(EXIName(wrong, in: ""), "")])
            }
        }
        #expect(throws: SchemaViolation.self) { try UnknownElement(EXIName("a", in: "\u{1}")) }
        #expect(throws: SchemaViolation.self) { try UnknownElement(name, attributes: [attribute, attribute]) }
        #expect(throws: SchemaViolation.self) { try UnknownElement(name, attributes: [.init(attribute.name, "\u{1}")]) }
        #expect(throws: SchemaViolation.self) { try UnknownElement(name, children: [.text("\u{FFFF}")]) }
        for reserved in ["http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2000/xmlns/"] {
            #expect(throws: SchemaViolation.self) {
                try UnknownElement(name, attributes: [.init(EXIName("type", in: reserved), "")])
            }
        }
    }

    /// Names that are canonically equivalent are two entries of the table, as for every other encoder.
    @Test func namesAreToldApartByTheirCodePoints() throws {
        let composed = AnyElement(try UnknownElement(EXIName("\u{E9}", in: "urn:\u{E9}")))
        let decomposed = AnyElement(try UnknownElement(EXIName("e\u{301}", in: "urn:e\u{301}")))
        #expect(composed != decomposed)
        let content = [composed, decomposed, composed, decomposed].map { SignatureObject.Node.any($0) }
        let element = SignatureElement.object(try .init(content: content))
        for form in [WildcardForm.learning, .anyType] {
            let octets = try element.encodedDocument(form: EXIForm(wildcards: form))
            let again = try SignatureElement(decodingDocument: octets.span)
            #expect(again == element)
            guard case .object(let object) = again, case .any(let last) = object.content[3] else {
                Issue.record("no object")
                return
            }
            #expect(last.name.localName.unicodeScalars.count == 2)
        }
    }
}

/// A global element of another set.
private struct ForeignElement: EXIElement {
    static let context = EXIContext(
        namespaces: ["", "urn:f"], localNames: [[], ["F"]], globalElements: [EXIName("F", in: "urn:f")])
    static let documentProductions = 1
    static let fragmentProductions = 1
    var documentCode: Int? { 0 }
    var fragmentCode: Int? { 0 }

    init() {}
    init(document code: Int, reading reader: inout EXIReader) throws(EXIError) {}
    init(fragment code: Int, reading reader: inout EXIReader) throws(EXIError) {}
    func writeContent(to writer: inout EXIWriter) {}
}

import EXICodec
import SchemaTypes
import Testing

/// The table of a mixed content: a choice of element 0 once, then elements of a wildcard, with text anywhere.
@Suite struct ContentGrammarTests {
    static let any = ContentGrammar.anyElement
    static let text = ContentGrammar.characters
    static let grammar = ContentGrammar([
        [.init(0, then: 1), .init(text, then: 0)],
        [.init(any, then: 1), .init(ContentGrammar.end, then: 0), .init(text, then: 1)],
    ])

    @Test(arguments: [[0], [text, 0], [0, any, any], [text, text, 0, text, any, text]] as [[UInt8]])
    func sentencesAreTaken(_ symbols: [UInt8]) throws {
        try Self.grammar.validate(symbols)
        var state = 0
        for symbol in symbols + [ContentGrammar.end] {
            let step = Self.grammar.next(state, symbol)
            let production = Self.grammar.production(state, step.code)
            #expect(production.symbol == symbol)
            #expect(production.next == step.state)
            state = step.state
        }
    }

    @Test(
        arguments: [[], [text], [any], [0, 0], [0, 1], [0, ContentGrammar.end], [0, ContentGrammar.nothing]]
            as [[UInt8]])
    func otherListsAreRefused(_ symbols: [UInt8]) {
        #expect(throws: (any Error).self) { try Self.grammar.validate(symbols) }
    }

    @Test func codesWithoutAProductionGiveNothing() {
        #expect(Self.grammar.count(0) == 2)
        #expect(Self.grammar.production(0, 2).symbol == ContentGrammar.nothing)
        #expect(Self.grammar.production(0, -1).symbol == ContentGrammar.nothing)
        #expect(Self.grammar.production(7, 0).symbol == ContentGrammar.nothing)
        #expect(Self.grammar.count(7) == 0)
    }

    @Test func mixedContentKeepsItsOrder() throws {
        let content: [SignatureTransform.Node] = [.text("a"), .xPath("b"), .text("c"), .xPath("d")]
        let transform = SignatureElement.transform(try .init(algorithm: "urn:a", content: content))
        let octets = try transform.encodedDocument()
        #expect(try SignatureElement(decodingDocument: octets.span) == transform)
    }

    /// Attributes before the content add productions to its first state only.
    @Test(arguments: 0..<16)
    func attributesBeforeTheContentWidenItsFirstEvent(_ present: Int) throws {
        let id = try XMLID("i")
        let content: [SignatureObject.Node] = present & 8 != 0 ? [.text("t")] : []
        let object = try SignatureObject(
            encoding: present & 1 != 0 ? "e" : nil, id: present & 2 != 0 ? id : nil,
            mimeType: present & 4 != 0 ? "m" : nil, content: content)
        let octets = try SignatureElement.object(object).encodedDocument()
        #expect(try SignatureElement(decodingDocument: octets.span) == .object(object))
    }
}

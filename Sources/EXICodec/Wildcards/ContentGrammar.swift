package import SchemaTypes

/// The content of a type that mixes text, elements and wildcards: its normalized grammar (EXI 1.0, 8.5.4.1 to 8.5.4.3)
/// as a deterministic automaton.
///
/// Such a type holds its content as a list of nodes. This table says which lists the schema allows, and what event code
/// each node has where it stands.
package struct ContentGrammar: Sendable {
    /// The symbol of an element that matches a wildcard, SE(*).
    package static let anyElement: UInt8 = 0xFD
    /// The symbol of text, CH.
    package static let characters: UInt8 = 0xFE
    /// The symbol of the end of the element, EE.
    package static let end: UInt8 = 0xFF

    /// Of each state, its productions in event code order: symbol, next state, symbol, next state and so on.
    private let states: [[UInt8]]

    /// A grammar whose first state is the start.
    ///
    /// - Parameter states: of each state, symbol and next state of each production in event code order. A symbol is the
    ///   index of an element among the nodes of the type, ``anyElement``, ``characters`` or ``end``; the state after
    ///   ``end`` means nothing.
    package init(_ states: [[UInt8]]) {
        self.states = states
    }

    /// Number of productions of a state, which sets the width of its event codes. Attributes that may still come before
    /// the content add to those of the first state.
    package func count(_ state: UInt8) -> Int { productions(state).count / 2 }

    /// The production with event code `code`, or nothing when the state has fewer.
    package func production(_ state: UInt8, _ code: Int) -> (symbol: UInt8, next: UInt8)? {
        let productions = productions(state)
        guard code >= 0, code < productions.count / 2 else { return nil }
        return (productions[2 * code], productions[2 * code + 1])
    }

    /// The event code of `symbol`, or nothing where the schema does not allow it.
    package func next(_ state: UInt8, _ symbol: UInt8) -> (code: Int, next: UInt8)? {
        let productions = productions(state)
        for code in 0..<productions.count / 2 where productions[2 * code] == symbol {
            return (code, productions[2 * code + 1])
        }
        return nil
    }

    /// Throws ``SchemaViolation`` when `symbols`, without the end, are no content that the schema allows.
    package func validate(_ symbols: some Sequence<UInt8>) throws(SchemaViolation) {
        var state: UInt8 = 0
        var index = 0
        for symbol in symbols {
            guard symbol != Self.end, let step = next(state, symbol) else {
                throw SchemaViolation("node \(index) of the content is not allowed there; see the schema for the order")
            }
            state = step.next
            index += 1
        }
        guard next(state, Self.end) != nil else {
            throw SchemaViolation("the content ends after \(index) nodes, but the schema asks for more")
        }
    }

    private func productions(_ state: UInt8) -> [UInt8] {
        let index = Int(state)
        return states.indices.contains(index) ? states[index] : []
    }
}

extension EXIReader {
    /// Reads the event code of the next node.
    ///
    /// - Parameters:
    ///   - state: where the content is; moved on.
    /// - Returns: the symbol of the node, or nothing at the end of the element.
    package mutating func node(
        _ grammar: ContentGrammar, _ state: inout UInt8, _ expected: StaticString
    ) throws(EXIError) -> UInt8? {
        try node(grammar, &state, code: event(of: grammar.count(state), expected), expected)
    }

    /// The node whose event code was read already, as that of the first node is when attributes can come before it:
    /// their event codes precede those of the content.
    ///
    /// - Parameter code: the event code, less the number of attribute productions before the content.
    package func node(
        _ grammar: ContentGrammar, _ state: inout UInt8, code: Int, _ expected: StaticString
    ) throws(EXIError) -> UInt8? {
        guard let production = grammar.production(state, code) else {
            throw error(.unexpectedEvent, expected, found: UInt64(max(0, code)))
        }
        guard production.symbol != ContentGrammar.end else { return nil }
        state = production.next
        return production.symbol
    }
}

extension EXIWriter {
    /// Writes the event code of a node, or of the end of the element.
    ///
    /// - Parameters:
    ///   - state: where the content is; moved on.
    ///   - attributes: number of attributes that could still have come, for the first event only.
    package mutating func node(
        _ symbol: UInt8, _ grammar: ContentGrammar, _ state: inout UInt8, after attributes: Int = 0
    ) {
        // Types check their content when they are made, so that every symbol has a production here.
        guard let step = grammar.next(state, symbol) else { return }
        event(attributes + step.code, of: attributes + grammar.count(state))
        state = step.next
    }
}

package import SchemaTypes

/// The content of a type that mixes text, elements and wildcards: its normalized grammar (EXI 1.0, 8.5.4.1 to 8.5.4.3)
/// as a deterministic automaton.
///
/// Such a type holds its content as a list of nodes. This table says which lists the schema allows, and what event code
/// each node has where it stands.
package struct ContentGrammar: Sendable {
    /// What may come next in a state.
    package struct Production: Hashable, Sendable {
        /// The index of an element among the nodes of the type, or one of the constants of ``ContentGrammar``.
        package let symbol: UInt8
        fileprivate let following: UInt16

        /// The state that follows.
        package var next: Int { Int(following) }

        /// A production that leads to the state `next`, which means nothing after the end.
        package init(_ symbol: UInt8, then next: UInt16) {
            self.symbol = symbol
            following = next
        }
    }

    /// The symbol of an element that matches a wildcard, SE(*).
    package static let anyElement: UInt8 = 0xFD
    /// The symbol of text, CH.
    package static let characters: UInt8 = 0xFE
    /// The symbol of the end of the element, EE.
    package static let end: UInt8 = 0xFF
    /// A symbol that no node has, for an event code without a production.
    package static let nothing: UInt8 = 0xFC

    /// The productions of all states, those of one after another in event code order. The first state is the start.
    private let productions: [Production]
    /// Where the productions of each state start, and the end of the last one's.
    private let starts: [Int]

    package init(_ states: [[Production]]) {
        productions = Array(states.joined())
        starts = states.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
    }

    /// Number of productions of a state, which sets the width of its event codes. Attributes that may still come before
    /// the content add to those of the first state.
    package func count(_ state: Int) -> Int { range(state).count }

    /// The production with event code `code`; of the symbol ``nothing`` when the state has fewer.
    package func production(_ state: Int, _ code: Int) -> Production {
        let range = range(state)
        return code >= 0 && code < range.count
            ? productions[range.lowerBound + code] : Production(Self.nothing, then: 0)
    }

    /// The event code of `symbol` and the state after it. Types check their content when they are made, so that there is
    /// one wherever they ask.
    package func next(_ state: Int, _ symbol: UInt8) -> (code: Int, state: Int) {
        step(state, symbol) ?? (0, state)
    }

    /// Throws ``SchemaViolation`` when `symbols`, without the end, are no content that the schema allows.
    package func validate(_ symbols: some Sequence<UInt8>) throws(SchemaViolation) {
        var state = 0
        var index = 0
        for symbol in symbols {
            guard symbol != Self.end, let step = step(state, symbol) else {
                throw SchemaViolation("node \(index) of the content is not allowed there; see the schema for the order")
            }
            state = step.state
            index += 1
        }
        guard step(state, Self.end) != nil else {
            throw SchemaViolation("the content ends after \(index) nodes, but the schema asks for more")
        }
    }

    private func step(_ state: Int, _ symbol: UInt8) -> (code: Int, state: Int)? {
        for place in range(state) where productions[place].symbol == symbol {
            return (place - range(state).lowerBound, productions[place].next)
        }
        return nil
    }

    /// Where the productions of a state are; nowhere for a state that there is not.
    private func range(_ state: Int) -> Range<Int> {
        state >= 0 && state + 1 < starts.count ? starts[state]..<starts[state + 1] : 0..<0
    }
}

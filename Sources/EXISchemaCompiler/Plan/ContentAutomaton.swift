/// The normalized content grammar of a complex type (EXI 1.0 8.5.4.1 to 8.5.4.3) as a deterministic automaton.
///
/// State 0 is the start, and no production leads back to it: in a start tag other second-level productions apply than in
/// the content behind it, even where the first level is alike. No two other states read the same. Productions of a state
/// are in event code order: SE(qname) in schema order, SE(uri:*), SE(*), EE, then CH when mixed. The first-part code width
/// in non-strict mode is ceil(log2(count + 1)), since every state has second-level productions.
package struct ContentAutomaton: Hashable, Sendable {
    package enum Event: Hashable, Sendable {
        /// SE(qname).
        case element(ElementUse.Member)
        /// SE(uri:*).
        case wildcard(namespace: String)
        /// SE(*).
        case anyElement
        /// EE.
        case end
        /// CH: the typed value of simple content, or an untyped one in mixed content.
        case characters
    }

    package struct Production: Hashable, Sendable {
        package var event: Event
        /// The state after the event; meaningless for `end`.
        package var next: Int
    }

    package var states: [[Production]]
    /// False when a bounded repetition above `expansionLimit` was left out: then `states` is empty and the particle tree
    /// is to be used.
    package var isExpanded: Bool

    /// Bounded repetitions up to this many copies are written out as states.
    package static let expansionLimit = 64
}

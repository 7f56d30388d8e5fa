/// The built-in grammar of the elements of one name (EXI 1.0, 8.4.3), which grows with every event that it meets first.
///
/// All preserve options are off, so that these productions of the second level are left, with the codes below. A learned
/// production takes code 0 and moves the others up, and the second level comes after all of them.
struct BuiltInGrammar {
    /// StartTagContent and ElementContent.
    enum State { case start, content }

    /// A production with an event code of one part.
    enum Production: Hashable { case attribute(QualifiedName), element(QualifiedName), characters, end }

    /// A production of the second level.
    enum Escape { case end, anyAttribute, anyElement, characters }

    /// Learned productions of StartTagContent, latest last.
    private(set) var start: [Production] = []
    /// Productions of ElementContent, latest last; it starts with EE.
    private(set) var content: [Production] = [.end]

    func count(_ state: State) -> Int { state == .start ? start.count : content.count }

    /// The production with event code `code`.
    func production(_ state: State, _ code: Int) -> Production? {
        let productions = state == .start ? start : content
        let index = productions.count - 1 - code
        return productions.indices.contains(index) ? productions[index] : nil
    }

    /// The event code of a production that was learned, or nothing.
    func code(_ state: State, _ production: Production) -> Int? {
        let productions = state == .start ? start : content
        return productions.lastIndex(of: production).map { productions.count - 1 - $0 }
    }

    /// Learns from an event of the second level.
    mutating func learn(_ state: State, _ production: Production) {
        if state == .start { start.append(production) } else { content.append(production) }
    }

    /// Learns from an event of the second level that is learned once only: CH, EE and AT(xsi:type).
    mutating func learnOnce(_ state: State, _ production: Production) {
        if code(state, production) == nil { learn(state, production) }
    }

    /// The productions of the second level, in the order of their codes.
    static func escapes(_ state: State) -> [Escape] {
        state == .start ? [.end, .anyAttribute, .anyElement, .characters] : [.anyElement, .characters]
    }

    /// Bits of a code of the second level.
    static func escapeWidth(_ state: State) -> Int { state == .start ? 2 : 1 }
}

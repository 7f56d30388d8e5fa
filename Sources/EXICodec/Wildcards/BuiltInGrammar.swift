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

    /// The productions with event codes of one part in one state, latest last.
    private struct Productions {
        private(set) var list: [Production] = []
        /// The latest place of each.
        private(set) var places: [Production: Int] = [:]

        init(_ production: Production...) {
            for production in production { append(production) }
        }

        mutating func append(_ production: Production) {
            places[production] = list.count
            list.append(production)
        }
    }

    private var start = Productions()
    private var content = Productions(.end)

    func count(_ state: State) -> Int { self[state].list.count }

    /// The production with event code `code`.
    func production(_ state: State, _ code: Int) -> Production? {
        let index = count(state) - 1 - code
        return self[state].list.indices.contains(index) ? self[state].list[index] : nil
    }

    /// The event code of a production that was learned, or nothing.
    func code(_ state: State, _ production: Production) -> Int? {
        self[state].places[production].map { count(state) - 1 - $0 }
    }

    /// Learns from an event of the second level.
    mutating func learn(_ state: State, _ production: Production) {
        if state == .start { start.append(production) } else { content.append(production) }
    }

    /// Learns from an event of the second level that is learned once only: CH, EE and AT(xsi:type).
    mutating func learnOnce(_ state: State, _ production: Production) {
        if code(state, production) == nil { learn(state, production) }
    }

    private subscript(state: State) -> Productions { state == .start ? start : content }

    /// The productions of the second level, in the order of their codes.
    static func escapes(_ state: State) -> [Escape] {
        state == .start ? [.end, .anyAttribute, .anyElement, .characters] : [.anyElement, .characters]
    }

    /// Bits of a code of the second level.
    static func escapeWidth(_ state: State) -> Int { state == .start ? 2 : 1 }
}

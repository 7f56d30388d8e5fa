/// Makes the content grammar of a particle (EXI 1.0 8.5.4.1.5 to 8.5.4.1.8), normalizes it (8.5.4.2) and orders its
/// productions (8.5.4.3).
///
/// EXI writes proto-grammars as productions, some of which have no terminal symbol. Those are the empty edges of a
/// nondeterministic automaton, and so the text of the standard becomes the textbook construction: replacing a final EE
/// by the start of what follows is an empty edge; removing productions without a terminal (8.5.4.2.1) is the closure over
/// empty edges; merging productions with the same terminal (8.5.4.2.2) is the subset construction.
struct AutomatonBuilder {
    /// What a production reads. Two with the same terminal in one state are one production.
    private enum Terminal: Hashable {
        case element(QName)
        case wildcard(String)
        case anyElement
    }

    /// Place in schema order: which particle, and which of what stands at it (a substitution group is sorted by name).
    private struct Ordinal: Comparable {
        var particle: Int
        var member: Int

        static func < (left: Ordinal, right: Ordinal) -> Bool {
            (left.particle, left.member) < (right.particle, right.member)
        }
    }

    private struct Edge {
        var terminal: Terminal
        var event: ContentAutomaton.Event
        var ordinal: Ordinal
        var target: Int
    }

    private var edges: [[Edge]] = []
    private var emptyEdges: [[Int]] = []
    private let place: SourcePlace
    private let owner: String

    private init(place: SourcePlace, owner: String) {
        self.place = place
        self.owner = owner
    }

    /// - Parameters:
    ///   - limit: Bounded repetitions above it are not expanded; the result then has no states.
    ///   - place: The type, for messages.
    static func build(
        _ particle: ParticlePlan, isMixed: Bool, limit: Int, owner: String, place: SourcePlace
    ) throws(SchemaError) -> ContentAutomaton {
        guard particle.largestBound <= limit else {
            return ContentAutomaton(states: [], isExpanded: false)
        }
        var builder = AutomatonBuilder(place: place, owner: owner)
        let start = builder.newState()
        var ordinal = 0
        let end = builder.add(particle, from: start, ordinal: &ordinal)
        let states = try builder.determinize(start: start, end: end, isMixed: isMixed)
        return ContentAutomaton(states: AutomatonReducer.reduce(states), isExpanded: true)
    }

    // MARK: Proto-grammars

    private mutating func newState() -> Int {
        edges.append([])
        emptyEdges.append([])
        return edges.count - 1
    }

    /// A particle (8.5.4.1.5): as many copies of its term as it must have, then optional copies, or a loop.
    ///
    /// - Parameter ordinal: Counts the leaves of the content model. Copies of a term share their ordinals: schema order is
    ///   about the schema, not about its expansion.
    /// - Returns: The state after the particle.
    private mutating func add(_ particle: ParticlePlan, from start: Int, ordinal: inout Int) -> Int {
        let occurs = particle.occurs
        let first = ordinal
        var here = start
        for _ in 0..<occurs.minimum {
            ordinal = first
            here = addTerm(particle, from: here, ordinal: &ordinal)
        }
        guard let maximum = occurs.maximum else {
            // The loop gets a state of its own, since what stands before may have other ways to go on.
            let loop = newState()
            emptyEdges[here].append(loop)
            ordinal = first
            let after = addTerm(particle, from: loop, ordinal: &ordinal)
            emptyEdges[after].append(loop)
            let exit = newState()
            emptyEdges[loop].append(exit)
            return exit
        }
        guard maximum > occurs.minimum else { return here }
        let exit = newState()
        for _ in occurs.minimum..<maximum {
            emptyEdges[here].append(exit)
            ordinal = first
            let copy = newState()
            emptyEdges[here].append(copy)
            here = addTerm(particle, from: copy, ordinal: &ordinal)
        }
        emptyEdges[here].append(exit)
        return exit
    }

    private mutating func addTerm(_ particle: ParticlePlan, from start: Int, ordinal: inout Int) -> Int {
        switch particle {
        case .element(let use, _):
            // 8.5.4.1.6: any member of the substitution group may stand here.
            let end = newState()
            for (position, member) in use.members.enumerated() {
                edges[start].append(
                    Edge(
                        terminal: .element(member.name), event: .element(member),
                        ordinal: Ordinal(particle: ordinal, member: position), target: end))
            }
            ordinal += 1
            return end
        case .wildcard(let wildcard, _):
            // 8.5.4.1.7: a list of namespaces gives SE(uri:*) for each, all else SE(*). Even ##other is SE(*).
            let end = newState()
            switch wildcard {
            case .any, .other:
                edges[start].append(
                    Edge(
                        terminal: .anyElement, event: .anyElement, ordinal: Ordinal(particle: ordinal, member: 0),
                        target: end))
            case .namespaces(let list):
                for (position, namespace) in list.enumerated() {
                    edges[start].append(
                        Edge(
                            terminal: .wildcard(namespace), event: .wildcard(namespace: namespace),
                            ordinal: Ordinal(particle: ordinal, member: position), target: end))
                }
            }
            ordinal += 1
            return end
        case .sequence(let particles, _):
            // 8.5.4.1.8.1: one after the other.
            var here = start
            for inner in particles {
                here = add(inner, from: here, ordinal: &ordinal)
            }
            return here
        case .choice(let particles, _):
            // 8.5.4.1.8.3: each starts here and ends in the same state.
            let end = newState()
            for inner in particles {
                let branch = newState()
                emptyEdges[start].append(branch)
                emptyEdges[add(inner, from: branch, ordinal: &ordinal)].append(end)
            }
            return end
        }
    }

    // MARK: Normalization

    private func closure(_ states: Set<Int>) -> Set<Int> {
        var found = states
        var queue = Array(states)
        while let state = queue.popLast() {
            for next in emptyEdges[state] where found.insert(next).inserted {
                queue.append(next)
            }
        }
        return found
    }

    private func determinize(
        start: Int, end: Int, isMixed: Bool
    ) throws(SchemaError) -> [[ContentAutomaton.Production]] {
        var numbers: [Set<Int>: Int] = [:]
        var queue: [Set<Int>] = []
        func number(_ set: Set<Int>) -> Int {
            if let known = numbers[set] { return known }
            numbers[set] = queue.count
            queue.append(set)
            return queue.count - 1
        }
        _ = number(closure([start]))
        var states: [[ContentAutomaton.Production]] = []
        while states.count < queue.count {
            let here = states.count
            let set = queue[here]
            var productions: [ContentAutomaton.Production] = []
            for group in try merged(set) {
                productions.append(
                    ContentAutomaton.Production(event: group.event, next: number(closure(group.targets))))
            }
            if set.contains(end) {
                productions.append(ContentAutomaton.Production(event: .end, next: here))
            }
            if isMixed {
                // 8.5.4.1.3.2: text may stand at any point of mixed content.
                productions.append(ContentAutomaton.Production(event: .characters, next: here))
            }
            states.append(productions)
        }
        return states
    }

    private struct MergedEdge {
        var event: ContentAutomaton.Event
        var kind: Int
        var ordinal: Ordinal
        var targets: Set<Int>
    }

    /// The productions of a state in event code order (8.5.4.3): SE(qname), SE(uri:*), SE(*), each in schema order.
    private func merged(_ states: Set<Int>) throws(SchemaError) -> [MergedEdge] {
        var groups: [Terminal: MergedEdge] = [:]
        for state in states {
            for edge in edges[state] {
                guard var group = groups[edge.terminal] else {
                    let kind =
                        switch edge.terminal {
                        case .element: 0
                        case .wildcard: 1
                        case .anyElement: 2
                        }
                    groups[edge.terminal] = MergedEdge(
                        event: edge.event, kind: kind, ordinal: edge.ordinal, targets: [edge.target])
                    continue
                }
                guard group.event == edge.event else {
                    throw SchemaError(
                        reason: .invalid, place: place, construct: owner,
                        detail: "one of its states reads the same element name with two types; give them one type")
                }
                group.targets.insert(edge.target)
                group.ordinal = min(group.ordinal, edge.ordinal)
                groups[edge.terminal] = group
            }
        }
        return groups.values.sorted { left, right in
            left.kind != right.kind ? left.kind < right.kind : left.ordinal < right.ordinal
        }
    }
}

extension ParticlePlan {
    var occurs: Occurs {
        switch self {
        case .element(_, let occurs), .wildcard(_, let occurs), .sequence(_, let occurs), .choice(_, let occurs):
            occurs
        }
    }

    /// The largest number of copies that an expansion has to write out in a row.
    var largestBound: Int {
        let own = max(occurs.minimum, occurs.maximum ?? 1)
        switch self {
        case .element, .wildcard:
            return own
        case .sequence(let particles, _), .choice(let particles, _):
            return particles.reduce(own) { max($0, $1.largestBound) }
        }
    }
}

/// Makes an automaton as small as it can be without changing a single event code, and keeps its start apart.
///
/// Two states are one when they read the same events in the same order and go on alike. EXI asks for no such merging and
/// forbids none: state numbers are never written.
enum AutomatonReducer {
    static func reduce(_ states: [[ContentAutomaton.Production]]) -> [[ContentAutomaton.Production]] {
        numbered(withStartApart(merged(states)))
    }

    /// Refines a partition of the states until no class tells its members apart.
    private static func merged(_ states: [[ContentAutomaton.Production]]) -> [[ContentAutomaton.Production]] {
        // Events are compared often and are large: small numbers stand for them.
        var eventNumbers: [ContentAutomaton.Event: Int] = [:]
        var events: [[Int]] = []
        for productions in states {
            var numbers: [Int] = []
            for production in productions {
                let number = eventNumbers[production.event] ?? eventNumbers.count
                eventNumbers[production.event] = number
                numbers.append(number)
            }
            events.append(numbers)
        }
        var classes = [Int](repeating: 0, count: states.count)
        var count = 0
        while true {
            var numbers: [[Int]: Int] = [:]
            var refined: [Int] = []
            for (state, productions) in states.enumerated() {
                var signature = [classes[state]]
                for (position, production) in productions.enumerated() {
                    signature.append(events[state][position])
                    signature.append(production.event == .end ? 0 : classes[production.next])
                }
                let fresh = numbers.count
                refined.append(numbers[signature] ?? fresh)
                numbers[signature] = refined.last
            }
            classes = refined
            if numbers.count == count { break }
            count = numbers.count
        }
        var result = [[ContentAutomaton.Production]](repeating: [], count: count)
        for (state, productions) in states.enumerated() {
            result[classes[state]] = productions.map { production in
                ContentAutomaton.Production(event: production.event, next: classes[production.next])
            }
        }
        return result
    }

    /// The first state is the content part of a start tag, where attributes may still come (EXI 1.0 8.5.4.4): what leads
    /// back to it leads to a copy instead, which the standard calls content2.
    private static func withStartApart(
        _ states: [[ContentAutomaton.Production]]
    ) -> [[ContentAutomaton.Production]] {
        let leadsBack = states.contains { $0.contains { $0.event != .end && $0.next == 0 } }
        guard leadsBack else { return states }
        let copy = states.count
        return (states + [states[0]]).map { productions in
            productions.map { production in
                production.next == 0 ? ContentAutomaton.Production(event: production.event, next: copy) : production
            }
        }
    }

    /// Numbers the states in the order in which they are met from the start; an end names its own state.
    private static func numbered(_ states: [[ContentAutomaton.Production]]) -> [[ContentAutomaton.Production]] {
        var numbers = [0: 0]
        var order = [0]
        var result: [[ContentAutomaton.Production]] = []
        while result.count < order.count {
            let here = result.count
            var productions: [ContentAutomaton.Production] = []
            for production in states[order[here]] {
                guard production.event != .end else {
                    productions.append(ContentAutomaton.Production(event: .end, next: here))
                    continue
                }
                let fresh = order.count
                let next = numbers[production.next] ?? fresh
                if next == fresh {
                    numbers[production.next] = fresh
                    order.append(production.next)
                }
                productions.append(ContentAutomaton.Production(event: production.event, next: next))
            }
            result.append(productions)
        }
        return result
    }
}

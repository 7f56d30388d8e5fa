package import V2GDER
internal import V2GX509

/// The inputs of policy processing (RFC 5280 6.1.1).
package struct PolicyInputs: Sendable {
    /// The acceptable policies, `nil` for any.
    package var acceptable: Set<ObjectIdentifier>?
    package var requiresExplicitPolicy = false
    package var inhibitsMapping = false
    package var inhibitsAnyPolicy = false

    package init() {}
}

/// Certificate policy processing (RFC 5280 6.1.2 to 6.1.5): a tree of policies, one level for each certificate.
struct PolicyProcessing {
    private struct Node {
        var policy: ObjectIdentifier
        var expected: Set<ObjectIdentifier>
        /// Index in the level above.
        var parent: Int
        var isAlive = true
    }

    /// Most nodes of a tree; mappings can make it grow exponentially.
    private static let bound = 1_024

    private let inputs: PolicyInputs
    private var levels: [[Node]] = [[Node(policy: .anyPolicy, expected: [.anyPolicy], parent: 0)]]
    private var isTreeEmpty = false
    private var explicitPolicy: Int
    private var mapping: Int
    private var inhibitAny: Int

    /// Whether a path, leaf first, asserts an acceptable policy, or needs none.
    static func accepts(_ path: [CertificateBody], _ inputs: PolicyInputs) throws(DERError) -> Bool {
        var processing = PolicyProcessing(inputs, count: path.count)
        for (index, body) in path.enumerated().reversed() {
            guard try processing.process(body, isLast: index == 0) else { return false }
        }
        return processing.isAcceptable
    }

    private init(_ inputs: PolicyInputs, count: Int) {
        self.inputs = inputs
        explicitPolicy = inputs.requiresExplicitPolicy ? 0 : count + 1
        mapping = inputs.inhibitsMapping ? 0 : count + 1
        inhibitAny = inputs.inhibitsAnyPolicy ? 0 : count + 1
    }

    private mutating func process(_ body: CertificateBody, isLast: Bool) throws(DERError) -> Bool {
        let isSelfIssued = body.isSelfIssued
        if let policies = try body.certificatePolicies() {
            if !isTreeEmpty {
                grow(policies, takesAny: inhibitAny > 0 || (!isLast && isSelfIssued))
                prune()
            }
        } else {
            isTreeEmpty = true
        }
        guard levels.reduce(0, { $0 + $1.count }) <= Self.bound else { return false }
        guard explicitPolicy > 0 || !isTreeEmpty else { return false }
        let constraints = try body.policyConstraints()
        if isLast {
            if explicitPolicy > 0 { explicitPolicy -= 1 }
            if constraints.requireExplicit == 0 { explicitPolicy = 0 }
            return true
        }
        for (from, to) in try body.policyMappings() where from == .anyPolicy || to == .anyPolicy { return false }
        if !isTreeEmpty { map(try body.policyMappings()) }
        if !isSelfIssued {
            if explicitPolicy > 0 { explicitPolicy -= 1 }
            if mapping > 0 { mapping -= 1 }
            if inhibitAny > 0 { inhibitAny -= 1 }
        }
        explicitPolicy = min(explicitPolicy, constraints.requireExplicit ?? explicitPolicy)
        mapping = min(mapping, constraints.inhibitMapping ?? mapping)
        inhibitAny = min(inhibitAny, try body.inhibitAnyPolicy() ?? inhibitAny)
        return true
    }

    /// RFC 5280 6.1.3 (d).
    private mutating func grow(_ policies: [ObjectIdentifier], takesAny: Bool) {
        let above = levels[levels.count - 1]
        var level: [Node] = []
        for policy in policies where policy != .anyPolicy {
            var isMatched = false
            for (index, node) in above.enumerated() where node.isAlive && node.expected.contains(policy) {
                level.append(Node(policy: policy, expected: [policy], parent: index))
                isMatched = true
            }
            if !isMatched, let any = above.firstIndex(where: { $0.isAlive && $0.policy == .anyPolicy }) {
                level.append(Node(policy: policy, expected: [policy], parent: any))
            }
        }
        if takesAny, policies.contains(.anyPolicy) {
            for (index, node) in above.enumerated() where node.isAlive {
                for value in node.expected where !level.contains(where: { $0.parent == index && $0.policy == value }) {
                    guard level.count < Self.bound else { break }
                    level.append(Node(policy: value, expected: [value], parent: index))
                }
            }
        }
        levels.append(level)
    }

    /// RFC 5280 6.1.4 (b).
    private mutating func map(_ mappings: [(from: ObjectIdentifier, to: ObjectIdentifier)]) {
        guard !mappings.isEmpty, levels.count > 1 else { return }
        let depth = levels.count - 1
        var targets: [ObjectIdentifier: Set<ObjectIdentifier>] = [:]
        for (from, to) in mappings { targets[from, default: []].insert(to) }
        for (from, to) in targets {
            if mapping == 0 {
                for index in levels[depth].indices where levels[depth][index].policy == from {
                    levels[depth][index].isAlive = false
                }
                continue
            }
            var isMatched = false
            for index in levels[depth].indices where levels[depth][index].isAlive && levels[depth][index].policy == from
            {
                levels[depth][index].expected = to
                isMatched = true
            }
            if !isMatched, let any = levels[depth].firstIndex(where: { $0.isAlive && $0.policy == .anyPolicy }) {
                levels[depth].append(Node(policy: from, expected: to, parent: levels[depth][any].parent))
            }
        }
        if mapping == 0 { prune() }
    }

    /// Drops nodes above the last level that have no children.
    private mutating func prune() {
        for depth in stride(from: levels.count - 2, through: 0, by: -1) {
            let used = Set(levels[depth + 1].filter(\.isAlive).map(\.parent))
            for index in levels[depth].indices where !used.contains(index) { levels[depth][index].isAlive = false }
        }
        isTreeEmpty = !(levels[levels.count - 1].contains { $0.isAlive })
    }

    /// RFC 5280 6.1.5 (g).
    private var isAcceptable: Bool {
        if explicitPolicy > 0 { return true }
        guard !isTreeEmpty else { return false }
        guard let acceptable = inputs.acceptable else { return true }
        let last = levels.count - 1
        return levels[last].contains { node in
            guard node.isAlive else { return false }
            // The policy under which the user knows it: the uppermost that is not "any".
            var current = node
            var named: ObjectIdentifier? = node.policy == .anyPolicy ? nil : node.policy
            for depth in stride(from: last - 1, through: 0, by: -1) {
                current = levels[depth][current.parent]
                if current.policy != .anyPolicy { named = current.policy }
            }
            return named.map(acceptable.contains) ?? !acceptable.isEmpty
        }
    }
}

extension CertificateBody {
    fileprivate func policyConstraints() throws(DERError) -> (requireExplicit: Int?, inhibitMapping: Int?) {
        try decode(.policyConstraints) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            func skip(_ tag: DERTag) throws(DERError) -> Int? {
                inner.nextTag == tag ? try inner.readSmallInteger(tag) : nil
            }
            let explicit = try skip(.contextPrimitive(0))
            let mapping = try skip(.contextPrimitive(1))
            try inner.finish()
            return (explicit, mapping)
        } ?? (nil, nil)
    }

    fileprivate func policyMappings() throws(DERError) -> [(from: ObjectIdentifier, to: ObjectIdentifier)] {
        try decode(.policyMappings) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            var found: [(from: ObjectIdentifier, to: ObjectIdentifier)] = []
            while !inner.isAtEnd {
                guard found.count < 64 else { throw DERError(.tooMany("policy mappings"), at: inner.offset) }
                var pair = try inner.readSequence()
                found.append((from: try pair.readObjectIdentifier(), to: try pair.readObjectIdentifier()))
                try pair.finish()
            }
            return found
        } ?? []
    }

    fileprivate func inhibitAnyPolicy() throws(DERError) -> Int? {
        try decode(.inhibitAnyPolicy) { (reader) throws(DERError) in try reader.readSmallInteger() }
    }
}

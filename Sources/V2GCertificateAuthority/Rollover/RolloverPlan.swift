public import V2GKeys
public import V2GPrimitives

/// The dated plan of replacing one root by another, and how far it has come.
///
/// 1. *announce*: the new root exists, and each root certifies the other's key (link certificates, RFC 4210 4.4), so
///    that a peer that knows either can trust both.
/// 2. *distribute*: the old root's sub-CAs are certified by the new root too, with the same keys.
/// 3. *change over*: holders get chains to the new root.
/// 4. *retire*: the old root and what it certified leave service.
public struct RolloverPlan: Sendable, Codable, Hashable {
    /// The steps, in their order.
    public enum Step: String, Sendable, Codable, CaseIterable, Comparable {
        case announce, distribute, changeOver, retire

        public static func < (left: Step, right: Step) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }

    /// A step with its date and, once done, when that was.
    public struct Dated: Sendable, Codable, Hashable {
        public let step: Step
        /// Not before this, in seconds since 1970.
        public let due: Int64
        public var doneAt: Int64?
    }

    /// Names of the authorities.
    public let oldRoot: String
    public let newRoot: String
    public let newCommonName: String
    public let algorithm: KeyAlgorithm
    public var steps: [Dated]
    /// Common names of stations and cars that confirmed to hold the new root.
    public var confirmed: Set<String> = []

    /// - Parameters:
    ///   - start: When the new root is made.
    ///   - distributeAfter, changeOverAfter, retireAfter: Days from the start, each above the one before.
    public init(
        oldRoot: String, newRoot: String, newCommonName: String, algorithm: KeyAlgorithm, start: Timestamp,
        distributeAfter: Int, changeOverAfter: Int, retireAfter: Int
    ) throws(IssuanceError) {
        guard 0 <= distributeAfter, distributeAfter < changeOverAfter, changeOverAfter < retireAfter,
            retireAfter <= 20_000
        else {
            throw IssuanceError(
                .planRefused,
                "the days of a rollover must rise: distribute (\(distributeAfter)) < change over (\(changeOverAfter)) "
                    + "< retire (\(retireAfter)) <= 20000.")
        }
        self.oldRoot = oldRoot
        self.newRoot = newRoot
        self.newCommonName = newCommonName
        self.algorithm = algorithm
        func day(_ days: Int) -> Int64 { start.advanced(bySeconds: Int64(days) * 86_400).seconds }
        steps = [
            Dated(step: .announce, due: start.seconds), Dated(step: .distribute, due: day(distributeAfter)),
            Dated(step: .changeOver, due: day(changeOverAfter)), Dated(step: .retire, due: day(retireAfter)),
        ]
    }

    /// The first step that is not done.
    public var next: Dated? { steps.first { $0.doneAt == nil } }

    /// Whether a step was done.
    public func isDone(_ step: Step) -> Bool { steps.contains { $0.step == step && $0.doneAt != nil } }

    /// When a step was done, in seconds since 1970.
    public func doneAt(_ step: Step) -> Int64? { steps.first { $0.step == step }?.doneAt }

    mutating func finish(_ step: Step, at time: Int64) {
        for index in steps.indices where steps[index].step == step { steps[index].doneAt = time }
    }
}

/// Where a rollover stands.
public struct RolloverStatus: Sendable, Codable {
    /// One step with its dates in RFC 3339.
    public struct Step: Sendable, Codable {
        public let step: RolloverPlan.Step
        public let due: String
        public let doneAt: String?
        public let isDue: Bool
    }

    public let oldRoot: String
    public let newRoot: String
    public let steps: [Step]
    /// Stations that have not confirmed to hold the new root; of a V2G root, only those without a chain to it.
    public let stationsNotReady: [String]
    /// Cars that have not confirmed to hold the new root; of an OEM root, only those without a chain to it.
    public let carsNotReady: [String]

    public var isReadyToRetire: Bool { stationsNotReady.isEmpty && carsNotReady.isEmpty }
}

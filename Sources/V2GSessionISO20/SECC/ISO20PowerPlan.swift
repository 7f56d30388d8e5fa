internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GSession

/// A power schedule or profile read as a step function of time.
struct ISO20PowerPlan: Sendable {
    private let steps: [(begin: UInt64, end: UInt64, power: Watts)]

    init(_ anchor: UInt64, _ entries: [ISO20Common.PowerScheduleEntry]) {
        var begin = anchor
        steps = entries.map { entry in
            let (sum, overflow) = begin.addingReportingOverflow(UInt64(entry.duration))
            let end = overflow ? UInt64.max : sum
            defer { begin = end }
            return (begin, end, ISO20SECC.sum(entry.power, entry.powerL2, entry.powerL3))
        }
    }

    init(_ schedule: ISO20Common.PowerSchedule) {
        self.init(schedule.timeAnchor, Array(schedule.powerScheduleEntries.powerScheduleEntry))
    }

    private init(steps: [(begin: UInt64, end: UInt64, power: Watts)]) { self.steps = steps }

    /// Every power without its sign: schedules of discharging are written either way.
    var magnitude: ISO20PowerPlan { ISO20PowerPlan(steps: steps.map { ($0.begin, $0.end, $0.power.magnitude) }) }

    /// What a profile gives back, as positive power.
    var discharging: ISO20PowerPlan {
        ISO20PowerPlan(steps: steps.map { ($0.begin, $0.end, max(.zero, -$0.power)) })
    }

    /// `nil` before the first step and after the last.
    func power(at time: UInt64) -> Watts? { steps.first { $0.begin <= time && time < $0.end }?.power }

    /// When this plan first asks for more than the other allows; times that the other does not cover are not judged,
    /// since cars anchor and round theirs differently.
    func firstExcess(over limit: ISO20PowerPlan) -> UInt64? {
        for step in steps {
            for allowed in limit.steps where allowed.begin < step.end && step.begin < allowed.end {
                // The wire rounds powers to 16 bits.
                let tolerance = max(1, allowed.power.value * 0.001)
                if step.power.value > allowed.power.value + tolerance { return max(step.begin, allowed.begin) }
            }
        }
        return nil
    }
}

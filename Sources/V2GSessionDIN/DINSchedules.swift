internal import SchemaTypes
package import V2GMessagesDIN
package import V2GSession

extension DIN.TimeInterval {
    /// Seconds after the schedule begins.
    package var start: Int64 {
        switch self {
        case .relativeTimeInterval(let interval): Int64(interval.start)
        }
    }

    /// Only the last entry of a schedule needs one.
    package var duration: Int64? {
        switch self {
        case .relativeTimeInterval(let interval): interval.duration.map { Int64($0) }
        }
    }
}

// PMax is a number of 16 bits, in watts and without a multiplier: it ends at 32,767 W, far below what chargers give.
// Stations write the largest number for "as much as there is", and the limits of the charge parameters hold.
extension DIN.PMaxScheduleEntry {
    package static let unlimited = DIN.PMax.max

    /// `nil` where the schedule does not limit the power.
    package var limit: Watts? { pMax == Self.unlimited ? nil : Watts(Double(pMax)) }
}

extension DIN.PMax {
    /// Rounded down, so that a limit is not lifted by the way it is written.
    package init(limit power: Watts) {
        let most = Double(DIN.PMaxScheduleEntry.unlimited)
        self = DIN.PMax(Swift.max(0, Swift.min(most, power.value.rounded(.down))))
    }
}

extension DIN.PMaxSchedule {
    /// The entry that holds at a time; before the first and after the last one theirs holds.
    func entry(atSecond second: Int64) -> DIN.PMaxScheduleEntry? {
        let entries = pMaxScheduleEntry.elements
        return entries.last { $0.timeInterval.start <= second } ?? entries.first
    }

    /// At most `count` entries. What is left out is covered by the last one kept, with the least power of them all.
    func limited(to count: Int) -> Self {
        let entries = pMaxScheduleEntry.elements
        guard count >= 1, entries.count > count, var last = entries.prefix(count).last else { return self }
        if let least = entries.dropFirst(count - 1).map(\.pMax).min() { last.pMax = least }
        if let end = entries.last, let duration = end.timeInterval.duration {
            last.timeInterval = .relativeTimeInterval(
                DIN.RelativeTimeInterval(
                    start: UInt32(clamping: last.timeInterval.start),
                    duration: UInt32(clamping: end.timeInterval.start + duration - last.timeInterval.start)))
        }
        return Self(
            pMaxScheduleID: pMaxScheduleID,
            pMaxScheduleEntry: BoundedList(unchecked: Array(entries.prefix(count - 1)) + [last]))
    }
}

extension DINEdition.Schedules {
    /// One schedule over a day with one power.
    package static func flat(_ power: Watts) -> Self {
        let entry = DIN.PMaxScheduleEntry(
            timeInterval: .relativeTimeInterval(DIN.RelativeTimeInterval(start: 0, duration: 86_400)),
            pMax: DIN.PMax(limit: power))
        return Self(tuples: [
            DIN.SAScheduleTuple(
                saScheduleTupleID: 1,
                pMaxSchedule: DIN.PMaxSchedule(
                    pMaxScheduleID: 1, pMaxScheduleEntry: BoundedList(unchecked: [entry])))
        ])
    }

    /// What known cars can hold: three tuples of twelve entries, and no sales tariffs.
    package var sendable: Self {
        Self(
            tuples: tuples.prefix(3).map { tuple in
                DIN.SAScheduleTuple(
                    saScheduleTupleID: tuple.saScheduleTupleID, pMaxSchedule: tuple.pMaxSchedule.limited(to: 12))
            })
    }

    func schedule(_ id: DIN.SAID) -> DIN.PMaxSchedule? {
        tuples.first { $0.saScheduleTupleID == id }?.pMaxSchedule
    }

    /// Why a charging profile does not go with its tuple, `nil` when it does.
    package func fault(of profile: DIN.ChargingProfile) -> String? {
        guard let schedule = schedule(profile.saScheduleTupleID) else { return nil }
        for entry in profile.profileEntry.elements {
            let start = Int64(entry.chargingProfileEntryStart)
            guard let limit = schedule.entry(atSecond: start)?.limit else { continue }
            let power = Watts(Double(entry.chargingProfileEntryMaxPower))
            if power > limit {
                return "The profile takes \(power.value) W from second \(start) on, where the schedule has "
                    + "\(limit.value) W."
            }
        }
        return nil
    }
}

internal import SchemaTypes
package import V2GMessagesISO2
package import V2GSession

extension ISO2.TimeInterval {
    /// Seconds after the schedule begins.
    package var start: Int64 {
        switch self {
        case .relativeTimeInterval(let interval): Int64(interval.start.value)
        }
    }

    /// Only the last entry of a schedule needs one.
    package var duration: Int64? {
        switch self {
        case .relativeTimeInterval(let interval): interval.duration.map { Int64($0.value) }
        }
    }
}

extension ISO2.PMaxSchedule {
    /// The power that may be drawn at a time; before the first and after the last entry theirs holds.
    package func power(atSecond second: Int64) -> Watts? {
        let entries = pMaxScheduleEntry.elements
        return (entries.last { $0.timeInterval.start <= second } ?? entries.first)?.pMax.watts
    }

    /// At most `count` entries. What is left out is covered by the last one kept, with the least power of them all, so
    /// that nobody draws more than was planned.
    package func limited(to count: Int) -> Self {
        let entries = pMaxScheduleEntry.elements
        guard count >= 1, entries.count > count, var last = entries.prefix(count).last else { return self }
        let merged = entries.dropFirst(count - 1)
        if let least = merged.compactMap(\.pMax.watts).min() { last.pMax = ISO2.PhysicalValue(least) }
        if let end = entries.last, let duration = end.timeInterval.duration {
            last.timeInterval = .relativeTimeInterval(
                ISO2.RelativeTimeInterval(
                    start: Ranged(clamping: last.timeInterval.start),
                    duration: Ranged(clamping: end.timeInterval.start + duration - last.timeInterval.start)))
        }
        return Self(pMaxScheduleEntry: BoundedList(unchecked: Array(entries.prefix(count - 1)) + [last]))
    }
}

extension ISO2Edition.Schedules {
    /// The most that the schema takes.
    private static let mostTuples = 3

    /// As many entries and tuples as the car takes. A tariff is signed as it is: where one would have to be cut or left
    /// out, all go, and the signature with them.
    package func fitting(_ maximumEntries: UInt16?) -> Self {
        // Zero leaves it open, as some cars write it.
        let limit = maximumEntries.map { $0 == 0 ? Int.max : Int($0) } ?? Int.max
        let kept = tuples.prefix(min(Self.mostTuples, limit))
        let signed = tuples.count { $0.salesTariff != nil }
        let fits = kept.count { $0.salesTariff.map { $0.salesTariffEntry.count <= limit } ?? false }
        let keepsTariffs = signed == fits
        return Self(
            tuples: kept.map { tuple in
                var tuple = tuple
                tuple.pMaxSchedule = tuple.pMaxSchedule.limited(to: limit)
                if !keepsTariffs { tuple.salesTariff = nil }
                return tuple
            },
            signature: keepsTariffs ? signature : nil)
    }

    /// Why a charging profile does not go with a tuple, `nil` when it does.
    package func fault(of profile: ISO2.ChargingProfile, tuple id: ISO2.SAID) -> String? {
        guard let schedule = tuples.first(where: { $0.saScheduleTupleID == id })?.pMaxSchedule else { return nil }
        for entry in profile.profileEntry.elements {
            guard let power = entry.chargingProfileEntryMaxPower.watts else {
                return "A profile entry has a power without the unit W."
            }
            let start = Int64(entry.chargingProfileEntryStart)
            guard let most = schedule.power(atSecond: start) else { continue }
            if power > most {
                return "The profile takes \(power.value) W from second \(start) on, where the schedule has "
                    + "\(most.value) W."
            }
        }
        return nil
    }
}

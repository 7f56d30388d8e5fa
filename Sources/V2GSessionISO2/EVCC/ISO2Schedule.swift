internal import SchemaTypes
internal import V2GKeys
internal import V2GMessagesISO2
internal import V2GMessagesXMLDSig
internal import V2GSession
internal import V2GSignatures

/// One schedule that a station offers, read: when how much power may be taken.
struct ISO2Schedule: Sendable, Hashable {
    struct Step: Sendable, Hashable {
        /// Seconds after the schedule was received.
        let start: UInt32
        let limit: Watts
        let wire: ISO2.PhysicalValue
    }

    let tuple: ISO2.SAScheduleTuple
    let steps: [Step]
    /// When the last step ends, `nil` when the station does not say.
    let end: UInt32?
    /// The mobility operator's prices, only when their signature was verified.
    var tariff: ISO2.SalesTariff?

    /// `nil` when the schedule cannot be followed: not in order, not in watts, or negative.
    init?(_ tuple: ISO2.SAScheduleTuple) {
        self.tuple = tuple
        var steps: [Step] = []
        var end: UInt32?
        for entry in tuple.pMaxSchedule.pMaxScheduleEntry.elements {
            guard case .relativeTimeInterval(let interval) = entry.timeInterval, let limit = entry.pMax.watts,
                limit >= .zero
            else { return nil }
            let start = interval.start.value
            if let last = steps.last, last.start >= start { return nil }
            steps.append(Step(start: start, limit: limit, wire: entry.pMax))
            end = interval.duration.map { start + $0.value }
        }
        self.steps = steps
        self.end = end
    }

    /// What may be taken at a time: nothing before the first step and after the last one.
    func limit(at seconds: UInt32) -> Watts {
        if let end, seconds >= end { return .zero }
        return steps.last { $0.start <= seconds }?.limit ?? .zero
    }

    /// The energy that can be charged until a time.
    func energy(until departure: UInt32, at most: Watts) -> WattHours {
        var sum = 0.0
        for (index, step) in steps.enumerated() {
            let next = index + 1 < steps.count ? steps[index + 1].start : (end ?? departure)
            let stop = min(next, departure)
            guard stop > step.start else { continue }
            sum += min(step.limit, most).value * Double(stop - step.start) / 3_600
        }
        return WattHours(sum)
    }

    /// The mean price level, where there is a tariff that counts.
    var priceLevel: Double? {
        let levels = tariff?.salesTariffEntry.elements.compactMap(\.ePriceLevel) ?? []
        guard !levels.isEmpty else { return nil }
        return levels.reduce(0.0) { $0 + Double($1) } / Double(levels.count)
    }

    /// The car's plan: as much as it takes, never more than the schedule allows.
    ///
    /// A profile holds 24 entries. What does not fit is covered by the lowest of the limits that are left.
    func profile(upTo power: Watts) throws(SchemaViolation) -> ISO2.ChargingProfile {
        let room = 24
        var entries: [ISO2.ProfileEntry] = []
        for (index, step) in steps.prefix(room).enumerated() {
            let isTail = index == room - 1
            let lowest = isTail ? steps[index...].min { $0.limit < $1.limit } ?? step : step
            var value = lowest.wire
            if power < lowest.limit {
                let own = ISO2.PhysicalValue(power)
                // Rounding must not lift it above the limit.
                if let rounded = own.watts, rounded <= lowest.limit { value = own }
            }
            entries.append(
                ISO2.ProfileEntry(
                    chargingProfileEntryStart: step.start, chargingProfileEntryMaxPower: value,
                    chargingProfileEntryMaxNumberOfPhasesInUse: nil))
        }
        return ISO2.ChargingProfile(profileEntry: try BoundedList(entries))
    }
}

extension [ISO2Schedule] {
    /// The schedule to take: the paused session's where it is offered again, else the one that charges most of what is
    /// wanted until departure, the cheaper of two equal ones, and the station's first of what is left.
    func choice(wanted: WattHours, departure: UInt32, power: Watts, earlier: UInt8?) -> ISO2Schedule? {
        if let earlier, let same = first(where: { $0.tuple.saScheduleTupleID.value == earlier }) { return same }
        return enumerated().max { left, right in
            let (less, more) = (
                Swift.min(left.element.energy(until: departure, at: power), wanted),
                Swift.min(right.element.energy(until: departure, at: power), wanted)
            )
            if less != more { return less < more }
            let (cheap, dear) = (right.element.priceLevel ?? .infinity, left.element.priceLevel ?? .infinity)
            if cheap != dear { return cheap < dear }
            return left.offset > right.offset
        }?.element
    }
}

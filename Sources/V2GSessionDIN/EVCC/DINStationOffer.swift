internal import SchemaTypes
internal import V2GMessagesDIN
internal import V2GSession

/// What a station announced. Later values may be lower, never higher.
struct DINStationLimits: Sendable, Hashable {
    let voltage: ClosedRange<Volts>
    let current: Amperes
    let power: Watts

    init?(_ offer: DIN.DCEVSEChargeParameter) {
        guard let low = offer.evseMinimumVoltageLimit.volts, let high = offer.evseMaximumVoltageLimit.volts,
            let least = offer.evseMinimumCurrentLimit.amperes, let most = offer.evseMaximumCurrentLimit.amperes,
            low >= .zero, low <= high, least >= .zero, least <= most
        else { return nil }
        voltage = low...high
        current = most
        // A station need not say it.
        guard let announced = offer.evseMaximumPowerLimit else {
            power = high * most
            return
        }
        guard let announced = announced.watts, announced >= .zero else { return nil }
        power = announced
    }

    /// Says what about a reading cannot be true, or must not: more than the station has announced, or the car bears.
    /// One station is known to report 1510 A through a wrong multiplier.
    func implausibility(voltage present: Volts, current: Amperes = .zero, car: DCVehicle) -> String? {
        let highest = min(voltage.upperBound.value, car.maximumVoltage.value) * 1.1 + 5
        guard (-10...highest).contains(present.value) else {
            return "The station reports \(present.value) V, beyond what it announced or the car bears."
        }
        let most = min(self.current.value, car.maximumCurrent.value) * 1.1 + 5
        guard (-5...most).contains(current.value) else {
            return "The station reports \(current.value) A, beyond what it announced or the car bears."
        }
        return nil
    }
}

/// The schedule that is followed: when how much power may be taken.
struct DINSchedule: Sendable, Hashable {
    let tuple: DIN.SAScheduleTuple

    /// The first that is in order. The others have nothing that DIN would let a car choose by: no prices.
    static func first(of schedules: DIN.SASchedules) -> Self? {
        guard case .saScheduleList(let list) = schedules else { return nil }
        return list.saScheduleTuple.elements.lazy.compactMap { Self($0) }.first
    }

    init?(_ tuple: DIN.SAScheduleTuple) {
        var last: Int64 = -1
        for entry in tuple.pMaxSchedule.pMaxScheduleEntry.elements {
            guard entry.timeInterval.start > last, entry.pMax >= 0 else { return nil }
            last = entry.timeInterval.start
        }
        self.tuple = tuple
    }

    private var entries: [DIN.PMaxScheduleEntry] { tuple.pMaxSchedule.pMaxScheduleEntry.elements }

    /// What may be taken at a time, `nil` when the schedule does not limit it: nothing before the first entry and after
    /// the end of the last one, where it has one.
    func limit(atSecond second: Int64) -> Watts? {
        guard let entry = entries.last(where: { $0.timeInterval.start <= second }) else { return .zero }
        if entry == entries.last, let duration = entry.timeInterval.duration,
            second >= entry.timeInterval.start + duration
        {
            return .zero
        }
        return entry.limit
    }

    /// The car's plan: as much as it takes, never more than the schedule allows. What does not fit into 24 entries is
    /// covered by the lowest of those that are left.
    func profile(upTo power: Watts) -> DIN.ChargingProfile {
        let own = DIN.PMax(limit: power)
        let planned = tuple.pMaxSchedule.limited(to: 24).pMaxScheduleEntry.elements.map { entry in
            DIN.ProfileEntry(
                chargingProfileEntryStart: UInt32(clamping: entry.timeInterval.start),
                chargingProfileEntryMaxPower: min(own, entry.pMax))
        }
        return DIN.ChargingProfile(
            saScheduleTupleID: tuple.saScheduleTupleID, profileEntry: BoundedList(unchecked: planned))
    }
}

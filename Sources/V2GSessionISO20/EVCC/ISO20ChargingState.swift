internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GMessagesXMLDSig
internal import V2GPrimitives
internal import V2GSession

/// What was agreed on, and how the charging goes.
struct ISO20ChargingState: Sendable {
    var limits: ISO20StationLimits?
    var schedules: ISO20Edition.Schedules?
    var schedule: ISO20ScheduleChoice?

    var isPlugLocked = false
    /// State C.
    var isReady = false
    var isContactorClosed = false
    /// PowerDelivery(Start) was accepted, and no stop since.
    var isDelivering = false
    var hasTriedPreCharge = false
    var isPreCharged = false

    /// The station's limits of the moment, DC.
    var powerLimit: Watts?
    var currentLimit: Amperes?
    var hasWarnedOfLimits = false

    var loops = 0
    var loopsSinceStart = 0
    /// The last power that the on-board charger was told.
    var power: Watts?
    var lastMeter: ISO20.MeterInfo?
    var firstMeter: ISO20.MeterInfo?
    /// What is to be confirmed, as the station sent it.
    var metering: ISO20Common.SignedMeteringData?
    var meteringSignature: XMLDSig.Signature?
    var weldingPolls = 0

    var hasSchedules: Bool { schedules != nil }
}

/// The tuple that the car took from a station's offer.
struct ISO20ScheduleChoice: Sendable, Hashable {
    let id: ISO20.NumericID
    let schedule: ISO20Common.PowerSchedule

    /// Entries that the car announces at most: what known stacks hold.
    static let maximumEntries = 24

    /// The tuple with the most energy; of equals the first.
    static func best(of tuples: [ISO20Common.ScheduleTuple]) -> ISO20ScheduleChoice? {
        var best: (choice: ISO20ScheduleChoice, energy: Double)?
        for tuple in tuples {
            let schedule = tuple.chargingSchedule.powerSchedule
            let energy = schedule.powerScheduleEntries.powerScheduleEntry.elements.reduce(0) {
                $0 + Double($1.duration) * $1.total.value
            }
            if let best, best.energy >= energy { continue }
            best = (ISO20ScheduleChoice(id: tuple.scheduleTupleID, schedule: schedule), energy)
        }
        return best?.choice
    }

    /// Why an offer cannot be taken, `nil` when it can.
    static func objection(to tuples: [ISO20Common.ScheduleTuple]) -> String? {
        guard Set(tuples.map(\.scheduleTupleID)).count == tuples.count else {
            return "Two schedule tuples have one identifier."
        }
        for tuple in tuples {
            let entries = tuple.chargingSchedule.powerSchedule.powerScheduleEntries.powerScheduleEntry.elements
            guard entries.allSatisfy({ $0.total >= .zero }) else {
                return "Charging schedule \(tuple.scheduleTupleID.value) has negative power."
            }
            guard entries.contains(where: { $0.duration > 0 }) else {
                return "Charging schedule \(tuple.scheduleTupleID.value) covers no time."
            }
        }
        return nil
    }

    /// What the schedule allows at a moment; after its end nothing, before its beginning the first entry.
    func power(at time: Timestamp) -> Watts {
        let entries = schedule.powerScheduleEntries.powerScheduleEntry.elements
        var end = Double(schedule.timeAnchor)
        for entry in entries {
            end += Double(entry.duration)
            if Double(time.seconds) < end { return entry.total }
        }
        return .zero
    }

    /// The car's own plan: the schedule, as far as the car can take it.
    func profile(maximum: Watts) -> [ISO20Common.PowerScheduleEntry] {
        schedule.powerScheduleEntries.powerScheduleEntry.elements.prefix(Self.maximumEntries).map {
            ISO20Common.PowerScheduleEntry(duration: $0.duration, power: .init(min($0.total, maximum)))
        }
    }
}

extension ISO20Common.PowerScheduleEntry {
    var total: Watts { .sum(power, powerL2, powerL3) }
}

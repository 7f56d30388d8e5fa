internal import SchemaTypes
internal import V2GCertificates
internal import V2GMessagesDIN
internal import V2GMessagesISO2
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GPrimitives
internal import V2GSession
package import V2GSessionDIN
package import V2GSessionISO2
package import V2GSessionISO20
internal import V2GSignatures

extension StandInBackend {
    /// How far schedules reach: a day, the most that -2 allows.
    private static let horizon: UInt32 = 86_400

    /// One tuple with the full power for a day.
    package func makeSchedules(_ question: DINEdition.ScheduleQuestion) async -> DINEdition.Schedules {
        let entry = DIN.PMaxScheduleEntry(
            timeInterval: .relativeTimeInterval(DIN.RelativeTimeInterval(start: 0, duration: Self.horizon)),
            pMax: DIN.PMax(limit: question.maximumPower))
        return DINEdition.Schedules(tuples: [
            DIN.SAScheduleTuple(
                saScheduleTupleID: 1,
                pMaxSchedule: DIN.PMaxSchedule(pMaxScheduleID: 1, pMaxScheduleEntry: BoundedList(unchecked: [entry])))
        ])
    }

    /// One tuple with the full power until departure; for contracts a tariff of two price levels that the mobility
    /// operator signed.
    package func makeSchedules(_ question: ISO2Edition.ScheduleQuestion) async -> ISO2Edition.Schedules {
        if let resumed = question.resumed { return resumed }
        let duration = Self.horizon
        func interval(from start: UInt32, for duration: UInt32?) -> ISO2.TimeInterval {
            .relativeTimeInterval(
                ISO2.RelativeTimeInterval(
                    start: Ranged(clamping: start), duration: duration.map { Ranged(clamping: $0) }))
        }
        var tuple = ISO2.SAScheduleTuple(
            saScheduleTupleID: Ranged(clamping: 1),
            pMaxSchedule: ISO2.PMaxSchedule(
                pMaxScheduleEntry: BoundedList(unchecked: [
                    ISO2.PMaxScheduleEntry(
                        timeInterval: interval(from: 0, for: duration),
                        pMax: ISO2.PhysicalValue(question.maximumPower))
                ])))
        guard case .contract = question.grant.method, let key = iso2.tariffKey else {
            return ISO2Edition.Schedules(tuples: [tuple])
        }
        let tariff = ISO2.SalesTariff(
            id: XMLID(unchecked: "tariff1"), salesTariffID: Ranged(clamping: 1), numEPriceLevels: 2,
            salesTariffEntry: BoundedList(unchecked: [
                ISO2.SalesTariffEntry(timeInterval: interval(from: 0, for: nil), ePriceLevel: 1),
                ISO2.SalesTariffEntry(timeInterval: interval(from: 43_200, for: 43_200), ePriceLevel: 2),
            ]))
        // A tariff that cannot be signed is not sent: the car charges without one.
        guard
            let signature = try? await PendingSignature.signature(
                over: [try SignableElement.salesTariff(tariff)], by: key, profile: SignatureProfile(edition: .iso2))
        else { return ISO2Edition.Schedules(tuples: [tuple]) }
        tuple.salesTariff = tariff
        return ISO2Edition.Schedules(tuples: [tuple], signature: signature)
    }

    /// One tuple with the full power for a day, or the car's own wishes in dynamic mode.
    package func makeSchedules(_ question: ISO20Edition.ScheduleQuestion) async -> ISO20Edition.Schedules {
        switch question.request.seReqControlMode {
        case .dynamicSEReqControlMode(let wish):
            return ISO20Edition.Schedules(
                offer: .dynamic(
                    ISO20Common.DynamicSEResControlMode(
                        departureTime: wish.departureTime, minimumSOC: wish.minimumSOC, targetSOC: wish.targetSOC)))
        case .scheduledSEReqControlMode:
            let start = UInt64(clamping: now().seconds)
            // The schema leaves prices away; Josev's car takes no schedule without. One level says that none is cheaper.
            let prices = ISO20Common.ChargingSchedule.PriceSchedule.priceLevelSchedule(
                ISO20Common.PriceLevelSchedule(
                    timeAnchor: start, priceScheduleID: .init(unchecked: 1), numberOfPriceLevels: 1,
                    priceLevelScheduleEntries: ISO20Common.PriceLevelScheduleEntryList(
                        priceLevelScheduleEntry: BoundedList(unchecked: [
                            ISO20Common.PriceLevelScheduleEntry(duration: Self.horizon, priceLevel: 0)
                        ]))))
            func schedule(_ power: Watts) -> ISO20Common.ChargingSchedule {
                ISO20Common.ChargingSchedule(
                    powerSchedule: ISO20Common.PowerSchedule(
                        timeAnchor: start,
                        powerScheduleEntries: ISO20Common.PowerScheduleEntryList(
                            powerScheduleEntry: BoundedList(unchecked: [
                                ISO20Common.PowerScheduleEntry(
                                    duration: Self.horizon, power: ISO20.RationalNumber(power))
                            ]))),
                    priceSchedule: prices)
            }
            let tuple = ISO20Common.ScheduleTuple(
                scheduleTupleID: .init(unchecked: 1), chargingSchedule: schedule(question.maximumPower),
                dischargingSchedule: question.maximumDischargePower.map { schedule($0) })
            return ISO20Edition.Schedules(offer: .scheduled([tuple]))
        }
    }
}

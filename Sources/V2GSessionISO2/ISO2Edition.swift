package import V2GMessagesISO2
package import V2GMessagesXMLDSig
package import V2GSession

/// ISO 15118-2 as the shared parts of the cores see it.
package enum ISO2Edition: SessionEdition {
    package typealias Message = ISO2.V2GMessage

    package struct Schedules: Sendable, Hashable {
        /// One to three.
        package var tuples: [ISO2.SAScheduleTuple]
        /// The mobility operator's, over each sales tariff; `nil` without tariffs.
        package var signature: XMLDSig.Signature?

        package init(tuples: [ISO2.SAScheduleTuple], signature: XMLDSig.Signature? = nil) {
            self.tuples = tuples
            self.signature = signature
        }
    }

    package struct ScheduleQuestion: Sendable, Hashable {
        package var mode: ISO2.EnergyTransferMode
        /// Seconds from now; `nil` or 0 leaves it open.
        package var departure: UInt32?
        package var energy: WattHours?
        /// Most schedule entries that the car takes; `nil` when it does not say.
        package var maximumEntries: UInt16?
        package var maximumPower: Watts
        /// Sales tariffs are for contracts only.
        package var grant: ChargingGrant
        /// The tuples of the paused session that is resumed: repeated, durations reduced.
        package var resumed: Schedules?

        package init(
            mode: ISO2.EnergyTransferMode, departure: UInt32?, energy: WattHours?, maximumEntries: UInt16?,
            maximumPower: Watts, grant: ChargingGrant, resumed: Schedules? = nil
        ) {
            self.mode = mode
            self.departure = departure
            self.energy = energy
            self.maximumEntries = maximumEntries
            self.maximumPower = maximumPower
            self.grant = grant
            self.resumed = resumed
        }
    }

    package struct PausedSelections: Sendable, Hashable {
        package var payment: ISO2.PaymentOption
        package var mode: ISO2.EnergyTransferMode
        package var schedules: Schedules
        package var selectedTuple: UInt8

        package init(
            payment: ISO2.PaymentOption, mode: ISO2.EnergyTransferMode, schedules: Schedules, selectedTuple: UInt8
        ) {
            self.payment = payment
            self.mode = mode
            self.schedules = schedules
            self.selectedTuple = selectedTuple
        }
    }

    package struct Receipt: Sendable, Hashable {
        /// As the car signed it.
        package var request: ISO2.MeteringReceiptReq
        package var signature: XMLDSig.Signature

        package init(request: ISO2.MeteringReceiptReq, signature: XMLDSig.Signature) {
            self.request = request
            self.signature = signature
        }
    }
}

package import V2GMessagesDIN
package import V2GSession

/// DIN SPEC 70121 as the shared parts of the cores see it: DC, external identification, no TLS.
package enum DINEdition: SessionEdition {
    package typealias Message = DIN.V2GMessage

    package struct Schedules: Sendable, Hashable {
        /// One to three; sales tariffs are not part of DIN SPEC 70121 and are left out when sent.
        package var tuples: [DIN.SAScheduleTuple]

        package init(tuples: [DIN.SAScheduleTuple]) { self.tuples = tuples }
    }

    package struct ScheduleQuestion: Sendable, Hashable {
        package var maximumPower: Watts

        package init(maximumPower: Watts) { self.maximumPower = maximumPower }
    }

    /// DIN knows no pause.
    package typealias PausedSelections = Never
    /// DIN knows no receipts.
    package typealias Receipt = Never
}

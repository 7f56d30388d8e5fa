package import V2GMessagesISO20AC
package import V2GMessagesISO20Common
package import V2GMessagesISO20DC
package import V2GMessagesXMLDSig
package import V2GSession

/// ISO 15118-20 as the shared parts of the cores see it.
package enum ISO20Edition: SessionEdition {
    /// A message of one of the sets; the payload type tells which.
    package enum Message: Sendable, Hashable {
        case common(ISO20Common.Element)
        case ac(ISO20AC.Element)
        case dc(ISO20DC.Element)
    }

    package struct Schedules: Sendable, Hashable {
        package enum Offer: Sendable, Hashable {
            /// One to three tuples to choose from.
            case scheduled([ISO20Common.ScheduleTuple])
            case dynamic(ISO20Common.DynamicSEResControlMode)
        }

        package var offer: Offer
        /// The mobility operator's, over each price schedule; `nil` without.
        package var signature: XMLDSig.Signature?
        /// No energy now: the car should pause.
        package var goToPause: Bool?

        package init(offer: Offer, signature: XMLDSig.Signature? = nil, goToPause: Bool? = nil) {
            self.offer = offer
            self.signature = signature
            self.goToPause = goToPause
        }
    }

    package struct ScheduleQuestion: Sendable, Hashable {
        package var request: ISO20Common.ScheduleExchangeReq
        package var service: UInt16
        package var maximumPower: Watts
        package var maximumDischargePower: Watts?
        package var grant: ChargingGrant

        package init(
            request: ISO20Common.ScheduleExchangeReq, service: UInt16, maximumPower: Watts,
            maximumDischargePower: Watts?, grant: ChargingGrant
        ) {
            self.request = request
            self.service = service
            self.maximumPower = maximumPower
            self.maximumDischargePower = maximumDischargePower
            self.grant = grant
        }
    }

    package struct PausedSelections: Sendable, Hashable {
        package var service: UInt16
        package var parameterSet: UInt16
        package var isDynamic: Bool
        /// Scheduled mode: the tuples and the one that was chosen.
        package var schedules: Schedules?
        package var selectedTuple: UInt32?

        package init(
            service: UInt16, parameterSet: UInt16, isDynamic: Bool, schedules: Schedules? = nil,
            selectedTuple: UInt32? = nil
        ) {
            self.service = service
            self.parameterSet = parameterSet
            self.isDynamic = isDynamic
            self.schedules = schedules
            self.selectedTuple = selectedTuple
        }
    }

    package struct Receipt: Sendable, Hashable {
        /// As the car signed it.
        package var request: ISO20Common.MeteringConfirmationReq
        package var signature: XMLDSig.Signature

        package init(request: ISO20Common.MeteringConfirmationReq, signature: XMLDSig.Signature) {
            self.request = request
            self.signature = signature
        }
    }
}

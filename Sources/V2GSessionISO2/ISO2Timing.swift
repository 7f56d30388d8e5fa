package import V2GSession

/// The times of ISO 15118-2, both roles, in one table (8.7.2 and 8.7.3, Tables 109 to 111).
package struct ISO2Timing: Sendable, Hashable {
    /// As the standard asks.
    package static let standard = ISO2Timing()

    // Both roles: message pairs.

    /// V2G_EVCC_Msg_Timeout and V2G_SECC_Msg_Performance_Time of pairs that have no other.
    package var message = MessageTiming(evccTimeout: .seconds(2), seccPerformance: .milliseconds(1_500))
    /// Of the pairs that wait for certificates, details or contactors: ServiceDetail, PaymentDetails,
    /// CertificateInstallation, CertificateUpdate, PowerDelivery.
    package var slowMessage = MessageTiming(evccTimeout: .seconds(5), seccPerformance: .milliseconds(4_500))
    /// Of CurrentDemand.
    package var currentDemand = MessageTiming(evccTimeout: .milliseconds(250), seccPerformance: .milliseconds(25))

    // Station.

    /// V2G_SECC_Sequence_Timeout: the connection is closed without a message [V2G2-443].
    package var sequence: Duration = .seconds(60)
    /// V2G_SECC_CommunicationSetup_Performance_Time: until SessionSetupRes.
    package var stationSetup: Duration = .seconds(18)
    /// From the first Ongoing until Finished, before the car's 60 s run out.
    package var stationOngoing: Duration = .seconds(55)
    /// The contactor follows the command within [V2G2-847].
    package var contactor: Duration = .seconds(3)
    /// An answer that waits for somebody is given this long before V2G_SECC_Msg_Performance_Time ends.
    package var answerMargin: Duration = .milliseconds(200)
    /// How long a customer may take to identify with the operator's means; V2G_EVCC_Ongoing_Timeout does not count
    /// then, and a car may wait for ever.
    package var customer: Duration = .seconds(180)
    /// A CableCheckRes is held back this long for the end of the isolation test, which also paces cars that poll without
    /// pause.
    package var isolationHold: Duration = .milliseconds(100)
    /// A car that was asked to stop has to do so within; then the station stops by itself.
    package var notification: Duration = .seconds(60)
    /// After the last response the station closes by itself.
    package var linger: Duration = .seconds(5)

    // Car.

    /// V2G_EVCC_CommunicationSetup_Timeout: until SessionSetupRes.
    package var vehicleSetup: Duration = .seconds(20)
    /// V2G_EVCC_Ongoing_Timeout: from the first Ongoing of a phase until Finished. Not while the station waits for the
    /// customer.
    package var vehicleOngoing: Duration = .seconds(60)
    /// V2G_EVCC_CableCheck_Timeout: from the first CableCheckReq until Finished.
    package var cableCheck: Duration = .seconds(40)
    /// V2G_EVCC_PreCharge_Timeout: from the first PreChargeReq until the voltages agree.
    package var preCharge: Duration = .seconds(7)
    /// V2G_EVCC_Sequence_Performance_Time: from a response until the next request.
    package var vehicleSequence: Duration = .seconds(40)
    /// State C or D, no later than this after PowerDeliveryReq(Start) [V2G2-847].
    package var pilotChange: Duration = .milliseconds(250)

    package init() {}

    /// The times of one pair of messages.
    package subscript(pair: ISO2Pair) -> MessageTiming {
        switch pair {
        case .serviceDetail, .paymentDetails, .certificateInstallation, .certificateUpdate, .powerDelivery: slowMessage
        case .currentDemand: currentDemand
        case .sessionSetup, .serviceDiscovery, .paymentServiceSelection, .authorization, .chargeParameterDiscovery,
            .chargingStatus, .meteringReceipt, .cableCheck, .preCharge, .weldingDetection, .sessionStop:
            message
        }
    }
}

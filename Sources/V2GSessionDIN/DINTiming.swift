package import V2GSession

/// The times of DIN SPEC 70121, both roles, in one table (9.6: timing requirements).
package struct DINTiming: Sendable, Hashable {
    /// As the specification asks.
    package static let standard = DINTiming()

    // Both roles: message pairs.

    /// V2G_EVCC_Msg_Timeout and V2G_SECC_Msg_Performance_Time of pairs that have no other. PowerDelivery is one of them,
    /// unlike in -2.
    package var message = MessageTiming(evccTimeout: .seconds(2), seccPerformance: .milliseconds(1_500))
    /// Of ServiceDetail, PaymentDetails and the certificate pairs, which the profile of the specification never uses.
    package var slowMessage = MessageTiming(evccTimeout: .seconds(5), seccPerformance: .milliseconds(4_500))
    /// Of CurrentDemand.
    package var currentDemand = MessageTiming(evccTimeout: .milliseconds(250), seccPerformance: .milliseconds(25))

    // Station.

    /// V2G_SECC_Sequence_Timeout: the connection is closed without a message.
    package var sequence: Duration = .seconds(60)
    /// V2G_SECC_CommunicationSetup_Performance_Time: until SessionSetupRes.
    package var stationSetup: Duration = .seconds(18)
    /// From the first Ongoing until Finished, before the car's 60 s run out. It bounds the customer, too: DIN has no word
    /// for waiting for one.
    package var stationOngoing: Duration = .seconds(55)
    /// The output relays follow the command to open within; less than the time of PowerDeliveryRes.
    package var contactor: Duration = .milliseconds(1_200)
    /// An answer that waits for somebody is given this long before V2G_SECC_Msg_Performance_Time ends.
    package var answerMargin: Duration = .milliseconds(200)
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
    /// V2G_EVCC_Ongoing_Timeout: from the first Ongoing of a phase until Finished.
    package var vehicleOngoing: Duration = .seconds(60)
    /// V2G_EVCC_CableCheck_Timeout: from the first CableCheckReq until Finished.
    package var cableCheck: Duration = .seconds(40)
    /// V2G_EVCC_PreCharge_Timeout: from the first PreChargeReq until the voltages agree.
    package var preCharge: Duration = .seconds(7)
    /// V2G_EVCC_ReadyToCharge_Timeout: from SessionSetupReq until PowerDeliveryReq with ReadyToChargeState.
    package var readyToCharge: Duration = .seconds(150)

    package init() {}

    /// The times of one pair of messages.
    package subscript(pair: DINPair) -> MessageTiming {
        switch pair {
        case .serviceDetail, .paymentDetails, .certificateInstallation, .certificateUpdate: slowMessage
        case .currentDemand: currentDemand
        case .sessionSetup, .serviceDiscovery, .servicePaymentSelection, .contractAuthentication,
            .chargeParameterDiscovery, .powerDelivery, .chargingStatus, .meteringReceipt, .cableCheck, .preCharge,
            .weldingDetection, .sessionStop:
            message
        }
    }
}

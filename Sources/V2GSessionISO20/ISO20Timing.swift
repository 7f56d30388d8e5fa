package import V2GSession

/// The timers of ISO 15118-20, both roles ([V2G20-443], Tables 215 to 218). The driver owns the clock.
package struct ISO20Timing: Sendable, Hashable {
    package static let standard = ISO20Timing()

    /// Most message pairs: 2 s at the car, 1.5 s at the station, 60 s until the next request.
    package var common = MessageTiming(evccTimeout: .seconds(2), seccPerformance: .milliseconds(1_500))
    /// CertificateInstallation and ServiceDetail.
    package var long = MessageTiming(evccTimeout: .seconds(5), seccPerformance: .milliseconds(4_500))
    /// The charge loops. The sequence timeout is an error criterion: the session stops and the contactor opens.
    package var chargeLoop = MessageTiming(
        evccTimeout: .milliseconds(500), seccPerformance: .milliseconds(250), seccSequence: .milliseconds(500))

    /// V2G_EVCC_CommunicationSetup_Timeout: until SessionSetupRes.
    package var communicationSetupTimeout: Duration = .seconds(20)
    /// V2G_SECC_CommunicationSetup_Performance_Time.
    package var communicationSetupPerformance: Duration = .seconds(18)
    /// V2G_EVCC_Sequence_Performance_Time: response received until the next request leaves.
    package var sequencePerformance: Duration = .seconds(40)
    /// V2G_EVCC_Ongoing_Timeout: the first Ongoing of a phase until Finished.
    package var ongoingTimeout: Duration = .seconds(60)
    /// The station ends a phase of Ongoing within it.
    package var ongoingPerformance: Duration = .seconds(55)
    /// While EIM waits for a customer, the 60 s do not apply; a station waits so long for a card.
    package var externalAuthorization: Duration = .seconds(180)
    /// V2G_EVCC_CableCheck_Timeout.
    package var cableCheckTimeout: Duration = .seconds(40)
    /// V2G_EVCC_PreCharge_Timeout.
    package var preChargeTimeout: Duration = .seconds(10)
    /// The contactor's part of the 1.5 s that PowerDelivery has.
    package var contactor: Duration = .milliseconds(1_400)
    /// The pilot reaches state C or D after PowerDeliveryReq(Start) ([V2G20-847]).
    package var controlPilot: Duration = .milliseconds(250)
    /// After its last response the station waits so long for the car to close ([V2G20-1643]).
    package var linger: Duration = .seconds(5)
    /// NotificationMaxDelay of a pause, counted down in repeats ([V2G20-3308], [V2G20-3318]); 0 for a termination.
    package var pauseNotification: Duration = .seconds(60)
    /// A car that was told to end (NotificationMaxDelay 0) and loops on is refused after so long; our own choice.
    package var terminationGrace: Duration = .seconds(10)
    /// A -20 car that is slower than 0.5 s in the charge loop, with the quirk `slow-charge-loop`.
    package var slowChargeLoop: Duration = .seconds(60)

    package init() {}

    package subscript(pair: ISO20Pair) -> MessageTiming {
        switch pair {
        case .certificateInstallation, .serviceDetail: long
        case .acChargeLoop, .dcChargeLoop: chargeLoop
        case .sessionSetup, .authorizationSetup, .authorization, .serviceDiscovery, .serviceSelection,
            .scheduleExchange, .powerDelivery, .meteringConfirmation, .sessionStop, .vehicleCheckIn, .vehicleCheckOut,
            .acChargeParameterDiscovery, .dcChargeParameterDiscovery, .dcCableCheck, .dcPreCharge,
            .dcWeldingDetection:
            common
        }
    }
}

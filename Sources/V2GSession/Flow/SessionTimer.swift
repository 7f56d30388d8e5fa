/// The timers of both roles. A core names them; the driver owns the clock. Starting a timer that runs restarts it.
package enum SessionTimer: String, Sendable, Hashable, CaseIterable {
    // Station.
    /// V2G_SECC_Sequence_Timeout: response sent until the next request.
    case sequence
    /// V2G_SECC_Msg_Performance_Time: request received until the response must be out.
    case performance
    /// A contactor was asked to close or open.
    case contactor
    /// After the last response, the car has this long to close the connection.
    case linger

    // Car.
    /// V2G_EVCC_Msg_Timeout: request sent until the response.
    case message
    /// Until the next request is due: polling while a station says Ongoing, pace of the charge loop.
    case pace
    /// V2G_EVCC_CableCheck_Timeout, V2G_EVCC_PreCharge_Timeout.
    case cableCheck, preCharge
    /// DIN: V2G_EVCC_ReadyToCharge_Timeout.
    case readyToCharge

    // Both.
    /// V2G_EVCC_CommunicationSetup_Timeout, V2G_SECC_CommunicationSetup_Performance_Time.
    case communicationSetup
    /// V2G_EVCC_Ongoing_Timeout and the station's performance time for it.
    case ongoing
}

/// The times of one message pair in one edition.
package struct MessageTiming: Sendable, Hashable {
    /// V2G_EVCC_Msg_Timeout: the car waits so long for the response.
    package let evccTimeout: Duration
    /// V2G_SECC_Msg_Performance_Time: the station answers within.
    package let seccPerformance: Duration
    /// V2G_SECC_Sequence_Timeout: the station waits so long for the request that follows.
    package let seccSequence: Duration

    package init(evccTimeout: Duration, seccPerformance: Duration, seccSequence: Duration = .seconds(60)) {
        self.evccTimeout = evccTimeout
        self.seccPerformance = seccPerformance
        self.seccSequence = seccSequence
    }
}

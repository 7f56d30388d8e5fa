/// What an edition brings to the cores' events and actions.
package protocol SessionEdition: Sendable {
    /// Any message of the edition, decoded.
    associatedtype Message: Sendable
    /// Charging schedules as the edition's message carries them, with the mobility operator's signature where there is
    /// one.
    associatedtype Schedules: Sendable
    /// What is asked when schedules are made: departure, energy, entries.
    associatedtype ScheduleQuestion: Sendable
    /// What is kept of a paused session, beside its identifier and grant.
    associatedtype PausedSelections: Sendable
    /// A metering receipt (-2) or confirmation (-20) as the car signed it.
    associatedtype Receipt: Sendable
}

/// What happens to a station's session core.
package enum SECCEvent<Edition: SessionEdition>: Sendable {
    /// A request that was decoded, with its EXI octets (provisioning requests are relayed as they came).
    case received(Edition.Message, octets: [UInt8])
    case timerFired(SessionTimer)
    case contractJudged(ContractVerdict)
    case externalJudged(ExternalVerdict)
    case provisioned(ProvisioningVerdict)
    case schedulesMade(Edition.Schedules)
    /// The equipment's newest report.
    case equipment(EVSEReadings)
    /// The operator or the backend asks something of the running session.
    case operatorRequest(OperatorRequest)
    /// The connection is gone.
    case linkLost(String)
}

package enum OperatorRequest: Sendable, Hashable {
    case stop
    case renegotiate
    case pause
}

/// What a station's session core wants done, in order.
package enum SECCAction<Edition: SessionEdition>: Sendable {
    case send(Edition.Message)
    /// An EXI document of the backend, sent as it is. `isCertificateInstallation` tells -20 its payload type.
    case relay([UInt8])
    case startTimer(SessionTimer, after: Duration)
    case cancelTimer(SessionTimer)
    case judgeContract(ContractQuestion)
    /// Ask the operator's means of identification; asked once for a session.
    case judgeExternal
    case provision(ProvisioningQuestion)
    case makeSchedules(Edition.ScheduleQuestion)
    case power(PowerCommand)
    /// A verified receipt: durable before the response that follows is sent.
    case keepReceipt(Edition.Receipt)
    /// Keep for a later resume: durable before the response that follows is sent.
    case keepPaused(PausedSession<Edition>)
    case forgetPaused(V2GSessionID)
    case note(SessionNote)
    /// Nothing follows but waiting for the car to close.
    case end(SessionEnd)
}

/// A session that was paused, as the station or the car keeps it.
package struct PausedSession<Edition: SessionEdition>: Sendable {
    package let id: V2GSessionID
    package let grant: ChargingGrant?
    package let selections: Edition.PausedSelections
    /// -20: binds the session to the vehicle's TLS certificate, `SHA-512(SessionID || SHA-512(leaf DER))`.
    package let peerBinding: [UInt8]?

    package init(
        id: V2GSessionID, grant: ChargingGrant?, selections: Edition.PausedSelections, peerBinding: [UInt8]? = nil
    ) {
        self.id = id
        self.grant = grant
        self.selections = selections
        self.peerBinding = peerBinding
    }
}

package import V2GPrimitives
package import V2GSignatures

/// What happens to a car's session core.
package enum EVCCEvent<Edition: SessionEdition>: Sendable {
    /// The connection stands and the protocol is chosen: send the first request.
    case start
    case received(Edition.Message)
    case timerFired(SessionTimer)
    /// A signature asked for with `.sign`, in X.509 form; a failure ends the session.
    case signed(Result<[UInt8], SigningFailure>)
    /// The end of an `.install`.
    case installed(Result<InstalledContract, InstallationFailure>)
    case vehicle(VehicleReadings)
    case userRequest(UserRequest)
    case linkLost(String)
}

package enum UserRequest: Sendable, Hashable {
    case stop
    case pause
    case renegotiate
}

package struct SigningFailure: Error, Sendable {
    package let message: String
    package init(_ message: String) { self.message = message }
}

package struct InstallationFailure: Error, Sendable {
    package let message: String
    package init(_ message: String) { self.message = message }
}

/// Which of the car's keys is meant.
package enum VehicleKey: Sendable, Hashable {
    case contract
    case provisioning
}

/// What a car's session core wants done, in order.
package enum EVCCAction<Edition: SessionEdition>: Sendable {
    case send(Edition.Message)
    case startTimer(SessionTimer, after: Duration)
    case cancelTimer(SessionTimer)
    /// Sign these octets; answered with `.signed`.
    case sign([UInt8], with: VehicleKey)
    /// Verify an installation or update answer, unwrap the key, store both durably; answered with `.installed`.
    case install(Edition.Message)
    case vehicle(VehicleCommand)
    case keepPaused(PausedSession<Edition>)
    case forgetPaused(V2GSessionID)
    case note(SessionNote)
    /// Close the connection now, or after `SessionStopRes` as the standard asks.
    case end(SessionEnd)
}

/// What the car uses to pay: shown to the station, and whose key signs.
package struct ContractCredential: Sendable {
    /// DER, leaf first, without the root.
    package let chain: [[UInt8]]
    package let emaid: EMAID

    package init(chain: [[UInt8]], emaid: EMAID) {
        self.chain = chain
        self.emaid = emaid
    }
}

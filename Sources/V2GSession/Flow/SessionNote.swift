package import V2GPrimitives

/// What a core tells the session's record. The driver adds times.
package enum SessionNote: Sendable, Hashable {
    /// A phase began: `identification`, `parameters`, `charge loop`, ...
    case phase(String)
    /// A response left or came, by its message's name and code.
    case response(message: String, code: String)
    /// A response with a FAILED or WARNING code, and the reason that the wire has no room for.
    case refusal(message: String, code: String, reason: String)
    case authorized(method: AuthorizationMethod, detail: String)
    case signatureVerified(message: String, grammar: String, isOutOfProfile: Bool)
    case quirkUsed(Quirk, detail: String)
    /// Something that an operator has to see: a downgrade, a forged message, a tolerance that lowers security.
    case securityEvent(String)
    case contractInstalled(EMAID)
    case energy(WattHours)
    case warning(String)
}

/// How a session ended.
package struct SessionEnd: Sendable, Hashable {
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// Charged (or asked not to) and stopped in the standard's order.
        case completed
        /// Stopped to be taken up again.
        case paused
        /// A response refused: ours or the peer's.
        case refused
        /// A timer ran out.
        case timedOut
        /// The peer broke the protocol.
        case protocolError
        /// The connection went away.
        case linkLost
        /// The equipment or the car reported a fault.
        case equipmentFault
        /// The operator or the driver stopped it.
        case stopped
    }

    package let outcome: Outcome
    /// A sentence: what, where, why, and the remedy.
    package let reason: String
    /// The station waits this long for the car to close the connection; the car closes at once.
    package let linger: Duration

    package init(_ outcome: Outcome, _ reason: String, linger: Duration = .seconds(5)) {
        self.outcome = outcome
        self.reason = reason
        self.linger = linger
    }
}

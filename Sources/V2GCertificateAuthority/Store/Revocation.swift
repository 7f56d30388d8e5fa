package import V2GX509

/// That a certificate is revoked or on hold, since when, and why.
package struct Revocation: Sendable, Hashable {
    package let reason: RevocationReason
    /// Seconds since 1970.
    package let revokedAt: Int64

    package init(reason: RevocationReason, revokedAt: Int64) {
        self.reason = reason
        self.revokedAt = revokedAt
    }

    /// Only a hold may be lifted (RFC 5280 5.3.1).
    package var isHold: Bool { reason == .certificateHold }
}

/// What came of a request to revoke.
package enum RevocationOutcome: Sendable, Hashable {
    /// The status changed: it is now revoked or on hold.
    case revoked(Revocation)
    /// A hold became final. The time stays that of the hold: nothing signed since can be trusted.
    case holdMadeFinal(Revocation)
    /// A hold was lifted (`removeFromCRL`): the certificate is good again.
    case holdLifted
    /// Nothing changed: it was revoked, or on hold, before.
    case alreadyRevoked(Revocation)
}

/// The status of one serial.
package struct SerialStatus: Sendable, Hashable {
    package let intent: IntentID
    package let issuer: AuthorityID
    /// Magnitude, big endian, without leading zeros.
    package let serial: [UInt8]
    package let state: IssuanceState
    package let revocation: Revocation?
    /// Seconds since 1970.
    package let notAfter: Int64

    package init(
        intent: IntentID, issuer: AuthorityID, serial: [UInt8], state: IssuanceState, revocation: Revocation?,
        notAfter: Int64
    ) {
        self.intent = intent
        self.issuer = issuer
        self.serial = serial
        self.state = state
        self.revocation = revocation
        self.notAfter = notAfter
    }
}

/// Serials whose status may have changed, with the status of now.
package struct StatusChanges: Sendable, Hashable {
    package let statuses: [SerialStatus]
    /// Position in the audit log to ask from next time.
    package let through: Int64
    /// Whether more changes wait behind ``through``.
    package let hasMore: Bool
}

/// One page of entries for a CRL.
package struct RevocationPage: Sendable, Hashable {
    package let entries: [SerialStatus]
    /// Where the next page starts; `nil` after the last one.
    package let next: IntentID?
}

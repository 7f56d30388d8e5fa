/// What an audit entry is about.
package enum AuditAction: String, Sendable, Hashable, CaseIterable {
    case storeCreated = "store-created"
    case authorityRecorded = "authority-recorded"
    case authorityCertificateRecorded = "authority-certificate-recorded"
    case ocspSignerRecorded = "ocsp-signer-recorded"
    case planned = "issuance-planned"
    case issued = "issuance-completed"
    case cancelled = "issuance-cancelled"
    case revoked = "revoked"
    case holdLifted = "hold-lifted"
    case crlNumberReserved = "crl-number-reserved"
    case crlPublished = "crl-published"
    case settingChanged = "setting-changed"
    case note = "note"
}

/// One line of the audit log.
package struct AuditEntry: Sendable, Hashable {
    /// Position in the log, from 1 without gaps.
    package let sequence: Int64
    /// Seconds since 1970.
    package let time: Int64
    package let actor: String
    /// The raw value of an ``AuditAction``; kept as text, so that a foreign word still verifies.
    package let action: String
    /// The issuance the entry is about.
    package let intent: IntentID?
    /// Canonical encoding of ``AuditFields``.
    package let details: [UInt8]
    /// SHA-256 over the hash of the entry before and this entry, 32 bytes.
    package let hash: [UInt8]

    /// The details for people; empty when they cannot be read.
    package var fields: [AuditFields.Field] { AuditFields.decode(details) ?? [] }
}

/// The end of the audit log. Keep exported heads elsewhere: they show whether a tail was cut off or rewritten.
package struct AuditHead: Sendable, Hashable {
    package let sequence: Int64
    /// 32 bytes.
    package let hash: [UInt8]
    /// Seconds since 1970.
    package let time: Int64

    package init(sequence: Int64, hash: [UInt8], time: Int64) {
        self.sequence = sequence
        self.hash = hash
        self.time = time
    }
}

/// The first thing found wrong.
package struct AuditFault: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable {
        /// An entry is missing, was inserted or is out of place.
        case sequenceBroken
        /// The hash of an entry does not follow from its content and the entry before.
        case hashBroken
        /// An entry and the record it is about disagree, or the record is missing.
        case recordDiffers
        /// A record has no entry.
        case recordUncovered
        /// The log does not contain the exported head.
        case headMissing
        /// The first entry is missing or is not that of this store.
        case storeDiffers
    }

    package let kind: Kind
    /// The entry, where one can be named.
    package let sequence: Int64?
    /// What is wrong and what it means.
    package let message: String

    package var description: String { message }
}

/// Result of reading the whole audit log.
package struct AuditReport: Sendable, Hashable {
    /// How many entries were read in order and found right.
    package let verifiedEntries: Int64
    /// The last entry that was found right.
    package let head: AuditHead?
    /// The first fault; `nil` when all is well.
    package let fault: AuditFault?

    package init(verifiedEntries: Int64, head: AuditHead?, fault: AuditFault?) {
        self.verifiedEntries = verifiedEntries
        self.head = head
        self.fault = fault
    }

    package var isIntact: Bool { fault == nil }
}

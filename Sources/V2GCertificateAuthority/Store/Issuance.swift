/// Names one planned issuance inside its store, for good. Ascends in the order of planning.
package struct IntentID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package var description: String { String(rawValue) }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What is recorded before a certificate is signed.
package struct IssuancePlan: Sendable, Hashable {
    package var issuer: AuthorityID
    /// Magnitude, big endian, 1 to 20 bytes; leading zeros do not count.
    package var serial: [UInt8]
    package var role: String
    package var edition: String
    /// Common name of the subject.
    package var subject: String
    /// SHA-256 of the SubjectPublicKeyInfo, 32 bytes.
    package var keyHash: [UInt8]
    /// SHA-256 of the to-be-signed body, 32 bytes. Only a certificate with this body completes the intent.
    package var bodyHash: [UInt8]
    /// Seconds since 1970.
    package var notAfter: Int64
    /// The issuance that this one renews without a new request; refused when it is revoked by then.
    package var renews: IntentID?

    package init(
        issuer: AuthorityID, serial: [UInt8], role: String, edition: String, subject: String, keyHash: [UInt8],
        bodyHash: [UInt8], notAfter: Int64
    ) {
        self.issuer = issuer
        self.serial = serial
        self.role = role
        self.edition = edition
        self.subject = subject
        self.keyHash = keyHash
        self.bodyHash = bodyHash
        self.notAfter = notAfter
    }
}

/// A signed certificate for a planned issuance.
package struct IssuanceResult: Sendable, Hashable {
    package let intent: IntentID
    /// DER.
    package let certificate: [UInt8]

    package init(intent: IntentID, certificate: [UInt8]) {
        self.intent = intent
        self.certificate = certificate
    }
}

/// How far an issuance has come.
package enum IssuanceState: Int64, Sendable, Hashable, CustomStringConvertible {
    /// The serial is reserved; the certificate may or may not have been signed.
    case planned = 0
    /// The certificate is recorded and may have been handed out.
    case issued = 1
    /// The certificate was never handed out and never will be.
    case cancelled = 2

    package var description: String {
        switch self {
        case .planned: "planned"
        case .issued: "issued"
        case .cancelled: "cancelled"
        }
    }
}

/// A recorded issuance with its present status.
package struct Issuance: Sendable, Hashable {
    package let id: IntentID
    package let issuer: AuthorityID
    /// Magnitude, big endian, without leading zeros.
    package let serial: [UInt8]
    package let role: String
    package let edition: String
    package let subject: String
    package let keyHash: [UInt8]
    package let bodyHash: [UInt8]
    /// Seconds since 1970.
    package let notAfter: Int64
    /// Seconds since 1970.
    package let plannedAt: Int64
    package let state: IssuanceState
    /// `nil` while not revoked.
    package let revocation: Revocation?
}

/// What a key is used for. One key has one of these for life.
package struct KeyBinding: Sendable, Hashable, CustomStringConvertible {
    package let role: String
    package let edition: String
    package let subject: String

    package init(role: String, edition: String, subject: String) {
        self.role = role
        self.edition = edition
        self.subject = subject
    }

    package var description: String { "role \(role), edition \(edition), name \(subject)" }
}

/// Serial numbers as the store keeps them.
package enum StoredSerial {
    /// RFC 5280 4.1.2.2.
    package static let maximumBytes = 20

    /// Drops leading zeros; `nil` when nothing or more than 20 bytes are left.
    package static func normalized(_ serial: [UInt8]) -> [UInt8]? {
        let significant = serial.drop { $0 == 0 }
        guard !significant.isEmpty, significant.count <= maximumBytes else { return nil }
        return significant.count == serial.count ? serial : Array(significant)
    }
}

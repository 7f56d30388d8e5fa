/// Names a certificate authority inside its store.
package struct AuthorityID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int64

    package init(_ rawValue: Int64) { self.rawValue = rawValue }

    package var description: String { String(rawValue) }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Whether a record is in use. Nothing is ever deleted.
package enum RecordState: Int64, Sendable, Hashable, CustomStringConvertible {
    case active = 0
    case retired = 1

    package var description: String { self == .active ? "active" : "retired" }
}

/// A certificate authority to be recorded: one name with one key.
package struct NewAuthority: Sendable, Hashable {
    /// File name of the authority, such as `cpo_sub2`.
    package var name: String
    package var edition: String
    package var role: String
    /// Counts the keys that have borne the name, from 1.
    package var generation: Int64
    /// Where the private key lives, as a key reference; never the key.
    package var keyReference: String
    /// SHA-256 of the SubjectPublicKeyInfo, 32 bytes.
    package var keyHash: [UInt8]

    package init(
        name: String, edition: String, role: String, generation: Int64 = 1, keyReference: String, keyHash: [UInt8]
    ) {
        self.name = name
        self.edition = edition
        self.role = role
        self.generation = generation
        self.keyReference = keyReference
        self.keyHash = keyHash
    }
}

/// A recorded certificate authority.
package struct AuthorityRecord: Sendable, Hashable {
    package let id: AuthorityID
    package let name: String
    package let edition: String
    package let role: String
    package let generation: Int64
    package let keyReference: String
    package let keyHash: [UInt8]
    package let state: RecordState
    /// Seconds since 1970.
    package let createdAt: Int64
}

/// One certificate of an authority's key. Re-signing under a new root adds another one.
package struct AuthorityCertificate: Sendable, Hashable {
    package let id: Int64
    package let authority: AuthorityID
    /// Name of the authority that signed it; the own name when self-signed.
    package let issuerName: String
    /// DER.
    package let certificate: [UInt8]
    package let state: RecordState
    /// Seconds since 1970.
    package let recordedAt: Int64
}

/// A delegated OCSP signer of an authority (RFC 6960 4.2.2.2).
package struct OCSPSignerRecord: Sendable, Hashable {
    package let id: Int64
    package let authority: AuthorityID
    /// DER.
    package let certificate: [UInt8]
    package let keyReference: String
    /// Seconds since 1970, as in the certificate.
    package let notAfter: Int64
    package let state: RecordState
}

/// The newest published CRL of an authority.
package struct CRLRecord: Sendable, Hashable {
    package let authority: AuthorityID
    /// CRL number (RFC 5280 5.2.3), one that was reserved before.
    package let number: Int64
    /// DER.
    package let crl: [UInt8]
    /// Seconds since 1970.
    package let thisUpdate: Int64
    /// Seconds since 1970.
    package let nextUpdate: Int64
    /// The position in the audit log up to which revocations are in this CRL.
    package let coveredSequence: Int64

    package init(
        authority: AuthorityID, number: Int64, crl: [UInt8], thisUpdate: Int64, nextUpdate: Int64,
        coveredSequence: Int64
    ) {
        self.authority = authority
        self.number = number
        self.crl = crl
        self.thisUpdate = thisUpdate
        self.nextUpdate = nextUpdate
        self.coveredSequence = coveredSequence
    }
}

/// A named document with a version, for example the plan of a rollover.
package struct SettingRecord: Sendable, Hashable {
    package let key: String
    /// Counts the changes, from 1.
    package let version: Int64
    package let value: [UInt8]
}

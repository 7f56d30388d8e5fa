/// Which issuances to list. All conditions must hold; `nil` means any.
package struct IssuanceQuery: Sendable, Hashable {
    package var issuer: AuthorityID?
    package var role: String?
    package var edition: String?
    package var state: IssuanceState?
    package var isRevoked: Bool?
    /// The exact common name.
    package var subject: String?
    /// How the common name begins; case counts.
    package var subjectPrefix: String?
    /// A part of the common name; case of ASCII letters does not count. Reads the whole table.
    package var subjectContains: String?
    /// How the serial begins, as hexadecimal digits of its magnitude without leading zero bytes.
    package var serialPrefix: String?
    /// Certificates that expire at or after this, in seconds since 1970.
    package var expiresFrom: Int64?
    /// Certificates that expire before this, in seconds since 1970.
    package var expiresBefore: Int64?

    package init() {}
}

/// How many issuances of one kind there are.
package struct IssuanceCount: Sendable, Hashable {
    package let issuer: AuthorityID
    package let role: String
    package let planned: Int64
    package let issued: Int64
    package let cancelled: Int64
    package let revoked: Int64
}

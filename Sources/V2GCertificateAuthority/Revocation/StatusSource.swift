package import V2GPrimitives
package import V2GX509

/// What is recorded of a serial number.
package enum RecordedStatus: Sendable, Hashable {
    /// Nothing is recorded under the serial.
    case neverIssued
    /// The serial is reserved and its certificate has not been handed out.
    case planned
    case good
    case revoked(at: Timestamp, reason: RevocationReason)
}

/// A serial number of one of our certificate authorities.
package struct SerialReference: Sendable, Hashable {
    /// The authority's name in the store, such as `cpo_sub2`.
    package let ca: String
    package let serialNumber: SerialNumber

    package init(ca: String, serialNumber: SerialNumber) {
        self.ca = ca
        self.serialNumber = serialNumber
    }
}

/// What a look into the store brought.
package enum StatusRefresh: Sendable {
    case changed([SerialReference])
    /// Too much changed to name it all.
    case everything
}

/// Where the OCSP responder learns the status of serial numbers.
package protocol StatusSource: Sendable {
    /// The status as of the last refresh. Called for each answer from any thread, so it must not touch a disk.
    func status(of serialNumber: SerialNumber, issuedBy ca: String) -> RecordedStatus

    /// Brings ``status(of:issuedBy:)`` up to date with the store. When it returns, the new status shows already.
    ///
    /// - Returns: What changed since the last call.
    /// - Throws: ``RevocationError`` with `storeUnavailable`.
    func refresh() async throws(RevocationError) -> StatusRefresh
}

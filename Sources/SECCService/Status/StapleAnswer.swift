internal import V2GPrimitives
internal import V2GX509

/// An OCSP answer about one certificate.
struct StapleAnswer: Sendable {
    let der: [UInt8]
    let status: OCSPStatus
    let thisUpdate: Timestamp
    let nextUpdate: Timestamp

    init(der: [UInt8], status: OCSPStatus, thisUpdate: Timestamp, nextUpdate: Timestamp) {
        self.der = der
        self.status = status
        self.thisUpdate = thisUpdate
        self.nextUpdate = nextUpdate
    }

    /// Reads a response; `nil` when it says nothing about the certificate or never ends.
    init?(der: [UInt8], about certificate: Certificate) {
        guard case .answered(let basic)? = try? OCSPResponse(der: der),
            let single = basic.responses.first(where: { $0.certID.serialNumber == certificate.body.serialNumber }),
            let next = single.nextUpdate
        else { return nil }
        self.init(der: der, status: single.status, thisUpdate: single.thisUpdate, nextUpdate: next)
    }

    var isGood: Bool { status == .good }
    var isRevoked: Bool { if case .revoked = status { true } else { false } }

    func isCurrent(at now: Timestamp) -> Bool { now < nextUpdate }

    /// Half of its life is over: time for a new one.
    func isStale(at now: Timestamp) -> Bool {
        now.seconds >= thisUpdate.seconds + (nextUpdate.seconds - thisUpdate.seconds) / 2
    }
}

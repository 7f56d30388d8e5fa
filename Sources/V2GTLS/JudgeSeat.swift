internal import CTLSEngine

/// Where the engine finds the judge of a connection's peer, and where the verdict stays.
final class JudgeSeat {
    private let verifyPeer: PeerJudge
    /// The peer that was accepted.
    private(set) var peer: PeerCertificates?
    /// The judge's words when it refused.
    private(set) var refusal: String?

    init(_ verifyPeer: @escaping PeerJudge) { self.verifyPeer = verifyPeer }

    static let judge: v2g_tls_judge = { owner, message, count, isTLS13, staple, stapleCount in
        let seat = unsafe Unmanaged<JudgeSeat>.fromOpaque(owner).takeUnretainedValue()
        let bytes = unsafe [UInt8](UnsafeBufferPointer(start: message, count: count))
        let answer = unsafe staple.map { unsafe [UInt8](UnsafeBufferPointer(start: $0, count: stapleCount)) }
        return Int32(seat.judge(bytes, isTLS13: isTLS13 != 0, staple: answer))
    }

    /// - Returns: 0, or the alert.
    private func judge(_ message: [UInt8], isTLS13: Bool, staple: [UInt8]?) -> UInt8 {
        guard let read = CertificateMessage(message, isTLS13: isTLS13), !read.chain.isEmpty else {
            refusal = "the Certificate message is malformed"
            return TLSAlert.decodeError.code
        }
        var staples = read.staples
        if let staple { staples[0] = staple }
        let peer = PeerCertificates(chain: read.chain, staples: staples, isTLS13: isTLS13)
        switch verifyPeer(peer) {
        case .accepted:
            self.peer = peer
            return 0
        case .refused(let alert, let reason):
            refusal = reason
            // close_notify is no refusal.
            return alert == .closeNotify ? TLSAlert.badCertificate.code : alert.code
        }
    }
}

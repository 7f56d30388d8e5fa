internal import CTLSEngine
internal import V2GKeys
internal import V2GX509

/// Where the engine finds the judge of a connection's peer, and where the verdict stays.
final class JudgeSeat {
    private let verifyPeer: PeerJudge
    /// A dual car names P-256 signatures for TLS 1.2 only; a station that uses them in TLS 1.3 is refused before its
    /// chain is judged.
    private let refusesP256InTLS13: Bool
    /// The peer that was accepted.
    private(set) var peer: PeerCertificates?
    /// The judge's words when it refused.
    private(set) var refusal: String?

    init(_ verifyPeer: @escaping PeerJudge, refusesP256InTLS13: Bool) {
        self.verifyPeer = verifyPeer
        self.refusesP256InTLS13 = refusesP256InTLS13
    }

    static let judge: v2g_tls_judge = { owner, message, count, isTLS13, staple, stapleCount in
        let seat = unsafe Unmanaged<JudgeSeat>.fromOpaque(owner).takeUnretainedValue()
        let bytes = unsafe [UInt8](UnsafeBufferPointer(start: message, count: count))
        let answer = unsafe staple.map { unsafe [UInt8](UnsafeBufferPointer(start: $0, count: stapleCount)) }
        return Int32(seat.judge(bytes, isTLS13: isTLS13 != 0, staple: answer))
    }

    private static func isP256(_ der: [UInt8]) -> Bool {
        // What cannot be read has no key that could pass for one of edition -20.
        guard let algorithm = (try? Certificate(der: der))?.publicKey?.algorithm else { return true }
        return algorithm == .p256
    }

    /// - Returns: 0, or the alert.
    private func judge(_ message: [UInt8], isTLS13: Bool, staple: [UInt8]?) -> UInt8 {
        guard let read = CertificateMessage(message, isTLS13: isTLS13), !read.chain.isEmpty else {
            refusal = "the Certificate message is malformed"
            return TLSAlert.decodeError.code
        }
        if isTLS13, refusesP256InTLS13, Self.isP256(read.chain[0]) {
            refusal = "its key is P-256, which edition -20 does not allow in TLS 1.3"
            return TLSAlert.unsupportedCertificate.code
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

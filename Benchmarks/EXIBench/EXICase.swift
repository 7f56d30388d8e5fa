import AllocationCount
import EXICodec

/// One message with its bytes, and what is done to it again and again.
struct EXICase {
    enum Direction: String, CaseIterable { case encode, decode }

    let name: String
    /// The schema set, as the peer calls it.
    let set: String
    let bytes: [UInt8]
    /// How many of its octets are certificates.
    let certificates: Int
    let peer: EXIFigures
    private let repeatEncode: (Int) throws -> Void
    private let repeatDecode: (Int) throws -> Void

    init<Element: EXIElement>(
        _ name: String, set: String, _ element: Element, certificates: Int = 0, peer: EXIFigures
    ) throws {
        let bytes = try element.encodedDocument()
        guard try Element(decodingDocument: bytes.span) == element else {
            throw BenchFailure("\(name) does not decode to what was encoded")
        }
        self.name = name
        self.set = set
        self.bytes = bytes
        self.certificates = certificates
        self.peer = peer
        repeatEncode = { times in
            var buffer = EXIBuffer(capacity: 8_192)
            for _ in 0..<times {
                try element.encodeDocument(into: &buffer)
                consume(buffer.count)
            }
        }
        repeatDecode = { times in
            let span = bytes.span
            for _ in 0..<times { consume(try Element(decodingDocument: span)) }
        }
    }

    func run(_ direction: Direction, times: Int) throws {
        switch direction {
        case .encode: try repeatEncode(times)
        case .decode: try repeatDecode(times)
        }
    }

    /// Heap allocations of one operation; what the loop itself allocates is taken off.
    func allocations(_ direction: Direction) throws -> Int {
        try run(direction, times: 2)  // metadata, caches
        func count(_ times: Int) throws -> Int {
            allocation_count_start()
            defer { _ = allocation_count_stop() }
            try run(direction, times: times)
            return allocation_count_stop()
        }
        let few = try count(10)
        return (try count(110) - few) / 100
    }

    /// Every message of the table, in its order.
    static func all() throws -> [EXICase] {
        [
            try EXICase("-2 SessionSetupReq", set: "iso2", EXIMessages.sessionSetupReq(), peer: .sessionSetupReq),
            try EXICase(
                "-2 PaymentDetailsReq, 3 certificates", set: "iso2", EXIMessages.paymentDetailsReq(), certificates: 3,
                peer: .paymentDetailsReq),
            try EXICase(
                "-2 ChargeParameterDiscoveryRes, 10 entries", set: "iso2", EXIMessages.chargeParameterDiscoveryRes(),
                peer: .chargeParameterDiscoveryRes),
            try EXICase("-2 CurrentDemandReq", set: "iso2", EXIMessages.currentDemandReq(), peer: .currentDemandReq),
            try EXICase("-2 CurrentDemandRes", set: "iso2", EXIMessages.currentDemandRes(), peer: .currentDemandRes),
            try EXICase(
                "-2 CertificateInstallationRes, signed", set: "iso2", EXIMessages.certificateInstallationRes(),
                certificates: 6, peer: .certificateInstallationRes),
            try EXICase("-20 DC_ChargeLoopReq", set: "iso20-dc", EXIMessages.chargeLoopReq(), peer: .chargeLoopReq),
            try EXICase("-20 DC_ChargeLoopRes", set: "iso20-dc", EXIMessages.chargeLoopRes(), peer: .chargeLoopRes),
            try EXICase(
                "-20 AuthorizationReq, signed", set: "iso20-common", EXIMessages.authorizationReq(), certificates: 3,
                peer: .authorizationReq),
        ]
    }
}

/// Keeps the optimizer from leaving out work whose result nobody looks at.
@inline(never)
@_optimize(none)
private func consume<Value: ~Copyable>(_ value: borrowing Value) {}

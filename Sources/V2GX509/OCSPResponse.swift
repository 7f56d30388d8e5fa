public import V2GDER
public import V2GKeys
public import V2GPrimitives

/// An OCSP response (RFC 6960 4.2).
public enum OCSPResponse: Sendable {
    /// The responder refuses to answer.
    case failed(OCSPFailure)
    case answered(BasicOCSPResponse)

    /// Most bytes a response may have.
    public static let maximumLength = 65_536

    /// Reads a whole encoding.
    public init(der: [UInt8]) throws(DERError) {
        guard der.count <= Self.maximumLength else { throw DERError(.tooMany("bytes in an OCSP response"), at: 0) }
        var outer = DERReader(der)
        var response = try outer.readSequence()
        try outer.finish()
        let statusOffset = response.offset
        let code = try response.readSmallInteger(.enumerated)
        guard code == 0 else {
            guard let failure = OCSPFailure(rawValue: code), response.isAtEnd else {
                throw DERError(.badValue("an unknown OCSP response status"), at: statusOffset)
            }
            self = .failed(failure)
            return
        }
        let explicit = try response.read(.contextConstructed(0))
        try response.finish()
        var wrapped = response.reader(inside: explicit)
        var typed = try wrapped.readSequence()
        try wrapped.finish()
        let typeOffset = typed.offset
        guard try typed.readObjectIdentifier() == .ocspBasic else {
            throw DERError(.badValue("an OCSP response that is not basic"), at: typeOffset)
        }
        let basic = try typed.readOctetString()
        try typed.finish()
        self = .answered(try BasicOCSPResponse(der: Array(basic)))
    }

    /// The DER of a refusal: five bytes.
    public static func encoded(_ failure: OCSPFailure) -> [UInt8] {
        [0x30, 0x03, DERTag.enumerated.rawValue, 0x01, UInt8(failure.rawValue)]
    }
}

/// Why a responder does not answer (RFC 6960 4.2.1).
public enum OCSPFailure: Int, Sendable, Hashable {
    case malformedRequest = 1
    case internalError = 2
    case tryLater = 3
    case sigRequired = 5
    case unauthorized = 6
}

/// What a responder says of one certificate (RFC 6960 4.2.1).
public enum OCSPStatus: Sendable, Hashable {
    case good
    case revoked(at: Timestamp, reason: RevocationReason?)
    case unknown
}

/// A signed OCSP answer, parsed. Whether to believe it is for `V2GCertificates` to judge.
public struct BasicOCSPResponse: Sendable, ExtensionHolder {
    /// Who signed the answer.
    public enum ResponderID: Sendable, Hashable {
        case name(DistinguishedName)
        /// SHA-1 of the responder's key bits.
        case keyHash([UInt8])
    }

    /// What is said of one certificate.
    public struct SingleResponse: Sendable, Hashable {
        public let certID: OCSPCertID
        public let status: OCSPStatus
        public let thisUpdate: Timestamp
        public let nextUpdate: Timestamp?
        /// Whether the answer carries a critical extension; none is known here.
        public let hasCriticalExtension: Bool

        public init(certID: OCSPCertID, status: OCSPStatus, thisUpdate: Timestamp, nextUpdate: Timestamp?) {
            self.certID = certID
            self.status = status
            self.thisUpdate = thisUpdate
            self.nextUpdate = nextUpdate
            hasCriticalExtension = false
        }
    }

    /// The part that is signed.
    public let body: [UInt8]
    public let responderID: ResponderID
    public let producedAt: Timestamp
    public let responses: [SingleResponse]
    public let extensions: [CertificateExtension]
    public let signatureAlgorithm: AlgorithmIdentifier
    public let signature: [UInt8]
    /// The certificates sent along, at most 8.
    public let certificates: [Certificate]

    public var nonce: [UInt8]? { ocspNonce }

    init(der: [UInt8]) throws(DERError) {
        var outer = DERReader(der)
        var basic = try outer.readSequence()
        try outer.finish()
        let signed = try basic.read(.sequence)
        body = Array(basic.encoding(of: signed))
        signatureAlgorithm = try AlgorithmIdentifier(reading: &basic)
        signature = Array(try basic.readBitStringBytes())
        var found: [Certificate] = []
        if let explicit = try basic.readOptional(.contextConstructed(0)) {
            var wrapped = basic.reader(inside: explicit)
            var list = try wrapped.readSequence()
            try wrapped.finish()
            while !list.isAtEnd {
                guard found.count < 8 else { throw DERError(.tooMany("certificates"), at: list.offset) }
                found.append(try Certificate(reading: &list))
            }
        }
        certificates = found
        try basic.finish()

        var inner = basic.reader(inside: signed)
        let versionOffset = inner.offset
        if let explicit = try inner.readOptional(.contextConstructed(0)) {
            var wrapped = inner.reader(inside: explicit)
            guard try wrapped.readSmallInteger() == 0 else {
                throw DERError(.badValue("an OCSP version other than 1"), at: versionOffset)
            }
            try wrapped.finish()
        }
        responderID = try ResponderID(reading: &inner)
        producedAt = try inner.readGeneralizedTime()
        var list = try inner.readSequence()
        var singles: [SingleResponse] = []
        while !list.isAtEnd {
            guard singles.count < OCSPRequest.maximumCount else {
                throw DERError(.tooMany("OCSP answers"), at: list.offset)
            }
            singles.append(try SingleResponse(reading: &list))
        }
        responses = singles
        if let explicit = try inner.readOptional(.contextConstructed(1)) {
            var wrapped = inner.reader(inside: explicit)
            extensions = try CertificateExtension.list(&wrapped)
            try wrapped.finish()
        } else {
            extensions = []
        }
        try inner.finish()
    }
}

extension BasicOCSPResponse.ResponderID {
    init(reading reader: inout DERReader) throws(DERError) {
        if let byName = try reader.readOptional(.contextConstructed(1)) {
            var wrapped = reader.reader(inside: byName)
            self = .name(try DistinguishedName(reading: &wrapped))
            try wrapped.finish()
        } else {
            var wrapped = reader.reader(inside: try reader.read(.contextConstructed(2)))
            self = .keyHash(Array(try wrapped.readOctetString()))
            try wrapped.finish()
        }
    }

    func write(to writer: inout DERWriter) {
        switch self {
        case .name(let name): writer.write(.contextConstructed(1), name.der)
        case .keyHash(let hash): writer.write(.contextConstructed(2)) { $0.write(.octetString, hash) }
        }
    }
}

extension BasicOCSPResponse.SingleResponse {
    init(reading reader: inout DERReader) throws(DERError) {
        var single = try reader.readSequence()
        certID = try OCSPCertID(reading: &single)
        let state = try single.read()
        switch state.tag {
        case .contextPrimitive(0): status = .good
        case .contextPrimitive(2): status = .unknown
        case .contextConstructed(1):
            var inner = single.reader(inside: state)
            let time = try inner.readGeneralizedTime()
            var reason: RevocationReason?
            if let explicit = try inner.readOptional(.contextConstructed(0)) {
                var wrapped = inner.reader(inside: explicit)
                reason = RevocationReason(rawValue: try wrapped.readSmallInteger(.enumerated))
                guard reason != nil else {
                    throw DERError(.badValue("an unknown revocation reason"), at: explicit.content.lowerBound)
                }
                try wrapped.finish()
            }
            try inner.finish()
            status = .revoked(at: time, reason: reason)
        default:
            throw DERError(.badValue("an unknown certificate status"), at: state.range.lowerBound)
        }
        thisUpdate = try single.readGeneralizedTime()
        if let explicit = try single.readOptional(.contextConstructed(0)) {
            var wrapped = single.reader(inside: explicit)
            nextUpdate = try wrapped.readGeneralizedTime()
            try wrapped.finish()
        } else {
            nextUpdate = nil
        }
        if let explicit = try single.readOptional(.contextConstructed(1)) {
            var wrapped = single.reader(inside: explicit)
            hasCriticalExtension = try CertificateExtension.list(&wrapped).contains { $0.isCritical }
            try wrapped.finish()
        } else {
            hasCriticalExtension = false
        }
        try single.finish()
    }

    func write(to writer: inout DERWriter) {
        writer.writeSequence { single in
            certID.write(to: &single)
            switch status {
            case .good: single.write(.contextPrimitive(0), EmptyCollection<UInt8>())
            case .unknown: single.write(.contextPrimitive(2), EmptyCollection<UInt8>())
            case .revoked(let time, let reason):
                single.write(.contextConstructed(1)) { info in
                    info.writeGeneralizedTime(time)
                    if let reason {
                        info.write(.contextConstructed(0)) { $0.write(reason.rawValue, tag: .enumerated) }
                    }
                }
            }
            single.writeGeneralizedTime(thisUpdate)
            if let nextUpdate { single.write(.contextConstructed(0)) { $0.writeGeneralizedTime(nextUpdate) } }
        }
    }
}

extension BasicOCSPResponse {
    /// Encodes the part to be signed.
    public static func body(
        responderID: ResponderID, producedAt: Timestamp, responses: [SingleResponse], nonce: [UInt8]? = nil
    ) -> [UInt8] {
        var writer = DERWriter(reserving: 256)
        writer.writeSequence { body in
            responderID.write(to: &body)
            body.writeGeneralizedTime(producedAt)
            body.writeSequence { list in
                for single in responses { single.write(to: &list) }
            }
            guard let nonce else { return }
            body.write(.contextConstructed(1)) { wrapped in
                wrapped.writeSequence { CertificateExtension.ocspNonce(nonce).write(to: &$0) }
            }
        }
        return writer.bytes
    }

    /// Puts body, signature and the responder's certificates together as a whole successful `OCSPResponse`.
    public static func assemble(
        body: [UInt8], algorithm: SignatureAlgorithm, signature: [UInt8], certificates: [[UInt8]]
    ) -> [UInt8] {
        var writer = DERWriter(reserving: body.count + signature.count + certificates.reduce(80) { $0 + $1.count })
        writer.writeSequence { response in
            response.write(0, tag: .enumerated)
            response.write(.contextConstructed(0)) { wrapped in
                wrapped.writeSequence { typed in
                    typed.write(ObjectIdentifier.ocspBasic)
                    typed.write(.octetString) { octets in
                        octets.writeSequence { basic in
                            basic.write(encoded: body)
                            AlgorithmIdentifier(algorithm).write(to: &basic)
                            basic.writeBitString(signature)
                            guard !certificates.isEmpty else { return }
                            basic.write(.contextConstructed(0)) { explicit in
                                explicit.writeSequence { list in
                                    for certificate in certificates { list.write(encoded: certificate) }
                                }
                            }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }
}

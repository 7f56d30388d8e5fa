import V2GFraming

/// What holds for every sequence of octets given to framing, discovery and the choice of the protocol.
///
/// The first octet modulo 4 chooses what the rest is for: a stream, a datagram, a handshake, or text; its other bits are
/// settings.
public enum FramingOracle {
    public static func check(_ input: Span<UInt8>) throws(OracleFailure) {
        guard input.count > 0 else { return }
        let settings = input[0] >> 2
        let bytes = input.extracting(1..<input.count)
        switch input[0] & 3 {
        case 0: try checkStream(bytes, settings)
        case 1: try checkDatagram(bytes, settings)
        case 2: try checkNegotiation(bytes, settings)
        default: try checkText(bytes)
        }
    }

    // MARK: Streams

    private struct Outcome: Equatable {
        var frames: [V2GTPFrame] = []
        var failure: FramingError?
        var frameOffset: UInt64 = 0
    }

    /// However a stream is cut, the frames and the fault are the same; and frames are written to what was read.
    private static func checkStream(_ bytes: Span<UInt8>, _ settings: UInt8) throws(OracleFailure) {
        let limit = [V2GTPReader.defaultPayloadLimit, 0, 16, Int.max][Int(settings & 3)]
        let whole = try read(bytes, limit: limit) { _ in bytes.count }
        // The length of each piece is told by the octet that it starts with.
        let pieces = try read(bytes, limit: limit) { Int(bytes[$0] % 23) }
        guard whole == pieces else { throw OracleFailure("cut into pieces, the stream is read differently") }

        var written: [UInt8] = []
        for frame in whole.frames {
            guard frame.payload.count <= limit else { throw OracleFailure("a payload is longer than the limit") }
            let octets: [UInt8]
            let again: V2GTPFrame
            do throws(FramingError) {
                octets = try frame.encoded()
                again = try V2GTPFrame(decoding: octets.span, payloadLimit: limit)
            } catch {
                throw OracleFailure("a frame that was read cannot be written and read again: \(error)")
            }
            guard again == frame else { throw OracleFailure("a frame reads back as another one") }
            written += octets
        }
        guard written.count <= bytes.count, areEqual(bytes.extracting(0..<written.count), written.span) else {
            throw OracleFailure("the frames are written to other octets than they were read from")
        }
        guard whole.frameOffset == UInt64(written.count) else { throw OracleFailure("the frame offset is wrong") }
        if let failure = whole.failure { try checkPlace(failure, bytes.count) }
    }

    /// Reads all of `bytes`, in pieces that are `length` of their first index long.
    private static func read(
        _ bytes: Span<UInt8>, limit: Int, _ length: (Int) -> Int
    ) throws(OracleFailure) -> Outcome {
        var reader = V2GTPReader(payloadLimit: limit)
        var outcome = Outcome()
        var start = 0
        var isHoldingTooMuch = false
        do throws(FramingError) {
            while start < bytes.count {
                let end = min(bytes.count, start + max(1, length(start)))
                try reader.feed(bytes.extracting(start..<end), into: &outcome.frames)
                start = end
                isHoldingTooMuch = isHoldingTooMuch || reader.bufferedBytes > start || reader.missing <= 0
            }
            try reader.finish()
        } catch {
            outcome.failure = error
        }
        guard reader.failure == outcome.failure else { throw OracleFailure("the failure is not kept") }
        guard !isHoldingTooMuch else { throw OracleFailure("more octets are held than arrived, or none is missing") }
        outcome.frameOffset = reader.frameOffset
        return outcome
    }

    // MARK: Discovery

    /// A datagram is refused at a place that it has, or written to the same octets.
    private static func checkDatagram(_ bytes: Span<UInt8>, _ settings: UInt8) throws(OracleFailure) {
        let layout = SDPLayout(
            evseIDWidth: settings & 1 == 0 ? .bytes37 : .bytes36,
            emspSeparator: SDPLayout.EMSPSeparator.allCases[Int(settings >> 1) % 5])
        let message: SDPMessage
        do throws(FramingError) {
            message = try SDPMessage(datagram: bytes, layout: layout)
        } catch {
            return try checkPlace(error, bytes.count)
        }
        let written: [UInt8]
        do throws(FramingError) {
            written = try message.datagram(layout: layout)
        } catch {
            throw OracleFailure("a datagram that was read cannot be written: \(error)")
        }
        guard areEqual(bytes, written.span) else { throw OracleFailure("a datagram is written to other octets") }
        switch message {
        case .request, .wirelessRequest, .wirelessResponse: break
        case .response(let response): try checkAddress(response.address)
        case .emspRequest(let request): try checkProviders(request.providers, layout)
        case .emspResponse(let response):
            try checkAddress(response.address)
            try checkProviders(response.providers, layout)
        }
    }

    private static func checkProviders(_ list: SDPEMSPList, _ layout: SDPLayout) throws(OracleFailure) {
        for id in list.ids(separator: layout.emspSeparator) where id.isEmpty {
            throw OracleFailure("a provider without a name")
        }
    }

    private static func checkAddress(_ address: IPv6Address) throws(OracleFailure) {
        guard IPv6Address(address.description) == address, IPv6Address(bytes: address.bytes.span) == address else {
            throw OracleFailure("\(address) reads back as another address")
        }
    }

    private static func checkPlace(_ error: FramingError, _ count: Int) throws(OracleFailure) {
        guard error.offset <= UInt64(count), !error.description.isEmpty else {
            throw OracleFailure("an error at octet \(error.offset) of \(count)")
        }
    }

    // MARK: Negotiation

    private static let namespaces: [SAPNamespace] = [
        .din, .iso2, .iso2Draft, .iso20AC, .iso20DC, .iso20WPT, .iso20ACDP, .iso20ACDERIEC, .iso20ACDERSAE, .teslaDIN,
    ]

    /// The answer names an offer of the request that is served over the transport, or every offer has its reason.
    private static func checkNegotiation(_ bytes: Span<UInt8>, _ settings: UInt8) throws(OracleFailure) {
        var position = 0
        func next() -> UInt8 {
            guard position < bytes.count else { return 0 }
            position += 1
            return bytes[position - 1]
        }
        let transport = SAPTransport.allCases[Int(settings % 3)]
        let sharing: SAPNegotiation.SharedSchemaIDs = settings & 32 == 0 ? .refuse : .selectByPriority
        var supported: [SAPSupportedProtocol] = []
        for _ in 0..<next() % 5 {
            let mask = next()
            supported.append(
                SAPSupportedProtocol(
                    namespace: namespaces[Int(next()) % namespaces.count], major: UInt32(next() % 4),
                    minor: UInt32(next() % 4),
                    transports: Set(SAPTransport.allCases.filter { mask >> bit(of: $0) & 1 != 0 })))
        }
        let most = settings & 16 == 0 ? 4 : SAPOffer.maximumCount
        var offers: [SAPOffer] = []
        while position < bytes.count, offers.count < most {
            let kind = Int(next())
            var namespace = namespaces[kind % namespaces.count]
            if kind >= 250 {
                let length = Int(next() % 128)
                let text = (0..<length).map { _ in next() }
                namespace = SAPNamespace(rawValue: String(decoding: text, as: UTF8.self))
            }
            let offer = SAPOffer(
                namespace: namespace, major: UInt32(next() % 4), minor: UInt32(next() % 4), schemaID: next(),
                priority: next() % 24)
            if let offer { offers.append(offer) }
        }
        let result = SAPNegotiation.negotiate(
            offers: offers, supported: supported, transport: transport, sharedSchemaIDs: sharing)
        try checkResult(result, offers, supported, transport)
        // Making text takes longer than all else: for one input of 16.
        guard bytes.count & 15 == 0 else { return }
        for verdict in result.verdicts where verdict.description.isEmpty { throw OracleFailure("no reason") }
    }

    private static func bit(of transport: SAPTransport) -> UInt8 {
        switch transport {
        case .plain: 0
        case .tls12: 1
        case .tls13: 2
        }
    }

    private static func checkResult(
        _ result: SAPResult, _ offers: [SAPOffer], _ supported: [SAPSupportedProtocol], _ transport: SAPTransport
    ) throws(OracleFailure) {
        switch result {
        case .failed(let verdicts):
            guard verdicts.map(\.offer) == offers, result.schemaID == nil else {
                throw OracleFailure("a failure without a reason for each offer")
            }
        case .selected(let selection):
            guard offers.contains(selection.offer), supported.contains(selection.supported),
                result.verdicts.count == offers.count - 1, result.schemaID == selection.offer.schemaID,
                selection.offer.namespace == selection.supported.namespace,
                selection.offer.major == selection.supported.major
            else { throw OracleFailure("what was selected was not offered or is not served") }
            guard selection.supported.transports.contains(transport), selection.offer.namespace.family != .iso2Draft,
                transport == .tls13 || selection.offer.namespace.family != .iso20
            else { throw OracleFailure("\(selection.offer) was selected over \(transport)") }
        }
    }

    // MARK: Text

    /// Text is an address or an identifier, or it is not; what it is reads back.
    private static func checkText(_ bytes: Span<UInt8>) throws(OracleFailure) {
        var octets: [UInt8] = []
        for index in 0..<min(bytes.count, 4096) { octets.append(bytes[index]) }
        let text = String(decoding: octets, as: UTF8.self)
        if let address = IPv6Address(text) { try checkAddress(address) }
        if let address = IPv6Address(bytes: bytes) { try checkAddress(address) }
        if let field = SDPText(text), SDPText(field.description) != field {
            throw OracleFailure("the text of a field reads back as another one")
        }
        for separator in SDPLayout.EMSPSeparator.allCases {
            guard let list = SDPEMSPList([text], separator: separator) else { continue }
            let read = SDPEMSPList(list.ids(separator: separator), separator: separator)
            guard read?.ids(separator: separator) == list.ids(separator: separator) else {
                throw OracleFailure("a list of providers reads back as another one")
            }
        }
        let namespace = SAPNamespace(rawValue: text)
        guard !namespace.description.isEmpty || text.isEmpty else { throw OracleFailure("a namespace without text") }
    }

    private static func areEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }
}

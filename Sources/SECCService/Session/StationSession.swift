internal import EXICodec
internal import Logging
internal import NIOCore
internal import SchemaTypes
internal import V2GCertificates
internal import V2GFraming
internal import V2GKeys
internal import V2GMessagesAppProtocol
internal import V2GPrimitives
internal import V2GSession
internal import V2GSessionDIN
internal import V2GSessionISO2
internal import V2GSessionISO20
internal import V2GSignatures
internal import V2GTLS
internal import V2GTransport

/// What runs an edition's core, as the connection sees it.
protocol SessionDriving: AnyObject {
    func begin()
    func received(_ frame: V2GTPFrame)
    func readingsChanged(_ readings: EVSEReadings)
    func operatorAsks(_ request: OperatorRequest)
    func linkLost(_ reason: String)
}

/// A car's connection at the station: the choice of the protocol, then the edition's driver. Lives on the link's loop.
final class StationSession: V2GPeer {
    private let place: SessionPlace
    private let link: V2GLink
    private let release: (StationSession) -> Void
    private let record: RecordKeeper
    private var driver: (any SessionDriving)?
    private var readings = EVSEReadings()
    private var isOver = false

    init(_ place: SessionPlace, link: V2GLink, release: @escaping (StationSession) -> Void) {
        self.place = place
        self.link = link
        self.release = release
        record = RecordKeeper(
            evse: place.offer.evseID, peer: link.remoteEndpoint?.description, clock: place.clock,
            pseudonyms: place.pseudonyms)
    }

    func connected(_ link: V2GLink) {
        record.connected(link.tls)
        place.logger.info(
            "car connected",
            metadata: [
                "v2g.peer": "\(link.remoteEndpoint?.description ?? "?")", "v2g.evse": "\(place.offer.evseID)",
                "v2g.tls": "\(link.tls.map { "\($0.version.rawValue) \($0.suite) \($0.group)" } ?? "none")",
                "v2g.staples": "\(link.tls?.staplesSent ?? 0)",
            ])
        if link.tls?.loweredFromTLS13 == true {
            record.note(.securityEvent("TLS 1.2 is used although the car offers TLS 1.3"))
        }
        place.slot.equipment.attach(on: link.eventLoop) { [unowned self] readings in
            self.readings = readings
            driver?.readingsChanged(readings)
        }
    }

    func received(_ frame: V2GTPFrame, on link: V2GLink) {
        guard !isOver else { return }
        if let driver { return driver.received(frame) }
        negotiate(frame)
    }

    func disconnected(_ end: LinkEnd, from link: V2GLink) {
        guard !isOver else { return }
        isOver = true
        driver?.linkLost(end.description)
        place.slot.equipment.detach()
        record.disconnected(end.description, isOrderly: end.isOrderly || end.reason == .peerDidNotClose)
        let finished = record.finished()
        place.logger.notice("session ended", metadata: finished.logMetadata)
        place.records.keep(finished, logger: place.logger)
        driver = nil
        release(self)
    }

    func operatorAsks(_ request: OperatorRequest) {
        guard let driver else { return link.closeNow(LinkEnd(.stopped, "the station stops")) }
        driver.operatorAsks(request)
    }

    // MARK: The choice of the protocol

    private func negotiate(_ frame: V2GTPFrame) {
        guard frame.payloadType == .sapOrISO2 else {
            return giveUp("the first frame has payload type \(frame.payloadType); supportedAppProtocolReq was due")
        }
        let element: SAP.Element
        do {
            element = try SAP.Element(decodingDocument: frame.payload.span)
        } catch {
            return giveUp("the first frame holds no handshake: \(error)")
        }
        guard case .supportedAppProtocolReq(let request) = element else {
            return giveUp("the car sent a handshake response; a request was due")
        }
        let offers = request.appProtocol.elements.compactMap { offer in
            SAPOffer(
                namespace: SAPNamespace(rawValue: offer.protocolNamespace.string), major: offer.versionNumberMajor,
                minor: offer.versionNumberMinor, schemaID: offer.schemaID, priority: offer.priority.value)
        }
        let result = SAPNegotiation.negotiate(offers: offers, supported: place.protocols, transport: transport)
        record.negotiated(result, offers: offers)
        logChoice(result, offers)
        guard answer(result) else { return }
        switch result {
        case .selected(let selection): start(selection)
        case .failed:
            record.ended(
                SessionEnd(
                    .refused,
                    "No protocol in common: "
                        + result.verdicts.map(\.description).joined(separator: "; ")))
            link.closeAfterPeer()
        }
    }

    private var transport: SAPTransport {
        switch link.tls?.version {
        case .tls12: .tls12
        case .tls13: .tls13
        case nil: .plain
        }
    }

    private func answer(_ result: SAPResult) -> Bool {
        let code: SAP.ResponseCode
        switch result.responseCode {
        case .okSuccessfulNegotiation: code = .okSuccessfulNegotiation
        case .okSuccessfulNegotiationWithMinorDeviation: code = .okSuccessfulNegotiationWithMinorDeviation
        case .failedNoNegotiation: code = .failedNoNegotiation
        }
        do {
            let response = SAP.Element.supportedAppProtocolRes(
                SAP.SupportedAppProtocolRes(responseCode: code, schemaID: result.schemaID))
            link.send(V2GTPFrame(payloadType: .sapOrISO2, payload: try response.encodedDocument()))
            return true
        } catch {
            giveUp("the handshake's response cannot be encoded: \(error)")
            return false
        }
    }

    private func logChoice(_ result: SAPResult, _ offers: [SAPOffer]) {
        place.logger.debug(
            "supportedAppProtocolReq",
            metadata: [
                "v2g.evse": "\(place.offer.evseID)",
                "v2g.offers": "\(offers.map(\.description).joined(separator: "; "))",
                "v2g.code": "\(result.responseCode.rawValue)",
            ])
    }

    private func start(_ selection: SAPSelection) {
        let security: SessionLink.Security
        switch transport {
        case .plain: security = .plain
        case .tls12: security = .tls12
        case .tls13: security = .tls13
        }
        let leaf = link.tls?.peer?.chain.first
        let about = SessionLink(security: security, peerLeafDigest: leaf.map { HashAlgorithm.sha512.hash($0) })
        let pauses = place.pauses
        switch selection.supported.namespace.family {
        case .iso2:
            run(
                ISO2SECC(
                    offer: place.offer, link: about,
                    signatures: MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2)),
                    paused: { pauses.iso2.paused($0) }))
        case .iso20:
            run(
                ISO20SECC(
                    offer: place.offer, link: about,
                    signatures: MessageSignatureVerifier(
                        profile: SignatureProfile(
                            edition: .iso20, allowsP256InEdition20: place.allowsP256InEdition20)),
                    paused: { pauses.iso20.paused($0) }))
        case .din: run(DINSECC(offer: place.offer, link: about))
        case .iso2Draft, .foreign, .unknown:
            giveUp("\(selection.supported.namespace) was selected and nothing here speaks it")
        }
    }

    private func run<Core: StationCore>(_ core: Core) {
        let driver = SessionDriver(core, place: place, link: link, record: record, readings: readings)
        self.driver = driver
        driver.begin()
    }

    private func giveUp(_ reason: String) {
        record.ended(SessionEnd(.protocolError, "Connection closed: \(reason)."))
        link.closeNow(LinkEnd(.closedByUs, reason))
    }
}

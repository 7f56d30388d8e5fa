internal import EXICodec
internal import SchemaTypes
internal import V2GFraming
internal import V2GMessagesAppProtocol
internal import V2GSession
internal import V2GTLS
internal import V2GTransport

/// The car's end of a connection: offers its protocols, takes the station's choice, and hands over to the driver of
/// that edition.
final class CarConnection: V2GPeer {
    /// A protocol that is offered, and who drives it.
    struct Offer {
        let offer: SAPOffer
        let title: String
        let makeDriver: (V2GLink) throws(CarError) -> any CarDriving
    }

    private let offers: (LinkSecurity) -> [Offer]
    private let log: RecordBuilder
    private var open: [Offer] = []
    private var driver: (any CarDriving)?
    private var refusal: SessionEnd?

    init(log: RecordBuilder, offers: @escaping (LinkSecurity) -> [Offer]) {
        self.log = log
        self.offers = offers
    }

    func connected(_ link: V2GLink) {
        if let tls = link.tls {
            log.edit {
                $0.tlsVersion = tls.version.rawValue
                $0.cipherSuite = tls.suite
                $0.keyExchange = tls.group
            }
            log.add("\(tls.version.rawValue), \(tls.suite), \(tls.group)")
        } else {
            log.add("TCP without TLS")
        }
        open = offers(link.security)
        guard !open.isEmpty else {
            return refuse(
                link,
                "Nothing to offer over this connection: -20 needs TLS 1.3, Plug & Charge needs TLS. Check the station's "
                    + "TLS and --protocol.")
        }
        do {
            let list = try open.map { entry in
                SAP.AppProtocol(
                    protocolNamespace: try SAP.ProtocolNamespace(entry.offer.namespace.rawValue),
                    versionNumberMajor: entry.offer.major, versionNumberMinor: entry.offer.minor,
                    schemaID: entry.offer.schemaID, priority: try SAP.Priority(entry.offer.priority))
            }
            let request = SAP.SupportedAppProtocolReq(appProtocol: try BoundedList(list))
            let payload = try SAP.Element.supportedAppProtocolReq(request).encodedDocument()
            log.add(request: "supportedAppProtocolReq")
            link.send(V2GTPFrame(payloadType: .sapOrISO2, payload: payload))
        } catch {
            refuse(link, "The protocol offer cannot be written: \(error)")
        }
    }

    func received(_ frame: V2GTPFrame, on link: V2GLink) {
        if let driver { return driver.received(frame) }
        guard frame.payloadType == .sapOrISO2 else {
            return refuse(link, "The station answered the protocol offer with payload type \(frame.payloadType).")
        }
        let answer: SAP.Element
        do {
            answer = try SAP.Element(decodingDocument: frame.payload.span)
        } catch {
            return refuse(link, "The station's protocol choice cannot be read: \(error)")
        }
        guard case .supportedAppProtocolRes(let response) = answer else {
            return refuse(link, "The station did not answer the protocol offer.")
        }
        log.add(response: "supportedAppProtocolRes", code: "\(response.responseCode.schemaName)")
        guard response.responseCode != .failedNoNegotiation else {
            return refuse(
                link,
                "The station speaks none of the offered protocols: \(open.map(\.title).joined(separator: ", ")). Offer "
                    + "another with --protocol.")
        }
        guard let chosen = open.first(where: { $0.offer.schemaID == response.schemaID }) else {
            return refuse(link, "The station chose a protocol that was not offered.")
        }
        log.edit { $0.protocolName = chosen.title }
        do throws(CarError) {
            let driver = try chosen.makeDriver(link)
            self.driver = driver
            driver.start()
        } catch {
            refuse(link, error.message)
        }
    }

    func disconnected(_ end: LinkEnd, from link: V2GLink) {
        if let driver { return driver.disconnected("\(end)") }
        log.finished(refusal ?? SessionEnd(.refused, "The connection ended before a protocol was chosen: \(end)"))
    }

    private func refuse(_ link: V2GLink, _ reason: String) {
        refusal = SessionEnd(.refused, reason, linger: .zero)
        link.closeFirst()
    }
}

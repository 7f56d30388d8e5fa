import EXICodec
import NIOCore
import SchemaTypes
import Synchronization
import V2GFraming
import V2GMessagesAppProtocol
import V2GMessagesISO2
import V2GSession
import V2GSessionISO2
import V2GTransport

/// A car that sends frames one after the other, each when the answer to the one before has come.
final class ScriptedCar: V2GPeer {
    /// What came of it, to be read from anywhere.
    final class Log: Sendable {
        private let state = Mutex<(frames: [V2GTPFrame], end: LinkEnd?)>(([], nil))
        var frames: [V2GTPFrame] { state.withLock { $0.frames } }
        var end: LinkEnd? { state.withLock { $0.end } }
        func got(_ frame: V2GTPFrame) { state.withLock { $0.frames.append(frame) } }
        func ended(_ end: LinkEnd) { state.withLock { $0.end = end } }
    }

    private var script: [V2GTPFrame]
    private let closes: Bool
    private let log: Log

    init(_ script: [V2GTPFrame], closes: Bool, log: Log) {
        self.script = script
        self.closes = closes
        self.log = log
    }

    func connected(_ link: V2GLink) { sendNext(on: link) }

    func received(_ frame: V2GTPFrame, on link: V2GLink) {
        log.got(frame)
        sendNext(on: link)
    }

    func disconnected(_ end: LinkEnd, from link: V2GLink) { log.ended(end) }

    private func sendNext(on link: V2GLink) {
        guard !script.isEmpty else {
            if closes { link.closeFirst() }
            return
        }
        link.send(script.removeFirst())
    }

    // MARK: Frames

    static func handshake(_ namespaces: [String]) throws -> V2GTPFrame {
        let offers = try namespaces.enumerated().map { index, name in
            SAP.AppProtocol(
                protocolNamespace: try Text(name), versionNumberMajor: name.contains("-20") ? 1 : 2,
                versionNumberMinor: 0, schemaID: UInt8(index + 1), priority: try Ranged(UInt8(index + 1)))
        }
        let request = SAP.Element.supportedAppProtocolReq(
            SAP.SupportedAppProtocolReq(appProtocol: try BoundedList(offers)))
        return V2GTPFrame(payloadType: .sapOrISO2, payload: try request.encodedDocument())
    }

    static func sessionSetup() throws -> V2GTPFrame {
        try ISO2Edition.encode(
            ISO2.V2GMessage(
                .zero, .sessionSetupReq(ISO2.SessionSetupReq(evccID: try ISO2.EvccID([2, 0, 0, 0, 0, 1])))))
    }

    static func handshakeAnswer(_ frame: V2GTPFrame) throws -> SAP.SupportedAppProtocolRes? {
        guard case .supportedAppProtocolRes(let response) = try SAP.Element(decodingDocument: frame.payload.span)
        else { return nil }
        return response
    }
}

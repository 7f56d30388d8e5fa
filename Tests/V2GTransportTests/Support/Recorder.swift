import NIOCore
import Synchronization
import Testing
import V2GFraming

@testable import V2GTransport

/// What the peers of a test saw, from any loop.
final class Recorder: Sendable {
    struct State {
        var connected = 0
        var frames: [V2GTPFrame] = []
        var ends: [LinkEnd] = []
        var refusals: [LinkEnd.Reason] = []
        var events = 0
    }

    let state = Mutex(State())

    var connected: Int { state.withLock { $0.connected } }
    var frames: [V2GTPFrame] { state.withLock { $0.frames } }
    var ends: [LinkEnd] { state.withLock { $0.ends } }
    var reasons: [LinkEnd.Reason] { ends.map(\.reason) }
    var refusals: [LinkEnd.Reason] { state.withLock { $0.refusals } }
}

/// Looks again every few milliseconds until `condition` holds.
func eventually(
    within limit: Duration = .seconds(10), _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if await condition() { return }
        try await Task.sleep(for: .milliseconds(3))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

/// Answers each frame with itself; the payloads `stop`, `first` and `now` make it close.
final class EchoPeer: V2GPeer {
    let recorder: Recorder
    let greeting: [V2GTPFrame]

    init(_ recorder: Recorder, greeting: [V2GTPFrame] = []) {
        self.recorder = recorder
        self.greeting = greeting
    }

    func connected(_ link: V2GLink) {
        recorder.state.withLock { $0.connected += 1 }
        for frame in greeting { link.send(frame) }
    }

    func received(_ frame: V2GTPFrame, on link: V2GLink) {
        recorder.state.withLock { $0.frames.append(frame) }
        guard link.role == .station else { return }
        link.send(frame)
        switch frame.payload {
        case Array("stop".utf8): link.closeAfterPeer()
        case Array("now".utf8): link.closeNow()
        default: break
        }
    }

    func disconnected(_ end: LinkEnd, from link: V2GLink) {
        recorder.state.withLock { $0.ends.append(end) }
    }
}

func frame(_ text: String) -> V2GTPFrame { V2GTPFrame(payloadType: .sapOrISO2, payload: Array(text.utf8)) }

func bytes(_ frames: V2GTPFrame...) throws -> [UInt8] {
    var all: [UInt8] = []
    for frame in frames { try frame.append(to: &all) }
    return all
}

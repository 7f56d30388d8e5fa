internal import NIOCore
internal import V2GFraming
package import V2GKeys
internal import V2GPrimitives
package import V2GSession
package import V2GSignatures
internal import V2GTransport

/// What a session needs beyond its core: keys, a way to accept contracts, and who hears of it.
package struct CarServices<Edition: SessionCoding>: Sendable {
    /// Keys by use; one that is missing fails the signature, which ends the session with the reason.
    package var keys: [VehicleKey: any SigningKey]
    /// Verifies an installation answer, unwraps the key and stores both durably.
    package var install:
        @Sendable (Edition.Message) async -> Result<(InstalledContract, any SigningKey), InstallationFailure>
    package var paused: @Sendable (PausedSession<Edition>?) -> Void

    package init(
        keys: [VehicleKey: any SigningKey],
        install:
            @escaping @Sendable (Edition.Message) async -> Result<
                (InstalledContract, any SigningKey), InstallationFailure
            >, paused: @escaping @Sendable (PausedSession<Edition>?) -> Void
    ) {
        self.keys = keys
        self.install = install
        self.paused = paused
    }
}

/// Runs a core on its connection: frames in, actions out in order, timers on the loop. Everything here happens on the
/// connection's event loop; what takes time elsewhere comes back to it as an event.
final class CarDriver<Core: CarCore>: CarDriving {
    private var core: Core
    private var services: CarServices<Core.Edition>
    private let link: V2GLink
    private let quirks: Set<Quirk>
    private let log: RecordBuilder
    private var battery: Battery
    private var timers: [SessionTimer: Scheduled<Void>] = [:]
    private var waiting: [EVCCEvent<Core.Edition>] = []
    private var isWorking = false
    private var end: SessionEnd?

    init(
        _ core: Core, services: CarServices<Core.Edition>, battery: Battery, quirks: Set<Quirk>, link: V2GLink,
        log: RecordBuilder
    ) {
        self.core = core
        self.services = services
        self.battery = battery
        self.quirks = quirks
        self.link = link
        self.log = log
    }

    func start() {
        feed(.vehicle(battery.readings))
        feed(.start)
    }

    func received(_ frame: V2GTPFrame) {
        do throws(MessageFault) {
            let decoded = try Core.Edition.decode(frame, quirks: quirks)
            for note in decoded.notes { log.add(note) }
            let name = Core.Edition.name(of: decoded.message)
            log.add(response: name, code: Core.Edition.responseCode(of: decoded.message))
            if Self.loopNames.contains(name) {
                battery.charge()
                feed(.vehicle(battery.readings))
            }
            feed(.received(decoded.message))
        } catch {
            finish(
                SessionEnd(
                    .protocolError, "The station's message cannot be read: \(error.message)", linger: .zero))
            feed(.linkLost("the station's message cannot be read"))
        }
    }

    func disconnected(_ reason: String) {
        if end == nil { feed(.linkLost(reason)) }
        cancelAll()
        log.finished(end ?? SessionEnd(.linkLost, reason, linger: .zero))
    }

    private static var loopNames: Set<String> {
        ["ChargingStatusRes", "CurrentDemandRes", "AC_ChargeLoopRes", "DC_ChargeLoopRes"]
    }

    /// One event after the other: an action may cause another event, which waits its turn.
    private func feed(_ event: EVCCEvent<Core.Edition>) {
        waiting.append(event)
        guard !isWorking else { return }
        isWorking = true
        defer { isWorking = false }
        while !waiting.isEmpty {
            let actions = core.handle(waiting.removeFirst(), at: log.moment)
            for action in actions { carry(out: action) }
        }
    }

    private func carry(out action: EVCCAction<Core.Edition>) {
        switch action {
        case .send(let message): send(message)
        case .startTimer(let timer, let duration): startTimer(timer, duration)
        case .cancelTimer(let timer): timers.removeValue(forKey: timer)?.cancel()
        case .sign(let octets, let use): sign(octets, use)
        case .install(let message): install(message)
        case .vehicle(let command):
            battery.obey(command)
            waiting.append(.vehicle(battery.readings))
        case .keepPaused(let paused): services.paused(paused)
        case .forgetPaused: services.paused(nil)
        case .note(let note): log.add(note)
        case .end(let end): finish(end)
        }
    }

    private func send(_ message: Core.Edition.Message) {
        do throws(MessageFault) {
            let frame = try Core.Edition.encode(message)
            log.add(request: Core.Edition.name(of: message))
            link.send(frame)
        } catch {
            finish(SessionEnd(.protocolError, "Our message cannot be written: \(error.message)", linger: .zero))
        }
    }

    private func startTimer(_ timer: SessionTimer, _ duration: Duration) {
        timers.removeValue(forKey: timer)?.cancel()
        // A pace of nothing is due at once, after the actions that stand before it.
        if duration <= .zero {
            waiting.append(.timerFired(timer))
            return
        }
        let bound = NIOLoopBound(self, eventLoop: link.eventLoop)
        timers[timer] = link.eventLoop.scheduleTask(in: TimeAmount(duration)) {
            bound.value.timers[timer] = nil
            bound.value.feed(.timerFired(timer))
        }
    }

    private func sign(_ octets: [UInt8], _ use: VehicleKey) {
        guard let key = services.keys[use] else {
            waiting.append(
                .signed(.failure(SigningFailure("The car has no \(use) key. Put it into the PKI directory."))))
            return
        }
        later {
            do throws(KeyError) {
                return .signed(.success(try await key.sign(octets)))
            } catch {
                return .signed(.failure(SigningFailure(error.message)))
            }
        }
    }

    private func install(_ message: Core.Edition.Message) {
        let install = services.install
        let bound = NIOLoopBound(self, eventLoop: link.eventLoop)
        let loop = link.eventLoop
        Task {
            let result = await install(message)
            loop.execute {
                switch result {
                case .success(let (contract, key)):
                    bound.value.services.keys[.contract] = key
                    bound.value.feed(.installed(.success(contract)))
                case .failure(let failure): bound.value.feed(.installed(.failure(failure)))
                }
            }
        }
    }

    private func later(_ work: @escaping @Sendable () async -> EVCCEvent<Core.Edition>) {
        let bound = NIOLoopBound(self, eventLoop: link.eventLoop)
        let loop = link.eventLoop
        Task {
            let event = await work()
            loop.execute { bound.value.feed(event) }
        }
    }

    private func finish(_ end: SessionEnd) {
        guard self.end == nil else { return }
        self.end = end
        cancelAll()
        link.closeFirst()
    }

    private func cancelAll() {
        for (_, timer) in timers { timer.cancel() }
        timers.removeAll()
    }
}

/// A driver, whatever its edition.
protocol CarDriving: AnyObject {
    func start()
    func received(_ frame: V2GTPFrame)
    func disconnected(_ reason: String)
}

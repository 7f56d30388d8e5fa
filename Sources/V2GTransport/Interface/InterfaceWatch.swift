package import NIOCore

/// Looks at a place again and again, and tells when the address has gone, come back or changed.
///
/// An interface may lose its address while the program runs: the modem restarts, somebody flushes the addresses, the
/// device is taken away and comes back with another index. Looking once a second costs microseconds and misses nothing
/// that matters, since a car asks for 12 s.
final class InterfaceWatch {
    enum Event: Sendable {
        /// There is no usable address now.
        case lost(TransportError)
        /// There is one again, or another one.
        case usable(ResolvedPlace)
    }

    private let place: LinkPlace
    private var current: ResolvedPlace?
    private var lostWith: TransportError.Code?
    private var task: RepeatedTask?

    /// - Parameter current: What is in use already; no event is made for it.
    init(_ place: LinkPlace, current: ResolvedPlace?) {
        self.place = place
        self.current = current
    }

    /// Starts on `loop`; call it there.
    func start(on loop: any EventLoop, every interval: TimeAmount, _ handle: @escaping (Event) -> Void) {
        guard place.demandsLinkLocal, task == nil else { return }
        let bound = NIOLoopBound((self, handle), eventLoop: loop)
        task = loop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let (watch, handle) = bound.value
            if let event = watch.look() { handle(event) }
        }
    }

    func stop() {
        task?.cancel()
        task = nil
    }

    /// What has changed since the last look.
    func look() -> Event? {
        do throws(TransportError) {
            let now = try place.resolved()
            defer {
                current = now
                lostWith = nil
            }
            return now != current || lostWith != nil ? .usable(now) : nil
        } catch {
            guard error.code != lostWith else { return nil }
            lostWith = error.code
            return .lost(error)
        }
    }
}

extension LinkPlace {
    /// Waits until the place has a usable address, for at most `limit`.
    ///
    /// Just after the link of the modem has come up the address is tentative for about a second; a car or a station that
    /// starts then waits instead of failing.
    ///
    /// - Returns: A future that fails with the last ``TransportError``.
    package func usable(within limit: Duration, on loop: any EventLoop) -> EventLoopFuture<ResolvedPlace> {
        let promise = loop.makePromise(of: ResolvedPlace.self)
        let end = NIODeadline.now() + TimeAmount(limit)
        loop.execute { poll(until: end, on: loop, promise) }
        return promise.futureResult
    }

    private func poll(until end: NIODeadline, on loop: any EventLoop, _ promise: EventLoopPromise<ResolvedPlace>) {
        do throws(TransportError) {
            promise.succeed(try resolved())
        } catch {
            guard NIODeadline.now() < end else { return promise.fail(error) }
            loop.scheduleTask(in: .milliseconds(20)) { poll(until: end, on: loop, promise) }
        }
    }
}

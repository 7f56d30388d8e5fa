internal import Dispatch
internal import Glibc

/// The signals that a daemon obeys, as a stream.
struct Signals {
    enum Order: Sendable {
        case reload, stop
    }

    let stream: AsyncStream<Order>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Order.self)
        self.stream = stream
        sources = [(SIGHUP, Order.reload), (SIGTERM, .stop), (SIGINT, .stop)].map { number, order in
            // The default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(order) }
            source.resume()
            return source
        }
    }
}

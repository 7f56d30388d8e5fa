internal import Synchronization

/// What one event loop served. The labels are closed sets: nothing comes from the wire.
final class PKICounters: Sendable {
    enum Route: String, CaseIterable {
        case ocspPost = "ocsp_post"
        case ocspGet = "ocsp_get"
        case object, health, metrics, refused
    }

    let replies = RouteCounts()
    let frontHits = Atomic<Int>(0)
    let accepted = Atomic<Int>(0)
    let turnedAway = Atomic<Int>(0)
    let timedOut = Atomic<Int>(0)

    /// One number for each route and class of status codes.
    final class RouteCounts: Sendable {
        private let ocspPost = Classes()
        private let ocspGet = Classes()
        private let object = Classes()
        private let health = Classes()
        private let metrics = Classes()
        private let refused = Classes()

        func count(_ route: Route, _ status: HTTPStatus) { classes(route).cell(status.rawValue / 100).increment() }

        func value(_ route: Route, statusClass: Int) -> Int { classes(route).cell(statusClass).count }

        private func classes(_ route: Route) -> Classes {
            switch route {
            case .ocspPost: ocspPost
            case .ocspGet: ocspGet
            case .object: object
            case .health: health
            case .metrics: metrics
            case .refused: refused
            }
        }
    }

    final class Cell: Sendable {
        private let value = Atomic<Int>(0)
        func increment() { value.add(1, ordering: .relaxed) }
        var count: Int { value.load(ordering: .relaxed) }
    }

    private final class Classes: Sendable {
        private let success = Cell()
        private let redirection = Cell()
        private let clientError = Cell()
        private let serverError = Cell()

        func cell(_ statusClass: Int) -> Cell {
            switch statusClass {
            case 2: success
            case 3: redirection
            case 4: clientError
            default: serverError
            }
        }
    }
}

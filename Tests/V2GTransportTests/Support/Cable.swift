import Foundation
import Glibc
import NIOCore
import NIOPosix
import Synchronization

@testable import V2GTransport

/// Two network namespaces with a cable between them: `station` and `car`, made by `ip netns` and removed at the end.
///
/// An event loop runs on a thread of its own in each namespace, so all sockets that are made on it are there.
struct Cable {
    static let stationDevice = "evse0"
    static let carDevice = "ev0"
    private static let tool = "/usr/sbin/ip"

    /// Whether namespaces can be made here: needs root, the capability and the tool.
    static func isPossible() async -> Bool {
        guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: tool) else { return false }
        let probe = "v2gt-probe-\(getpid())-\(number.wrappingAdd(1, ordering: .relaxed).newValue)"
        do {
            try await ip("netns", "add", probe)
            try await ip("netns", "del", probe)
            return true
        } catch {
            return false
        }
    }

    let stationNamespace: String
    let carNamespace: String
    let station: any EventLoop
    let car: any EventLoop
    private let groups: [MultiThreadedEventLoopGroup]

    private static let number = Atomic<Int>(0)

    /// Runs `body` with a new cable.
    static func with<Result>(
        duplicateDetection: Bool = false, _ body: (Cable) async throws -> Result
    ) async throws -> Result {
        let id = "\(getpid())-\(number.wrappingAdd(1, ordering: .relaxed).newValue)"
        let (station, car) = ("v2gt-s-\(id)", "v2gt-c-\(id)")
        func remove() async {
            for namespace in [station, car] { _ = try? await ip("netns", "del", namespace) }
        }
        do {
            for namespace in [station, car] { try await ip("netns", "add", namespace) }
            try await ip(
                "link", "add", stationDevice, "netns", station, "type", "veth", "peer", "name", carDevice, "netns", car)
            for (namespace, device) in [(station, stationDevice), (car, carDevice)] {
                if !duplicateDetection { try await sysctl(namespace, "net.ipv6.conf.\(device).accept_dad", "0") }
                try await ip("-n", namespace, "link", "set", "lo", "up")
                try await ip("-n", namespace, "link", "set", device, "up")
            }
            let cable = try await Cable(station, car)
            let result = try await body(cable)
            for group in cable.groups { try await group.shutdownGracefully() }
            await remove()
            return result
        } catch {
            await remove()
            throw error
        }
    }

    private init(_ stationNamespace: String, _ carNamespace: String) async throws {
        self.stationNamespace = stationNamespace
        self.carNamespace = carNamespace
        groups = [MultiThreadedEventLoopGroup(numberOfThreads: 1), MultiThreadedEventLoopGroup(numberOfThreads: 1)]
        station = groups[0].next()
        car = groups[1].next()
        for (loop, namespace) in [(station, stationNamespace), (car, carNamespace)] {
            try await loop.submit {
                let file = unsafe open("/run/netns/\(namespace)", O_RDONLY | O_CLOEXEC)
                guard file >= 0 else { throw SystemError("open") }
                defer { close(file) }
                guard enterNamespace(file, 0x4000_0000 /* CLONE_NEWNET */) == 0 else { throw SystemError("setns") }
            }.get()
        }
    }

    var stationGroup: any EventLoopGroup { groups[0] }

    func waitForAddresses() async throws {
        _ = try await LinkPlace.interface(Self.stationDevice).usable(within: .seconds(10), on: station).get()
        _ = try await LinkPlace.interface(Self.carDevice).usable(within: .seconds(10), on: car).get()
    }

    func inStation(_ arguments: String...) async throws { try await Self.run(["-n", stationNamespace] + arguments) }
    func inCar(_ arguments: String...) async throws { try await Self.run(["-n", carNamespace] + arguments) }

    private static func ip(_ arguments: String...) async throws { try await run(arguments) }

    private static func sysctl(_ namespace: String, _ name: String, _ value: String) async throws {
        try await run(["netns", "exec", namespace, "sysctl", "-q", "-w", "\(name)=\(value)"])
    }

    private static func run(_ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        guard status == 0 else { throw Failure(arguments: arguments, status: status) }
    }

    struct Failure: Error {
        let arguments: [String]
        let status: Int32
    }
}

/// The C library has it, and its Swift module does not show it.
@_silgen_name("setns") private func enterNamespace(_ file: CInt, _ type: CInt) -> CInt

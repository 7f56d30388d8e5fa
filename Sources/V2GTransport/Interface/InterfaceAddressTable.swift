internal import Glibc
internal import V2GFraming

/// The IPv6 addresses of the system with the state that `getifaddrs` does not tell: whether one may be used yet.
///
/// The kernel prints them one a line into `if_inet6`: address, index, prefix length, scope and flags, all in hex.
enum InterfaceAddressTable {
    struct Row: Sendable, Hashable {
        let address: IPv6Address
        let index: UInt32
        let state: NetworkInterface.LinkLocalAddress.State
    }

    /// Address flags of linux/if_addr.h, which the headers of the C library do not carry.
    private static let duplicateFlag: UInt32 = 0x08
    private static let tentativeFlag: UInt32 = 0x40
    private static let optimisticFlag: UInt32 = 0x04
    /// As the thread sees it, since a thread may live in a network namespace of its own.
    private static let path = "/proc/thread-self/net/if_inet6"
    private static let sizeLimit = 1 << 20

    /// Empty when the system has no IPv6.
    static func read() -> [Row] { parse(contents(of: path)) }

    /// Lines that do not look as expected are skipped.
    static func parse(_ text: [UInt8]) -> [Row] {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = line.split(separator: UInt8(ascii: " "))
            guard fields.count >= 5, fields[0].count == 32,
                let high = hex(fields[0].prefix(16)), let low = hex(fields[0].suffix(16)),
                let index = hex(fields[1]), let flags = hex(fields[4])
            else { return nil }
            let bits = UInt32(truncatingIfNeeded: flags)
            let state: NetworkInterface.LinkLocalAddress.State =
                bits & duplicateFlag != 0
                ? .duplicate : bits & tentativeFlag != 0 && bits & optimisticFlag == 0 ? .tentative : .ready
            return Row(
                address: IPv6Address(high: high, low: low), index: UInt32(truncatingIfNeeded: index), state: state)
        }
    }

    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard digits.count <= 16 else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func contents(of path: String) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while all.count < sizeLimit {
            let count = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            all += piece[0..<count]
        }
        return all
    }
}

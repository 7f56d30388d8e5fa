internal import Foundation

/// Lines from a stream as they come, each bounded. The end of a line is LF or CR LF; the last one may lack it.
struct LineReader {
    /// A line, or what stands in for one that is too long and was skipped.
    enum Line: Equatable {
        case text([UInt8])
        case tooLong
    }

    private let maximum: Int
    private let read: () throws -> [UInt8]
    private var chunk: [UInt8] = []
    private var position = 0
    private var isAtEnd = false

    /// - Parameters:
    ///   - maximum: most octets of a line.
    ///   - read: the next octets of the stream, as many as there are; none at its end.
    init(maximum: Int, read: @escaping () throws -> [UInt8]) {
        self.maximum = maximum
        self.read = read
    }

    /// Lines of standard input. A line is there as soon as it was written, even when more is to come.
    init(standardInputUpTo maximum: Int) {
        self.init(maximum: maximum) { try Self.readStandardInput() }
    }

    /// The next line without its end; nothing at the end of the stream.
    mutating func next() throws -> Line? {
        var line: [UInt8] = []
        var isTooLong = false
        var hasAny = false
        while true {
            if position == chunk.count {
                if !isAtEnd {
                    chunk = try read()
                    position = 0
                    isAtEnd = chunk.isEmpty
                }
                if isAtEnd { return hasAny ? Self.line(line, isTooLong, maximum) : nil }
            }
            hasAny = true
            let end = chunk[position...].firstIndex(of: UInt8(ascii: "\n")) ?? chunk.count
            // One more than allowed is kept for a CR, which is not part of the line.
            if line.count + (end - position) > maximum + 1 {
                isTooLong = true
                line = []
            }
            if !isTooLong { line += chunk[position..<end] }
            position = min(end + 1, chunk.count)
            if end < chunk.count { return Self.line(line, isTooLong, maximum) }
        }
    }

    private static func line(_ octets: [UInt8], _ isTooLong: Bool, _ maximum: Int) -> Line {
        let text = octets.last == UInt8(ascii: "\r") ? Array(octets.dropLast()) : octets
        return isTooLong || text.count > maximum ? .tooLong : .text(text)
    }

    private static func readStandardInput() throws -> [UInt8] {
        while true {
            var failure: Int32 = 0
            let octets = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                let result = unsafe Foundation.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
                failure = result < 0 ? errno : 0
                count = max(0, result)
            }
            if failure == 0 { return octets }
            guard failure == EINTR else {
                throw CLIFailure(
                    .usage, "standard input cannot be read: \(unsafe String(cString: strerror(failure))).")
            }
        }
    }
}

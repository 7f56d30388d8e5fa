import Foundation

/// Counts the instructions of one operation with callgrind: two runs of different length, and their difference divided.
final class Callgrind {
    private static let program = "/usr/bin/valgrind"
    private static let strip = "/usr/bin/strip"
    /// This program without debug information, which valgrind gives up on: it cannot read all of DWARF 5.
    private let copy: URL

    /// Nothing where valgrind or strip is missing.
    init?() throws {
        let files = FileManager.default
        guard files.isExecutableFile(atPath: Self.program), files.isExecutableFile(atPath: Self.strip),
            let own = Bundle.main.executablePath
        else { return nil }
        copy = files.temporaryDirectory.appending(path: "EXIBench-\(ProcessInfo.processInfo.processIdentifier)")
        let complaint = try Program.run(
            Self.strip, ["--strip-debug", "-o", copy.path, own], input: "", standardError: true)
        guard files.isExecutableFile(atPath: copy.path) else {
            throw BenchFailure("strip made no copy of \(own) for valgrind: \(complaint)")
        }
    }

    deinit { try? FileManager.default.removeItem(at: copy) }

    func instructions(_ message: EXICase, _ direction: EXICase.Direction) throws -> Int {
        let few = try run(message, direction, 100)
        return (try run(message, direction, 1_100) - few) / 1_000
    }

    private func run(_ message: EXICase, _ direction: EXICase.Direction, _ times: Int) throws -> Int {
        let text = try Program.run(
            Self.program,
            [
                "--tool=callgrind", "--callgrind-out-file=/dev/null", copy.path, "--repeat", message.name,
                direction.rawValue, String(times),
            ], input: "", standardError: true)
        for line in text.split(separator: "\n") where line.contains("Collected") {
            if let count = line.split(separator: " ").last.flatMap({ Int($0) }), count > 0 { return count }
        }
        throw BenchFailure("callgrind counted nothing for \(message.name); valgrind said:\n\(text)")
    }
}

/// EXIficient in a JVM that is warm. Seconds; nothing where it cannot do a message.
struct EXIficient {
    struct Times {
        var packaged: [EXICase.Direction: Double] = [:]
        var cached: [EXICase.Direction: Double] = [:]
    }

    static func measure(_ messages: [EXICase], _ options: BenchOptions) throws -> [Times] {
        guard let classPath = options.classPath, let schemas = options.schemas else { return [] }
        let input = messages.map { message in
            let hex = message.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            return "\(message.set) \(hex)\n"
        }
        let text = try Program.run(
            "/usr/bin/java",
            ["-Xss4m", "--add-opens", "java.base/java.lang=ALL-UNNAMED", "-cp", classPath, "BenchDriver", schemas],
            input: input.joined(), standardError: false)
        return text.split(separator: "\n").map { line in
            let values = line.split(separator: " ").map { Double($0).map { $0 * 1e-9 } }
            var times = Times()
            guard values.count == 4 else { return times }
            times.packaged[.encode] = values[0]
            times.packaged[.decode] = values[1]
            times.cached[.encode] = values[2]
            times.cached[.decode] = values[3]
            return times
        }
    }
}

/// Another program, run to its end.
enum Program {
    /// What it writes to standard output, or to standard error.
    static func run(_ path: String, _ arguments: [String], input: String, standardError: Bool) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let answers = Pipe()
        let requests = Pipe()
        process.standardInput = requests
        process.standardOutput = standardError ? FileHandle.nullDevice : answers
        process.standardError = standardError ? answers : FileHandle.nullDevice
        try process.run()
        // All requests together are less than a pipe holds.
        requests.fileHandleForWriting.write(Data(input.utf8))
        try requests.fileHandleForWriting.close()
        let text = answers.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self)
    }
}

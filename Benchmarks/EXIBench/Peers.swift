import Foundation

/// Counts the instructions of one operation with callgrind: two runs of different length, and their difference divided.
enum Callgrind {
    static let program = "/usr/bin/valgrind"
    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: program) }

    static func instructions(_ message: EXICase, _ direction: EXICase.Direction) throws -> Int? {
        guard let few = try run(message, direction, 100), let many = try run(message, direction, 1_100) else {
            return nil
        }
        return (many - few) / 1_000
    }

    private static func run(_ message: EXICase, _ direction: EXICase.Direction, _ times: Int) throws -> Int? {
        let text = try Program.run(
            program,
            [
                "--tool=callgrind", "--callgrind-out-file=/dev/null", CommandLine.arguments[0], "--repeat",
                message.name, direction.rawValue, String(times),
            ], input: "", standardError: true)
        for line in text.split(separator: "\n") where line.contains("Collected") {
            return line.split(separator: " ").last.flatMap { Int($0) }
        }
        return nil
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

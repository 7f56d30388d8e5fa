import ArgumentParser
internal import Foundation
import V2GCertificateAuthority
import V2GEnrollment
import V2GFiles
import V2GKeys

/// How a command ends when it does not succeed. The numbers are a contract with scripts.
enum CLIExit: Int32 {
    /// A rule refused the input.
    case refused = 1
    /// Wrong usage, or input that cannot be read.
    case usage = 2
    /// Disk, token, network, clock: what the input cannot help.
    case environment = 3
}

/// A failure that is told to the user and ends the program.
struct CLIFailure: Error {
    let exit: CLIExit
    let message: String

    init(_ exit: CLIExit, _ message: String) {
        self.exit = exit
        self.message = message
    }
}

extension CLIFailure {
    /// The libraries' errors in the terms of exit codes; `nil` for errors of the argument parser.
    init?(_ error: any Error) {
        switch error {
        case let error as IssuanceError:
            let isUsage = [.requestMalformed, .unknownAuthority].contains(error.code)
            self.init(isUsage ? .usage : error.code.isRefusal ? .refused : .environment, error.message)
        case let error as StoreError: self.init(.environment, error.message)
        case let error as FileFailure: self.init(.environment, "\(error). Check the path, permissions and space.")
        case let error as PlanError: self.init(.usage, "the plan is not usable: \(error.description)")
        case let error as KeyError:
            let isUsage = [.badReference, .notFound, .alreadyExists, .unreadable].contains(error.code)
            let isRefusal = [.unsupported, .insecurePermissions].contains(error.code)
            self.init(isRefusal ? .refused : isUsage ? .usage : .environment, error.message)
        case let error as RevocationError: self.init(.environment, error.message)
        case let error as PKIServerError: self.init(.environment, error.message)
        default: return nil
        }
    }
}

/// Output and endings that all commands share: results on stdout, everything else on stderr.
enum CLI {
    /// Writes a line of result.
    static func print(_ text: String) { write(text + "\n", to: .standardOutput) }

    /// Writes a line that is all that the command was asked for: when it is lost, the command has failed.
    static func printResult(_ text: String) throws(CLIFailure) {
        try CLIFile.write(Array((text + "\n").utf8), to: "-")
    }

    /// Writes a line that is not a result.
    static func note(_ text: String) { write(text + "\n", to: .standardError) }

    static func write(_ text: String, to handle: FileHandle) {
        // A reader that went away is no reason to fail the work that was done.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    /// Prints a value as JSON with sorted keys.
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        CLI.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Ends the program as the error asks. Help and version end with 0, usage errors of the parser with 2.
    static func exit(with error: any Error) -> Never {
        if let failure = error as? CLIFailure {
            note("v2g: " + failure.message)
            Foundation.exit(failure.exit.rawValue)
        }
        if V2G.exitCode(for: error) == .success {
            CLI.print(V2G.fullMessage(for: error))
            Foundation.exit(0)
        }
        if let failure = CLIFailure(error) {
            note("v2g: " + failure.message)
            Foundation.exit(failure.exit.rawValue)
        }
        // What the parser does not know as its own is no wrong usage, such as an address where nothing can listen.
        guard V2G.exitCode(for: error) != .failure else {
            note("v2g: \(error)")
            Foundation.exit(CLIExit.environment.rawValue)
        }
        note(V2G.fullMessage(for: error))
        Foundation.exit(CLIExit.usage.rawValue)
    }
}

/// Reading and writing the files that a command names; `-` is standard input or output.
enum CLIFile {
    /// Most bytes read from a file.
    static let maximumLength = 256 << 20

    static func read(_ path: String) throws(CLIFailure) -> [UInt8] {
        do {
            let handle: FileHandle
            if path == "-" {
                handle = .standardInput
            } else {
                handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            }
            guard let data = try handle.read(upToCount: maximumLength + 1) else { return [] }
            guard data.count <= maximumLength else {
                throw CLIFailure(.usage, "'\(path)' has more than \(maximumLength >> 20) MiB; is it the right file?")
            }
            return Array(data)
        } catch let failure as CLIFailure {
            throw failure
        } catch {
            throw CLIFailure(
                .usage, "'\(path)' cannot be read: \(Self.reason(error)). Check the path and its permissions.")
        }
    }

    /// Writes a file that appears whole or not at all and is on disk when this returns; `-` writes to stdout.
    static func write(_ bytes: [UInt8], to path: String, mode: Int = 0o644) throws(CLIFailure) {
        guard path != "-" else {
            do {
                try FileHandle.standardOutput.write(contentsOf: Data(bytes))
            } catch {
                throw CLIFailure(
                    .environment,
                    "standard output cannot be written: \(Self.reason(error)). The result is lost; run it again.")
            }
            return
        }
        do {
            try DurableFile.write(bytes, to: path, mode: mode)
        } catch {
            throw CLIFailure(
                .environment, "'\(path)' cannot be written: \(error.reason). Check the path, permissions and space.")
        }
    }

    static func reason(_ error: any Error) -> String {
        let cocoa = error as NSError
        if let underlying = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError, underlying.domain == NSPOSIXErrorDomain {
            return unsafe String(cString: strerror(Int32(underlying.code)))
        }
        return cocoa.domain == NSPOSIXErrorDomain ? unsafe String(cString: strerror(Int32(cocoa.code))) : "\(error)"
    }
}

extension CLI {
    /// Prints a value as JSON on one line, with sorted keys.
    static func printJSONLine(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        CLI.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

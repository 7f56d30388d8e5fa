internal import Foundation
internal import Logging
internal import NIOCore
package import NIOPosix
package import V2GFiles
internal import V2GPrimitives
internal import V2GSession

/// Writes records and receipts to the state directory, away from the loops that charge.
package final class SessionRecorder: Sendable {
    private let directory: String
    private let receipts: String
    private let threads: NIOThreadPool

    /// - Parameter state: The state directory; `sessions` and `receipts` are made in it.
    package init(state: String, threads: NIOThreadPool) throws(FileFailure) {
        directory = "\(state)/sessions"
        receipts = "\(state)/receipts"
        self.threads = threads
        try DurableFile.makeDirectory(directory, mode: 0o700)
        try DurableFile.makeDirectory(receipts, mode: 0o700)
    }

    /// Writes a record: one file, named by time and session, whole or not at all.
    ///
    /// A session that was paused goes on under its identifier, maybe within the same second: no record takes the place of
    /// an earlier one.
    func keep(_ record: SessionRecord, logger: Logger) {
        let name = record.begin.replacing(":", with: "").replacing("-", with: "")
        let stem = "\(directory)/\(name)-\(record.session ?? String(UInt32.random(in: 0...UInt32.max), radix: 16))"
        threads.submit { state in
            guard case .active = state else { return }
            let path = Self.free(after: 1) { $0 == 1 ? "\(stem).json" : "\(stem)-\($0).json" }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            do {
                try DurableFile.write([UInt8](try encoder.encode(record)) + [0x0a], to: path, mode: 0o600)
            } catch {
                logger.error("a session record could not be kept", metadata: ["v2g.detail": "\(error)"])
            }
        }
    }

    /// Keeps a receipt as the car signed it; the future succeeds when it is on disk. Numbers go on where an earlier part of
    /// a paused session ended: a receipt is never written over.
    func keepReceipt(
        _ document: [UInt8], session: V2GSessionID, number: Int, on loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        let stem = "\(receipts)/\(session)"
        return threads.runIfActive(eventLoop: loop) {
            let path = Self.free(after: number) { "\(stem)-\($0).exi" }
            try DurableFile.write(document, to: path, mode: 0o600)
        }
    }

    /// The first path that no file has. The pool's one thread is the only writer.
    private static func free(after first: Int, _ path: (Int) -> String) -> String {
        var number = first
        while FileManager.default.fileExists(atPath: path(number)) { number += 1 }
        return path(number)
    }
}

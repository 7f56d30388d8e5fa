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
    func keep(_ record: SessionRecord, logger: Logger) {
        let name = record.begin.replacing(":", with: "").replacing("-", with: "")
        let path = "\(directory)/\(name)-\(record.session ?? String(UInt32.random(in: 0...UInt32.max), radix: 16)).json"
        threads.submit { state in
            guard case .active = state else { return }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            do {
                try DurableFile.write([UInt8](try encoder.encode(record)) + [0x0a], to: path, mode: 0o600)
            } catch {
                logger.error("a session record could not be kept", metadata: ["v2g.detail": "\(error)"])
            }
        }
    }

    /// Keeps a receipt as the car signed it; the future succeeds when it is on disk.
    func keepReceipt(
        _ document: [UInt8], session: V2GSessionID, number: Int, on loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        let path = "\(receipts)/\(session)-\(number).exi"
        return threads.runIfActive(eventLoop: loop) { try DurableFile.write(document, to: path, mode: 0o600) }
    }
}

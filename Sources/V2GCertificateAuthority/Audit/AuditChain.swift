internal import Crypto

/// The rule that links audit entries.
///
/// hash(n) = SHA-256(label, hash(n - 1), sequence, time, actor, action, issuance, details), with lengths before
/// everything of variable size. The entry before the first one counts as 32 zero bytes.
package enum AuditChain {
    package static let genesis = [UInt8](repeating: 0, count: 32)
    private static let label = Array("swift-v2g audit entry, version 1\n".utf8)

    package static func hash(
        previous: [UInt8], sequence: Int64, time: Int64, actor: String, action: String, intent: IntentID?,
        details: [UInt8]
    ) -> [UInt8] {
        var input: [UInt8] = []
        input.reserveCapacity(128 + label.count + details.count + actor.utf8.count)
        input.append(contentsOf: label)
        input.append(contentsOf: previous)
        input.appendBigEndian(UInt64(bitPattern: sequence))
        input.appendBigEndian(UInt64(bitPattern: time))
        append(actor, to: &input)
        append(action, to: &input)
        input.append(intent == nil ? 0 : 1)
        input.appendBigEndian(UInt64(bitPattern: intent?.rawValue ?? 0))
        input.appendBigEndian(UInt32(clamping: details.count))
        input.append(contentsOf: details)
        return Array(SHA256.hash(data: input))
    }

    private static func append(_ text: String, to input: inout [UInt8]) {
        let bytes = Array(text.utf8)
        input.appendBigEndian(UInt32(clamping: bytes.count))
        input.append(contentsOf: bytes)
    }
}

internal import Foundation
package import V2GFiles
internal import V2GKeys
internal import V2GPrimitives

/// Names for eMAIDs and EVCCIDs in logs and records: a keyed hash, so that lines about the same contract can be matched and
/// nobody can read which one it is.
package struct Pseudonyms: Sendable {
    private let key: [UInt8]

    package init(key: [UInt8]) { self.key = key }

    /// The key of a state directory; made at the first start.
    package init(state: String) throws(FileFailure) {
        let path = "\(state)/pseudonym.key"
        if let data = FileManager.default.contents(atPath: path), data.count == 32 {
            self.init(key: [UInt8](data))
        } else {
            let key = SystemRandom.bytes(count: 32)
            try DurableFile.write(key, to: path, mode: 0o600)
            self.init(key: key)
        }
    }

    /// Twelve hexadecimal digits.
    package func name(_ text: String) -> String {
        let digest = HashAlgorithm.sha256.hash(key + HashAlgorithm.sha256.hash(key + Array(text.utf8)))
        return "~" + Hex.encode(Array(digest.prefix(6)))
    }
}

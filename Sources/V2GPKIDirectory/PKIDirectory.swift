internal import Foundation
internal import V2GKeys
internal import V2GX509
package import V2GCertificates

/// The PKI of a station or a car on disk: `DIR/iso2` and `DIR/iso20` where they exist, else `DIR` itself, each with
/// `certs/NAME.crt`, `private/NAME.key` and `crl/NAME.crl` as `v2g pki init` makes them.
package struct PKIDirectory: Sendable {
    package let path: String
    package let iso2: PKIEdition?
    package let iso20: PKIEdition?

    /// Reads the certificates; keys are opened when they are asked for.
    ///
    /// - Throws: ``PKIDirectoryError`` when there is no such directory, no root in it, or a file cannot be read.
    package init(_ path: String) throws(PKIDirectoryError) {
        self.path = path
        guard Self.isDirectory(path) else {
            throw PKIDirectoryError(
                .notFound, path: path, "there is no such directory. Make one: v2g pki init --dir \(path) --edition both"
            )
        }
        let two = "\(path)/iso2"
        let twenty = "\(path)/iso20"
        if Self.isDirectory(two) || Self.isDirectory(twenty) {
            iso2 = Self.isDirectory(two) ? try PKIEdition(.iso2, in: two) : nil
            iso20 = Self.isDirectory(twenty) ? try PKIEdition(.iso20, in: twenty) : nil
            return
        }
        // One directory for all: the kind of its V2G root's key tells the edition.
        let only = try PKIEdition(.iso2, in: path)
        if only.v2gRoots.first?.publicKey?.algorithm ?? .p256 == .p256 {
            iso2 = only
            iso20 = nil
        } else {
            iso2 = nil
            iso20 = only.counted(as: .iso20)
        }
    }

    package subscript(edition: Edition) -> PKIEdition? { edition == .iso2 ? iso2 : iso20 }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// The names in a directory, sorted; none when it is not there.
    package static func names(in path: String) -> [String] {
        // A directory that cannot be listed has no names to offer; what is needed from it is missed by name.
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}

internal import Foundation
package import V2GX509

/// Certificates and CRLs in files: PEM, or DER when there is no PEM.
package enum CertificateFiles {
    /// No certificate file is larger; a chain of five has 10 KB.
    package static let maximumLength = 1 << 20

    /// The certificates of a file, in its order.
    ///
    /// - Throws: ``PKIDirectoryError`` with `notFound` or `unreadable`.
    package static func certificates(_ path: String) throws(PKIDirectoryError) -> [Certificate] {
        let bytes = try read(path, limit: maximumLength)
        var found: [Certificate] = []
        for der in try blocks(bytes, label: "CERTIFICATE", path: path) {
            do {
                found.append(try Certificate(der: der))
            } catch {
                throw PKIDirectoryError(.unreadable, path: path, "no certificate: \(error). Replace the file.")
            }
        }
        return found
    }

    /// A CRL's DER.
    package static func list(_ path: String) throws(PKIDirectoryError) -> [UInt8] {
        let bytes = try read(path, limit: 64 << 20)
        guard let first = try blocks(bytes, label: "X509 CRL", path: path).first else {
            throw PKIDirectoryError(.unreadable, path: path, "holds no CRL. Replace the file.")
        }
        return first
    }

    /// A file's bytes.
    ///
    /// - Parameter limit: Longer files are refused before they are read.
    package static func read(_ path: String, limit: Int) throws(PKIDirectoryError) -> [UInt8] {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let size = attributes[.size] as? Int
        else {
            throw PKIDirectoryError(.notFound, path: path, "there is no such file, or it may not be read.")
        }
        guard size <= limit else {
            throw PKIDirectoryError(.unreadable, path: path, "has \(size) bytes, more than \(limit).")
        }
        // Whatever the reason, the file cannot be had; its existence was checked above.
        guard let data = FileManager.default.contents(atPath: path) else {
            throw PKIDirectoryError(.unreadable, path: path, "cannot be read. Check its permissions.")
        }
        return [UInt8](data)
    }

    private static func blocks(
        _ bytes: [UInt8], label: String, path: String
    ) throws(PKIDirectoryError) -> [[UInt8]] {
        // A DER structure begins with a SEQUENCE.
        guard bytes.first != 0x30 else { return [bytes] }
        do {
            return try PEM.blocks(in: bytes).filter { $0.label == label }.map(\.der)
        } catch {
            throw PKIDirectoryError(.unreadable, path: path, "line \(error.line): \(error). Replace the file.")
        }
    }
}

extension CertificateFiles {
    package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}

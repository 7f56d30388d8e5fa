internal import Foundation
internal import V2GX509

/// Certificates and CRLs in files: PEM with any number of blocks, or one DER.
enum CertificateFile {
    /// How the names of certificate files in a directory end.
    private static let endings = [".pem", ".crt", ".cer", ".der"]

    /// The DER of each certificate in a file. What is inside a block is not judged here.
    ///
    /// An empty file holds none; bytes that are neither PEM nor DER are unreadable input.
    static func blocks(_ path: String, purpose: String) throws(CLIFailure) -> [[UInt8]] {
        try read(path, label: "CERTIFICATE", purpose: purpose)
    }

    /// The certificates of a file that must be readable, such as anchors.
    static func certificates(_ path: String) throws(CLIFailure) -> [Certificate] {
        var found: [Certificate] = []
        for der in try blocks(path, purpose: "certificate") {
            do {
                found.append(try Certificate(der: der))
            } catch {
                throw CLIFailure(
                    .usage,
                    "certificate \(found.count + 1) of '\(path)' cannot be read: \(error). Export it again as PEM.")
            }
        }
        return found
    }

    /// The DER of each CRL in a file.
    static func lists(_ path: String) throws(CLIFailure) -> [[UInt8]] {
        try read(path, label: "X509 CRL", purpose: "CRL")
    }

    /// A file itself, or the certificate files of a directory in the order of their names.
    static func files(_ path: String) throws(CLIFailure) -> [String] {
        var isDirectory: ObjCBool = false
        guard path != "-", unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
            isDirectory.boolValue
        else { return [path] }
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            return names.filter { name in
                let lowered = name.lowercased()
                return !name.hasPrefix(".") && endings.contains { lowered.hasSuffix($0) }
            }.map { path + "/" + $0 }
        } catch {
            throw CLIFailure(
                .usage, "'\(path)' cannot be read: \(CLIFile.reason(error)). Check the path and its permissions.")
        }
    }

    private static func read(_ path: String, label: String, purpose: String) throws(CLIFailure) -> [[UInt8]] {
        let bytes = try CLIFile.read(path)
        // A DER structure starts with a SEQUENCE and a length of more than a byte; text never does.
        if bytes.first == 0x30, bytes.count > 1, bytes[1] >= 0x80 { return [bytes] }
        let found: [PEMBlock]
        do {
            found = try PEM.blocks(in: bytes)
        } catch {
            throw CLIFailure(
                .usage, "'\(path)' line \(error.line): \(error.description). Give the \(purpose) as PEM or DER.")
        }
        let wanted = found.filter { $0.label == label }
        let blanks: Set<UInt8> = [0x09, 0x0a, 0x0d, 0x20]
        if wanted.isEmpty, !bytes.allSatisfy(blanks.contains) {
            throw CLIFailure(
                .usage, "'\(path)' holds no '\(label)' block. Give the \(purpose) as PEM or DER.")
        }
        return wanted.map(\.der)
    }
}

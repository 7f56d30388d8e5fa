#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif
internal import FoundationEssentials
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import V2GDER
internal import V2GKeys
package import V2GPrimitives
internal import V2GX509

/// The CRLs and CA certificates that a PKI directory publishes: `crl/NAME.crl` (DER) and `certs/NAME.crt` (PEM), served
/// from memory as `/crl/NAME.crl` and `/certs/NAME.cer`.
///
/// Of the certificates only those of authorities are published: leaves name customers and stations.
package final class PublishedObjects: Sendable {
    /// When a CRL was made and how long it is good.
    package struct CRLState: Sendable, Hashable {
        package let name: String
        package let thisUpdate: Timestamp
        package let nextUpdate: Timestamp
    }

    private struct Object {
        let reply: HTTPReply
        let crl: CRLState?
        let stamp: Stamp
    }

    /// How a changed file is told from an unchanged one.
    private struct Stamp: Hashable {
        let size: Int
        private let inode: UInt64
        private let seconds: Int
        private let nanoseconds: Int

        init?(path: String) {
            var found = stat()
            guard unsafe stat(path, &found) == 0 else { return nil }
            size = Int(found.st_size)
            inode = UInt64(found.st_ino)
            #if canImport(Darwin)
                (seconds, nanoseconds) = (found.st_mtimespec.tv_sec, found.st_mtimespec.tv_nsec)
            #else
                (seconds, nanoseconds) = (found.st_mtim.tv_sec, found.st_mtim.tv_nsec)
            #endif
        }
    }

    private struct State {
        var objects: [String: Object] = [:]
        /// Files that are there and not published, so that they are not read each time.
        var skipped: [String: Stamp] = [:]
    }

    /// Largest file that is read, in bytes.
    private static let maximumLength = CertificateRevocationList.maximumLength
    /// Most files that are published.
    private static let maximumCount = 10_000

    private let directory: String
    private let cacheableSeconds: Int64
    private let state = Mutex(State())

    /// - Parameter cacheableSeconds: Most seconds that HTTP caches may keep an object.
    package init(directory: String, cacheableSeconds: Int64 = 3_600) {
        self.directory = directory
        self.cacheableSeconds = cacheableSeconds
    }

    /// The CRLs at hand, by name.
    package var crls: [CRLState] {
        state.withLock { $0.objects.values.compactMap(\.crl) }.sorted { $0.name < $1.name }
    }

    /// Reads what changed since the last time, on a thread where waiting for a disk hurts nobody.
    ///
    /// - Throws: ``PKIServerError`` with `unreadable`. What was read before stays.
    package func rescan() async throws(PKIServerError) {
        do {
            try await NIOThreadPool.singleton.runIfActive { try self.scan() }
        } catch {
            throw error as? PKIServerError
                ?? PKIServerError(.unreadable, "The published files in '\(directory)' cannot be read.", cause: error)
        }
    }

    /// The reply for a path; an overdue CRL is withheld, since whoever took it would trust old news.
    func reply(path: String, now: Timestamp) -> HTTPReply? {
        guard let object = state.withLock({ $0.objects[path] }) else { return nil }
        if let crl = object.crl, now > crl.nextUpdate {
            return HTTPReply(status: .serviceUnavailable, text: "The CRL is overdue. Issue a new one and try again.")
        }
        return object.reply
    }

    private func scan() throws(PKIServerError) {
        let known = state.withLock { $0 }
        var next = State()
        try scan("crl", suffix: ".crl", path: { "/crl/\($0).crl" }, known, &next) { name, data in
            Self.crlObject(name: name, der: data, cacheableSeconds: cacheableSeconds)
        }
        try scan("certs", suffix: ".crt", path: { "/certs/\($0).cer" }, known, &next) { _, data in
            certificateReply(pem: data).map { ($0, nil) }
        }
        state.withLock { $0 = next }
    }

    private func scan(
        _ folder: String, suffix: String, path: (String) -> String, _ known: State, _ next: inout State,
        read: (String, [UInt8]) -> (HTTPReply, CRLState?)?
    ) throws(PKIServerError) {
        let folderPath = "\(directory)/\(folder)"
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folderPath)
        } catch {
            throw PKIServerError(
                .unreadable, "'\(folderPath)' cannot be listed. Check that it exists and may be read.", cause: error)
        }
        for file in names where file.hasSuffix(suffix) && Self.isPlain(file) {
            guard next.objects.count < Self.maximumCount else { break }
            let name = String(file.dropLast(suffix.count))
            let filePath = "\(folderPath)/\(file)"
            // A file that vanishes or cannot be read in between is not published, which health shows.
            guard let stamp = Stamp(path: filePath), stamp.size <= Self.maximumLength else { continue }
            let key = path(name)
            if let object = known.objects[key], object.stamp == stamp {
                next.objects[key] = object
            } else if known.skipped[key] == stamp {
                next.skipped[key] = stamp
            } else if let data = FileManager.default.contents(atPath: filePath), let found = read(name, Array(data)) {
                next.objects[key] = Object(reply: found.0, crl: found.1, stamp: stamp)
            } else {
                next.skipped[key] = stamp
            }
        }
    }

    private static func crlObject(name: String, der: [UInt8], cacheableSeconds: Int64) -> (HTTPReply, CRLState?)? {
        guard let times = try? CRLTimes(der: der) else { return nil }  // not a CRL of ours: not published
        let seconds = max(0, min(cacheableSeconds, (times.nextUpdate.seconds - times.thisUpdate.seconds) / 4))
        let reply = HTTPReply(
            status: .ok, contentType: "application/pkix-crl",  // RFC 5280 4.2.1.13
            fields: [
                ("Last-Modified", HTTPDate.text(times.thisUpdate)), ("Expires", HTTPDate.text(times.nextUpdate)),
                ("Cache-Control", "max-age=\(seconds), public, no-transform, must-revalidate"),
            ], etag: etag(der), body: der)
        return (reply, CRLState(name: name, thisUpdate: times.thisUpdate, nextUpdate: times.nextUpdate))
    }

    private func certificateReply(pem: [UInt8]) -> HTTPReply? {
        // What is no single CA certificate is not published; lint and audit have their say elsewhere.
        guard let blocks = try? PEM.blocks(in: pem), blocks.count == 1, let block = blocks.first,
            block.label == "CERTIFICATE", let certificate = try? Certificate(der: block.der),
            let constraints = try? certificate.body.basicConstraints(), constraints.isCA
        else { return nil }
        return HTTPReply(
            status: .ok, contentType: "application/pkix-cert",
            fields: [("Cache-Control", "max-age=\(cacheableSeconds), public, no-transform")],
            etag: Self.etag(block.der), body: block.der)
    }

    static func etag(_ bytes: [UInt8]) -> String {
        "\"\(Hex.encode(HashAlgorithm.sha256.hash(bytes).prefix(16)))\""
    }

    /// Letters, digits, `-`, `_` and `.`, not at the front: no temporary files, nothing that needs encoding in a path.
    private static func isPlain(_ name: String) -> Bool {
        !name.hasPrefix(".") && name.utf8.count <= 128
            && name.utf8.allSatisfy {
                ASCII.isAlphanumeric($0) || $0 == ASCII.dash || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
    }
}

/// The times of a CRL, read without its entries, of which there may be millions.
private struct CRLTimes {
    let thisUpdate: Timestamp
    let nextUpdate: Timestamp

    init(der: [UInt8]) throws(DERError) {
        var outer = DERReader(der)
        var list = try outer.readSequence()
        try outer.finish()
        var body = try list.readSequence()
        if body.nextTag == .integer { _ = try body.readIntegerBytes() }
        _ = try body.read(.sequence)
        _ = try body.read(.sequence)
        thisUpdate = try body.readTime()
        nextUpdate = try body.readTime()
    }
}

import Glibc
import V2GCertificateAuthority
import V2GPrimitives
import V2GX509

/// Reads the store from disk and holds it against what was acknowledged.
struct Judge {
    let directory: String
    let ledger: String?

    func judge() async throws {
        let store = try SQLiteStore(path: directory + "/pki.sqlite", creation: .never, check: .everything)
        try await store.checkIntegrity()
        let report = try await store.verifyAudit(against: nil)
        if let fault = report.fault { throw Broken("the audit log does not verify: \(fault.message)") }
        let open = try await judgeIssuances(store)
        var acknowledged = 0
        if let ledger {
            for line in try Self.lines(ledger) {
                try await judge(line.split(separator: " ").map(String.init), store)
                acknowledged += 1
            }
        }
        print("\(report.verifiedEntries) audit entries, \(acknowledged) acknowledgements, \(open) open intents: sound")
        try await store.close()
    }

    /// Every serial once, every serial with a status, every open intent in sight. Gives the number of open intents.
    private func judgeIssuances(_ store: SQLiteStore) async throws -> Int {
        let open = Set(try await store.openIntents(limit: .max).map(\.id))
        var seen: Set<[UInt8]> = []
        var planned: Set<IntentID> = []
        var last: IntentID?
        while true {
            let page = try await store.issuances(matching: IssuanceQuery(), after: last, limit: 1_000)
            guard let end = page.last else { break }
            last = end.id
            for issuance in page {
                guard seen.insert([UInt8(truncatingIfNeeded: issuance.issuer.rawValue)] + issuance.serial).inserted
                else {
                    throw Broken("serial \(Hex.encode(issuance.serial)) was issued twice")
                }
                guard try await store.status(issuer: issuance.issuer, serial: issuance.serial) != nil else {
                    throw Broken("serial \(Hex.encode(issuance.serial)) has no status")
                }
                if issuance.state == .planned { planned.insert(issuance.id) }
                let certificate = try await store.certificate(of: issuance.id)
                guard (certificate != nil) == (issuance.state == .issued) else {
                    throw Broken("issuance \(issuance.id) is \(issuance.state) but its certificate says otherwise")
                }
            }
        }
        guard planned == open else { throw Broken("an intent without a result is lost from sight") }
        return open.count
    }

    private func judge(_ words: [String], _ store: SQLiteStore) async throws {
        switch (words.first, words.count) {
        case ("issued", 3):
            let found = try await store.issuances(serial: Hex.decode(words[1]) ?? [])
            guard found.count == 1, found[0].state == .issued,
                let certificate = try await store.certificate(of: found[0].id), "\(certificate.count)" == words[2]
            else { throw Broken("the acknowledged certificate \(words[1]) is not in the store") }
        case ("revoked", 2):
            // Serials are written without leading zero digits.
            let digits = (words[1].utf8.count % 2 == 1 ? "0" : "") + words[1]
            let found = try await store.issuances(serial: Hex.decode(digits) ?? [])
            guard found.count == 1, let revocation = found[0].revocation, !revocation.isHold else {
                throw Broken("the acknowledged revocation of \(words[1]) is not in the store")
            }
        case ("certificate", 2):
            let blocks = try PEM.blocks(in: Self.bytes(words[1]))
            guard let leaf = blocks.first else { throw Broken("\(words[1]) holds no certificate") }
            let serial = try Certificate(der: leaf.der).body.serialNumber.magnitude
            for issuance in try await store.issuances(serial: serial) {
                if try await store.certificate(of: issuance.id) == leaf.der { return }
            }
            throw Broken("the certificate in \(words[1]) is not in the store")
        case (nil, _):
            return
        default:
            throw Broken("the ledger has the unknown line '\(words.joined(separator: " "))'")
        }
    }

    private static func lines(_ path: String) throws -> [String] {
        String(decoding: try bytes(path), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        let descriptor = unsafe path.withCString { unsafe open($0, O_RDONLY) }
        guard descriptor >= 0 else { throw Broken("\(path) cannot be read") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer.prefix(count))
        }
    }
}

/// An invariant does not hold.
struct Broken: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

import V2GCertificateAuthority
import V2GPrimitives
import V2GX509

/// Does to the store what the certificate authority does.
struct Drill {
    let store: SQLiteStore
    private let origin = ChangeOrigin(actor: "drill", time: Timestamp.now().seconds)

    init(directory: String, creation: SQLiteStore.Creation = .never) throws {
        store = try SQLiteStore(path: directory + "/pki.sqlite", creation: creation)
    }

    func initialize() async throws {
        if try await store.authorities().isEmpty {
            let authority = NewAuthority(
                name: "cpo_sub2", edition: "iso2", role: "cpo-sub2", keyReference: "file:none",
                keyHash: SystemRandom.bytes(count: 32))
            _ = try await store.addAuthority(authority, origin: origin)
        }
        try await store.close()
    }

    func issue(_ number: String) async throws {
        for open in try await store.openIntents(limit: 1_000) {
            try await store.cancel(open.id, reason: "left by a crash", origin: origin)
        }
        guard let authority = try await store.authorities().first else {
            throw StoreError(.notFound, "the store has no authority; run init first")
        }
        let serial = SystemRandom.bytes(count: 16)
        let body = Self.sequence([0x02, 16] + serial + [UInt8](repeating: 0, count: 300))
        let certificate = Self.sequence(body + [0x04, 1, 0])
        let plan = IssuancePlan(
            issuer: authority.id, serial: serial, role: "secc", edition: "iso2", subject: "DE*ABC*E\(number)",
            keyHash: SystemRandom.bytes(count: 32), bodyHash: SignedBody.hash(ofCertificate: certificate) ?? [],
            notAfter: origin.time + 86_400)
        let intent = try await store.plan(plan, origin: origin)
        try await store.complete(intent, certificate: certificate, origin: origin)
        print("issued \(Hex.encode(serial)) \(certificate.count)")
        try await store.close()
    }

    func revoke() async throws {
        var query = IssuanceQuery()
        query.isRevoked = false
        query.state = .issued
        guard let oldest = try await store.issuances(matching: query, after: nil, limit: 1).first else {
            throw StoreError(.notFound, "nothing is left to revoke; issue first")
        }
        _ = try await store.revoke(
            issuer: oldest.issuer, serial: oldest.serial, reason: .keyCompromise, origin: origin)
        print("revoked \(Hex.encode(oldest.serial))")
        try await store.close()
    }

    private static func sequence(_ content: [UInt8]) -> [UInt8] {
        [0x30, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xff)] + content
    }
}

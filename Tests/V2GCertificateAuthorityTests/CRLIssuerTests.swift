import Foundation
import Testing
import V2GCertificateAuthority
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// A store in a directory of its own with one authority, and its CRL issuer and status source.
private struct CRLBench {
    let directory: String
    let store: SQLiteStore
    let ca: TestAuthority
    let authority: CRLAuthority
    let issuer: CRLIssuer
    let now = Timestamp.now()

    static func run(_ body: (CRLBench) async throws -> Void) async throws {
        let bench = try await CRLBench()
        try await body(bench)
        try await bench.store.close()
        try FileManager.default.removeItem(atPath: bench.directory)
    }

    private init() async throws {
        directory = NSTemporaryDirectory() + "v2g-crl-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: "\(directory)/crl", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory)
        store = try SQLiteStore(path: "\(directory)/pki.sqlite")
        ca = try TestAuthority("cpo_sub2")
        let record = try await store.addAuthority(
            NewAuthority(
                name: "cpo_sub2", edition: "iso2", role: "cpo-sub2", keyReference: "file:none",
                keyHash: ca.certificate.body.subjectPublicKeyInfo.fingerprint),
            origin: ChangeOrigin(actor: "test", time: now.seconds))
        authority = CRLAuthority(id: record.id, name: "cpo_sub2", certificate: ca.certificate, key: ca.key)
        issuer = try CRLIssuer(
            store: store, directory: "\(directory)/crl", settings: CRLSettings(folderURL: "http://pki.example/crl"),
            actor: "test")
    }

    var origin: ChangeOrigin { ChangeOrigin(actor: "test", time: now.seconds) }

    /// Plans and completes a certificate.
    func issue(_ serial: [UInt8]) async throws {
        let leaf = try ca.leaf(serial, commonName: "DE*TST*E\(serial[0])")
        let intent = try await store.plan(
            IssuancePlan(
                issuer: authority.id, serial: serial, role: "secc", edition: "iso2", subject: "DE*TST*E\(serial[0])",
                keyHash: leaf.body.subjectPublicKeyInfo.fingerprint, bodyHash: HashAlgorithm.sha256.hash(leaf.body.der),
                notAfter: leaf.body.notAfter.seconds), origin: origin)
        try await store.complete(intent, certificate: leaf.der, origin: origin)
    }

    func revoke(_ serial: [UInt8]) async throws {
        _ = try await store.revoke(issuer: authority.id, serial: serial, reason: .keyCompromise, origin: origin)
    }

    func published() throws -> CertificateRevocationList {
        try CertificateRevocationList(
            der: Array(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/crl/cpo_sub2.crl"))))
    }
}

@Suite struct CRLIssuerTests {
    @Test func aCRLNamesTheRevokedAndOpenSSLAcceptsIt() async throws {
        try await CRLBench.run { bench in
            for serial in UInt8(1)...3 { try await bench.issue([serial]) }
            try await bench.revoke([2])
            try await bench.issuer.issue(bench.authority, now: bench.now)
            let list = try bench.published()
            #expect(list.entries.map(\.serialNumber) == [SerialNumber(magnitude: [2])])
            #expect(list.entries.first?.reason == .keyCompromise)
            #expect(try list.number() == [1])
            #expect(list.firstExtension(.issuingDistributionPoint)?.isCritical == true)
            #expect(try list.issuingDistributionPoint()?.fullName == [.uri("http://pki.example/crl/cpo_sub2.crl")])
            let pem = PEMBlock(label: "CERTIFICATE", der: bench.ca.certificate.der).text
            try Data(pem.utf8).write(to: URL(fileURLWithPath: "\(bench.directory)/ca.pem"))
            func verify(_ path: String) throws -> Int32 {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                process.arguments = [
                    "openssl", "crl", "-inform", "DER", "-in", path, "-CAfile", "\(bench.directory)/ca.pem", "-noout",
                    "-verify",
                ]
                process.standardError = FileHandle.nullDevice
                try process.run()
                process.waitUntilExit()
                return process.terminationStatus
            }
            #expect(try verify("\(bench.directory)/crl/cpo_sub2.crl") == 0)
        }
    }

    @Test func dueMeansMissingHalfOverOrBehind() async throws {
        try await CRLBench.run { bench in
            let all = [bench.authority]
            #expect(try await bench.issuer.renewDue(all, now: bench.now) == ["cpo_sub2"])
            #expect(try await bench.issuer.renewDue(all, now: bench.now) == [])
            try await bench.issue([1])
            #expect(try await bench.issuer.renewDue(all, now: bench.now) == [])
            try await bench.revoke([1])
            #expect(try await bench.issuer.renewDue(all, now: bench.now) == ["cpo_sub2"])
            #expect(try bench.published().entries.count == 1)
            let half = bench.now.advanced(bySeconds: 7 * 86_400 / 2)
            #expect(try await bench.issuer.renewDue(all, now: half.advanced(bySeconds: -1)) == [])
            #expect(try await bench.issuer.renewDue(all, now: half) == ["cpo_sub2"])
            #expect(try bench.published().number() == [3])
        }
    }

    @Test func aLiftedHoldLeavesTheCRLBehind() async throws {
        try await CRLBench.run { bench in
            try await bench.issue([1])
            _ = try await bench.store.revoke(
                issuer: bench.authority.id, serial: [1], reason: .certificateHold, origin: bench.origin)
            #expect(try await bench.issuer.renewDue([bench.authority], now: bench.now) == ["cpo_sub2"])
            #expect(try bench.published().entries.count == 1)
            _ = try await bench.store.revoke(
                issuer: bench.authority.id, serial: [1], reason: .removeFromCRL, origin: bench.origin)
            #expect(try await bench.issuer.renewDue([bench.authority], now: bench.now) == ["cpo_sub2"])
            #expect(try bench.published().entries.isEmpty)
            // Negative control: issuing changes no CRL.
            try await bench.issue([2])
            #expect(try await bench.issuer.renewDue([bench.authority], now: bench.now) == [])
        }
    }

    @Test func manyIssuersAtOnceEndWithTheNewestCRLAndNoAlarm() async throws {
        try await CRLBench.run { bench in
            for serial in UInt8(1)...10 { try await bench.issue([serial]) }
            let errors = await withTaskGroup(of: String?.self) { group in
                for serial in UInt8(1)...10 {
                    group.addTask {
                        do {
                            // As many processes do: each with an issuer of its own.
                            let issuer = try CRLIssuer(
                                store: bench.store, directory: "\(bench.directory)/crl",
                                settings: CRLSettings(folderURL: "http://pki.example/crl"), actor: "test")
                            try await bench.revoke([serial])
                            let record = try await issuer.issue(bench.authority, now: bench.now)
                            let list = try CertificateRevocationList(der: record.crl)
                            let isListed = list.entries.contains {
                                $0.serialNumber == SerialNumber(magnitude: [serial])
                            }
                            return isListed ? nil : "\(serial) is not listed"
                        } catch {
                            return "\(error)"
                        }
                    }
                }
                var found: [String] = []
                for await error in group { if let error { found.append(error) } }
                return found
            }
            #expect(errors == [])
            let latest = try #require(try await bench.store.latestCRL(issuer: bench.authority.id))
            #expect(try bench.published().number() == [UInt8(latest.number)])
            #expect(try bench.published().entries.count == 10)
        }
    }

    @Test func theEndOfAnAuthorityNeitherHurriesNorOutlastsItsCRLs() async throws {
        try await CRLBench.run { bench in
            let end = bench.now.advanced(bySeconds: 2 * 3_600)
            let authority = CRLAuthority(
                id: bench.authority.id, name: bench.authority.name, certificate: bench.authority.certificate,
                key: bench.authority.key, end: end)
            let record = try await bench.issuer.issue(authority, now: bench.now)
            #expect(record.nextUpdate == end.seconds)
            let later = bench.now.advanced(bySeconds: 3_600)
            #expect(try await bench.issuer.renewDue([authority], now: later) == ["cpo_sub2"])
            // A half-hour later half of the new life is over, but nothing new is to be said.
            let soon = later.advanced(bySeconds: 1_900)
            #expect(try await bench.issuer.renewDue([authority], now: soon) == [])
            try await bench.issue([1])
            try await bench.revoke([1])
            #expect(try await bench.issuer.renewDue([authority], now: soon) == ["cpo_sub2"])
            #expect(try await bench.issuer.renewDue([authority], now: end) == [])
            await #expect(throws: RevocationError.self) { try await bench.issuer.issue(authority, now: end) }
        }
    }

    @Test func aFailedPublicationIsPutRight() async throws {
        try await CRLBench.run { bench in
            try FileManager.default.moveItem(atPath: "\(bench.directory)/crl", toPath: "\(bench.directory)/away")
            await #expect(throws: RevocationError.self) {
                try await bench.issuer.issue(bench.authority, now: bench.now)
            }
            try FileManager.default.moveItem(atPath: "\(bench.directory)/away", toPath: "\(bench.directory)/crl")
            #expect(try await bench.issuer.renewDue([bench.authority], now: bench.now) == [])
            #expect(try bench.published().number() == [1])
        }
    }

    @Test func theStoreFeedsTheResponder() async throws {
        try await CRLBench.run { bench in
            try await bench.issue([1])
            let source = try await StoreStatusSource.load(from: bench.store, issuers: ["cpo_sub2": bench.authority.id])
            let serial = SerialNumber(magnitude: [1])
            #expect(source.status(of: serial, issuedBy: "cpo_sub2") == .good)
            #expect(source.status(of: SerialNumber(magnitude: [9]), issuedBy: "cpo_sub2") == .neverIssued)
            try await bench.revoke([1])
            #expect(source.status(of: serial, issuedBy: "cpo_sub2") == .good)
            guard case .changed(let changed) = try await source.refresh() else {
                Issue.record("nothing changed")
                return
            }
            #expect(changed == [SerialReference(ca: "cpo_sub2", serialNumber: serial)])
            #expect(source.status(of: serial, issuedBy: "cpo_sub2") == .revoked(at: bench.now, reason: .keyCompromise))
        }
    }
}

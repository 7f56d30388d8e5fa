import Foundation
import Logging
import NIOPosix
import Testing
import V2GCertificates
import V2GKeys
import V2GPKIDirectory
import V2GPrimitives
import V2GTestSupport
import V2GX509

@testable import SECCService

@Suite("OCSP answers that a station staples") struct StapleTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func keeper(_ lab: Lab) async throws -> (keeper: StapleKeeper, pki: PKIEdition) {
        let pki = try #require(try PKIDirectory(lab.pki).iso2)
        let shelf = RevocationShelf(iso2: ["\(lab.pki)/crl"], iso20: [])
        let credential = try #require(try pki.credential(.secc))
        let subjects = StapleKeeper.subjects(of: credential)
        let responder = await LabResponder(
            [pki], authorities: subjects.map(\.issuer), keys: KeyOpener(), evidence: shelf)
        let keeper = StapleKeeper(
            subjects, files: ["\(lab.pki)/ocsp"], cache: lab.path, lab: responder,
            loop: MultiThreadedEventLoopGroup.singleton.any(), logger: Self.quiet)
        return (keeper, pki)
    }

    @Test("a lab's answer satisfies a car that requires one") func aCarAcceptsIt() async throws {
        let lab = try Lab()
        let (keeper, pki) = try await keeper(lab)
        #expect(keeper.staple(for: lab.secc.certificate.der) == nil)
        await keeper.refresh(fetches: false)
        let staple = try #require(keeper.staple(for: lab.secc.certificate.der))
        let credential = try #require(try pki.credential(.secc))
        let verifier = pki.verifier(role: .secc)
        let chain = try verifier.verify(
            credential.chain, evidence: RevocationEvidence(ocsp: [staple]), at: .now())
        #expect(chain.leaf == lab.secc.certificate)
        // The control: without the answer the car leaves.
        #expect(throws: ChainRefusal.self) { try verifier.verify(credential.chain, at: .now()) }
    }

    @Test("a revoked certificate is not stapled for, and the station knows") func revoked() async throws {
        let lab = try Lab()
        try lab.revoke([lab.secc.certificate])
        let (keeper, _) = try await keeper(lab)
        await keeper.refresh(fetches: false)
        #expect(keeper.staple(for: lab.secc.certificate.der) == nil)
        #expect(keeper.isRevoked)
    }

    @Test("without a CRL nothing is known, and nothing is signed") func unknown() async throws {
        let lab = try Lab()
        try FileManager.default.removeItem(atPath: "\(lab.pki)/crl/cpo_sub2.crl")
        let (keeper, _) = try await keeper(lab)
        await keeper.refresh(fetches: false)
        #expect(keeper.staple(for: lab.secc.certificate.der) == nil)
        #expect(!keeper.isRevoked)
    }

    @Test("an answer in a file is used, and not after its end") func fromAFile() async throws {
        let lab = try Lab(holdsResponder: false)
        try FileManager.default.createDirectory(atPath: "\(lab.pki)/ocsp", withIntermediateDirectories: true)
        var status = StatusFixture(at: .now())
        status.nextUpdate = .now().advanced(bySeconds: 3_600)
        let answer = try status.answer(lab.secc.certificate, by: lab.sub2, signer: lab.responder)
        try Data(answer).write(to: URL(fileURLWithPath: "\(lab.pki)/ocsp/secc.der"))
        let (keeper, _) = try await keeper(lab)
        await keeper.refresh(fetches: false)
        #expect(keeper.staple(for: lab.secc.certificate.der) == answer)
        #expect(
            keeper.staple(for: lab.secc.certificate.der, at: .now().advanced(bySeconds: 3_601)) == nil)
    }

    @Test(
        "addresses of responders are read strictly",
        arguments: [
            ("http://a.example/ocsp", "a.example 80 /ocsp"), ("http://a.example:8080", "a.example 8080 /"),
            ("http://[::1]:81/x", "::1 81 /x"), ("https://a.example/", nil), ("http:///x", nil),
            ("http://a.example:0/", nil), ("http://a b/", nil), ("http://a/\r\nX: y", nil),
        ] as [(String, String?)])
    func addresses(_ row: (url: String, read: String?)) {
        let read = (try? OCSPFetch.parse(row.url)).map { "\($0.host) \($0.port) \($0.path)" }
        #expect(read == row.read)
    }

    @Test("only a complete 200 counts as an answer") func responses() throws {
        let good = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
        #expect(try OCSPFetch.content(of: good) == Array("ok".utf8))
        for bad in [
            "HTTP/1.1 404 Not Found\r\n\r\nx", "HTTP/1.1 200 OK\r\n", "", "HTTP/2 200\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx",
        ] {
            #expect(throws: OCSPFetch.Failure.self) { try OCSPFetch.content(of: Array(bad.utf8)) }
        }
    }
}

import Foundation
import Testing
import V2GCertificateAuthority
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// OpenSSL's OCSP client and curl against the server.
@Suite struct OpenSSLClientTests {
    private func ask(
        _ bench: ServerBench, _ serials: [String], _ options: [String] = [], responseTo file: String? = nil
    ) async throws -> (status: Int32, output: String) {
        var arguments = [
            "openssl", "ocsp", "-issuer", "\(bench.directory)/certs/ca.crt", "-CAfile",
            "\(bench.directory)/certs/ca.crt",
            "-url", "http://127.0.0.1:\(bench.port)/ocsp",
        ]
        arguments += options
        for serial in serials { arguments += ["-serial", serial] }
        if let file { arguments += ["-respout", file] }
        return try await tool(arguments)
    }

    @Test(arguments: ["-sha1", "-sha256", "-sha384", "-sha512"], ["-nonce", "-no_nonce"])
    func everyStatusIsUnderstoodAndVerified(_ digest: String, nonce: String) async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let result = try await ask(bench, ["0x10", "0x20", "0x40"], [digest, nonce])
            // The digest applies to certificates after it, which is how the options stand here.
            #expect(result.status == 0)
            #expect(result.output.contains("Response verify OK"))
            #expect(result.output.contains("0x10: good"))
            #expect(result.output.contains("0x20: revoked"))
            #expect(result.output.contains("keyCompromise"))
            #expect(result.output.contains("0x40: unknown"))
            #expect(result.output.contains("no nonce in response") == (nonce == "-x"))
        }
    }

    @Test func aStrangersIssuerIsUnauthorized() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let stranger = try await ServerBench.certificateOfStranger(in: bench)
            let result = try await tool([
                "openssl", "ocsp", "-issuer", stranger, "-serial", "1", "-url", "http://127.0.0.1:\(bench.port)/ocsp",
            ])
            #expect(result.output.contains("unauthorized"))
        }
    }

    @Test func aTamperedAnswerIsRefusedByOpenSSL() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let file = "\(bench.directory)/answer.der"
            let asked = try await ask(bench, ["0x20"], ["-no_nonce"], responseTo: file)
            #expect(asked.output.contains("Response verify OK"))
            func check(_ path: String) async throws -> String {
                try await tool([
                    "openssl", "ocsp", "-issuer", "\(bench.directory)/certs/ca.crt", "-CAfile",
                    "\(bench.directory)/certs/ca.crt", "-serial", "0x20", "-respin", path, "-no_nonce",
                ]).output
            }
            #expect(try await check(file).contains("Response verify OK"))
            var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
            // The minute of the revocation: still a well-formed answer, no longer a signed one.
            let time = Array(bench.now.rfc3339.utf8.filter { $0 != 0x2d && $0 != 0x3a && $0 != 0x54 })
            let place = try #require(
                (0..<bytes.count - time.count).first { Array(bytes[$0..<$0 + time.count]) == time })
            bytes[place + 13] = bytes[place + 13] == 0x30 ? 0x31 : 0x30
            try bench.write("bent.der", bytes: bytes)
            let verdict = try await check("\(bench.directory)/bent.der")
            #expect(verdict.contains("Response Verify Failure") || verdict.contains("Response verify failure"))
            #expect(!verdict.contains("Response verify OK"))
        }
    }

    @Test func aRevocationShowsOverHTTP() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            #expect(try await ask(bench, ["0x10"], ["-no_nonce"]).output.contains("0x10: good"))
            bench.board.record(
                .revoked(at: .now(), reason: .superseded), for: SerialNumber(magnitude: [0x10]), of: bench.ca.name)
            try await bench.responder.refresh(now: .now())
            #expect(try await ask(bench, ["0x10"], ["-no_nonce"]).output.contains("0x10: revoked"))
            #expect(try await ask(bench, ["0x10"], ["-nonce"]).output.contains("0x10: revoked"))
        }
    }

    @Test func curlGetsAnAnswerByGETWithItsCacheFields() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let encoded = Base64.encode(bench.request([0x10]))
            let escaped = encoded.replacingOccurrences(of: "+", with: "%2B").replacingOccurrences(of: "/", with: "%2F")
                .replacingOccurrences(of: "=", with: "%3D")
            for path in [encoded, escaped] {
                let file = "\(bench.directory)/get.der"
                let result = try await tool([
                    "curl", "-sS", "-D", "-", "-o", file, "http://127.0.0.1:\(bench.port)/ocsp/\(path)",
                ])
                #expect(result.status == 0)
                #expect(result.output.hasPrefix("HTTP/1.1 200"))
                for field in [
                    "Last-Modified: ", "Expires: ", "ETag: \"", "max-age=3600, public, no-transform, must-revalidate",
                ] {
                    #expect(result.output.contains(field))
                }
                #expect(result.output.contains("Content-Type: application/ocsp-response"))
                #expect(try statuses(Array(try Data(contentsOf: URL(fileURLWithPath: file)))) == [.good])
            }
        }
    }
}

extension ServerBench {
    /// The path of a certificate of an authority that nobody here serves.
    static func certificateOfStranger(in bench: ServerBench) async throws -> String {
        let path = "\(bench.directory)/stranger.pem"
        let result = try await tool([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=X",
            "-keyout", "\(bench.directory)/stranger.key", "-out", path,
        ])
        #expect(result.status == 0)
        return path
    }
}

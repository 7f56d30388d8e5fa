import CryptoOpenSSL
import Logging
import Testing
import V2GCertificateAuthority
import V2GDER
import V2GEnrollment
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

@Suite struct PKIServerTests {
    @Test func manyRequestsOnOneConnectionAreAnsweredInOrder() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            // Kept answers, signed ones and refusals mixed, all sent at once.
            let kinds: [[UInt8]] = [
                bench.request([0x10]), bench.request([0x20], nonce: [1, 2, 3]), bench.request([0x40]), [0x30],
                bench.request([0x20]),
            ]
            let expected: [OCSPStatus?] = [
                .good, .revoked(at: bench.now, reason: .keyCompromise), .unknown, nil,
                .revoked(at: bench.now, reason: .keyCompromise),
            ]
            let bytes = (0..<20).flatMap { _ in kinds.flatMap { bench.post($0) } }
            let responses = try await bench.exchange(bytes, closesOutput: true)
            #expect(responses.count == 100)
            for (index, response) in responses.enumerated() {
                #expect(try statuses(response.body).first == expected[index % 5])
            }
        }
    }

    @Test func aRequestMayArriveByteByByte() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let bytes = bench.post(bench.request([0x10]))
            let port = bench.port
            let response = try await blocking {
                let socket = try RawSocket(port: port)
                for byte in bytes { try socket.send([byte]) }
                var rest: [UInt8] = []
                return try socket.receiveResponse(&rest)
            }
            #expect(try statuses(response.body) == [.good])
        }
    }

    @Test func closingWithoutSendingHangsNobody() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let port = bench.port
            try await blocking {
                for _ in 0..<50 { _ = try RawSocket(port: port) }
                let half = try RawSocket(port: port)
                half.shutdownOutput()
                guard try half.receiveAll().isEmpty else { throw RawSocket.Failure(step: "bytes from nowhere") }
            }
            #expect(try await bench.get("/health").status == 200)
        }
    }

    @Test func aPeerThatClosesItsHalfStillGetsItsAnswer() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let kept = try await bench.exchange(bench.post(bench.request([0x10])), closesOutput: true)
            #expect(kept.count == 1)
            let signed = try await bench.exchange(bench.post(bench.request([0x10], nonce: [5])), closesOutput: true)
            #expect(signed.count == 1)
            #expect(try statuses(signed.first?.body ?? []) == [.good])
        }
    }

    @Test func aLongReplyReachesAPeerThatClosedItsHalf() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            var template = CRLTemplate(
                issuer: bench.ca.certificate.subject, signatureAlgorithm: .ecdsaSHA256,
                thisUpdate: bench.now.advanced(bySeconds: -100), nextUpdate: bench.now.advanced(bySeconds: 1_000),
                number: 1,
                authorityKeyIdentifier: [1], distributionPoint: IssuingDistributionPoint(fullName: [.uri("http://x/")]))
            // Longer than what the sockets' buffers hold.
            for number in 0..<250_000 {
                let serial = (0..<16).map { UInt8(truncatingIfNeeded: $0 < 12 ? 0x5a : number >> (8 * (15 - $0))) }
                template.append(
                    serialNumber: SerialNumber(magnitude: serial), revokedAt: bench.now, reason: .superseded)
            }
            let body = template.encodedBody()
            let crl = CRLTemplate.assemble(body: body, algorithm: .ecdsaSHA256, signature: try bench.ca.key.sign(body))
            #expect(crl.count > 8 << 20)
            try bench.write("crl/ca.crl", bytes: crl)
            try await bench.objects.rescan()
            let port = bench.port
            let received = try await blocking {
                let socket = try RawSocket(port: port)
                try socket.send("GET /crl/ca.crl HTTP/1.1\r\nHost: localhost\r\n\r\n")
                usleepTenth()
                socket.shutdownOutput()
                usleepTenth()
                return try socket.receiveAll()
            }
            #expect(received.count > crl.count)
            #expect(received.suffix(crl.count) == crl[...])
        }
    }

    @Test func drippingAndIdleConnectionsAreClosed() async throws {
        var limits = PKIServerLimits()
        limits.requestSeconds = 1
        limits.idleSeconds = 1
        try await ServerBench.run(limits: limits) { (bench: ServerBench) async throws in
            let port = bench.port
            try await blocking {
                let idle = try RawSocket(port: port)
                let dripping = try RawSocket(port: port)
                let body = try RawSocket(port: port)
                try dripping.send("GET /health HTTP/1.1\r\nX: ")
                try body.send("POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
                guard try idle.receiveAll().isEmpty, try dripping.receiveAll().isEmpty, try body.receiveAll().isEmpty
                else { throw RawSocket.Failure(step: "an answer to nothing") }
            }
            #expect(try await bench.get("/metrics").body.isEmpty == false)
        }
    }

    @Test func drippingBytesDoNotBuyTime() async throws {
        var limits = PKIServerLimits()
        limits.requestSeconds = 1
        try await ServerBench.run(limits: limits) { (bench: ServerBench) async throws in
            let port = bench.port
            let sent = try await blocking {
                let socket = try RawSocket(port: port)
                var sent = 0
                do {
                    try socket.send("GET /health HTTP/1.1\r\nX: ")
                    while sent < 60 {
                        try socket.send("a")
                        sent += 1
                        usleepTenth()
                    }
                } catch {
                    return sent
                }
                return sent
            }
            #expect(sent < 40)
        }
    }

    @Test func connectionsOverTheLimitAreTurnedAway() async throws {
        var limits = PKIServerLimits()
        limits.connections = 2
        try await ServerBench.run(limits: limits) { (bench: ServerBench) async throws in
            let port = bench.port
            let request = bench.post(bench.request([0x10]))
            try await blocking {
                let first = try RawSocket(port: port)
                let second = try RawSocket(port: port)
                var rest: [UInt8] = []
                for socket in 0..<2 {
                    try socket == 0 ? first.send(request) : second.send(request)
                    _ = socket == 0 ? try first.receiveResponse(&rest) : try second.receiveResponse(&rest)
                }
                let third = try RawSocket(port: port)
                let answer = (try? third.receiveAll()) ?? []
                guard answer.isEmpty else { throw RawSocket.Failure(step: "a third connection was served") }
                // The others are not disturbed.
                try first.send(request)
                _ = try first.receiveResponse(&rest)
            }
        }
    }

    @Test(arguments: [
        ("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("PUT /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
        ("GET /ocsp HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("POST /crl/a.crl HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405),
        ("POST /ocsp HTTP/1.1\r\nHost: x\r\n\r\n", 411),
        ("POST /ocsp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        ("POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 16385\r\n\r\n", 413),
        ("GET /\(String(repeating: "a", count: 5_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("GET /\(String(repeating: "a", count: 5_000))", 414),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 9_000))\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "a: b\r\n", count: 65))\r\n", 431),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("POST /ocsp HTTP/1.1\r\nHost: x\r\nExpect: magic\r\nContent-Length: 1\r\n\r\na", 417),
    ])
    func whatCannotBeServedGetsItsStatus(_ request: String, status: Int) async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            #expect(try await bench.exchange(request, closesOutput: true).map(\.status) == [status])
        }
    }

    /// What two implementations could read differently is refused, and nothing behind it is served.
    @Test(arguments: [
        "POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nabcd",
        "POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 4, 4\r\n\r\nabcd",
        "POST /ocsp HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /health HTTP/1.1\nHost: x\n\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /health HTTP/1.1\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd",
        "GET /health HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nA: b\u{0}\r\n\r\n",
        "GET  /health HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET health HTTP/1.1\r\nHost: x\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
    ])
    func ambiguousRequestsAreRefusedAndNothingBehindThemIsServed(_ request: String) async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let found = try await bench.exchange(
                request + "GET /health HTTP/1.1\r\nHost: x\r\n\r\n", closesOutput: true)
            #expect(found.map(\.status) == [400])
            #expect(found.first?.fields["connection"] == "close")
        }
    }

    @Test func wellFormedVariantsAreServed() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            for request in [
                "GET /health HTTP/1.1\r\nhOsT:x\r\nConnection: Close\r\n\r\n", "GET /health HTTP/1.0\r\n\r\n",
                "GET http://pki.example/health HTTP/1.1\r\nHost: pki.example\r\nConnection: close\r\n\r\n",
                "GET /health?a=b HTTP/1.1\r\nHost: x\r\nConnection: foo, close\r\n\r\n",
            ] {
                #expect(try await bench.exchange(request).map(\.status) == [200])
            }
            let kept = try await bench.exchange(
                "GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /health HTTP/1.0\r\n\r\n")
            #expect(kept.map(\.status) == [200, 200])
            #expect(kept.first?.fields["connection"] == "keep-alive")
        }
    }

    @Test func aPathIsDecodedAsRFC6960Says() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let encoded = Base64.encode(bench.request([0x10]))
            for path in [encoded, "/" + encoded, encoded.replacing("=", with: ""), encoded.replacing("M", with: "%4d")]
            {
                #expect(try statuses(try await bench.get("/ocsp/\(path)").body) == [.good])
            }
            for path in ["%", "%4", "%zz", "MEM*", "MEM"] {
                #expect(try failure(try await bench.get("/ocsp/\(path)").body) == .malformedRequest)
            }
        }
    }

    @Test func cachesGetWhatTheyNeedAndNonceAnswersStayOutOfThem() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let path = "/ocsp/" + Base64.encode(bench.request([0x10]))
            let first = try await bench.get(path)
            let etag = try #require(first.fields["etag"])
            #expect(first.fields["cache-control"] == "max-age=3600, public, no-transform, must-revalidate")
            #expect(try await bench.get(path, more: "If-None-Match: \(etag)\r\n").status == 304)
            #expect(try await bench.get(path, more: "If-None-Match: \"other\"\r\n").status == 200)
            let nonce = try await bench.get("/ocsp/" + Base64.encode(bench.request([0x10], nonce: [1])))
            #expect(nonce.fields["cache-control"] == "no-store")
            #expect(nonce.fields["etag"] == nil)
            let refusal = try await bench.get("/ocsp/MAA=")
            #expect(refusal.fields["cache-control"] == "no-store")
            let unknown = try await bench.get("/ocsp/" + Base64.encode(bench.request([0x40])))
            #expect(unknown.fields["cache-control"] == "no-store")
        }
    }

    @Test func headGetsTheFieldsAlone() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let path = "/ocsp/" + Base64.encode(bench.request([0x10]))
            let port = bench.port
            let all = try await blocking {
                let socket = try RawSocket(port: port)
                try socket.send("HEAD \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return try socket.receiveAll()
            }
            #expect(String(decoding: all, as: UTF8.self).hasSuffix("\r\n\r\n"))
            #expect(String(decoding: all, as: UTF8.self).contains("Content-Length: "))
        }
    }

    @Test func authoritiesArePublishedAndLeavesAreNot() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            let found = try await bench.get("/certs/ca.cer")
            #expect(found.body == bench.ca.certificate.der)
            #expect(found.fields["content-type"] == "application/pkix-cert")
            #expect(try await bench.get("/certs/leaf.cer").status == 404)
            #expect(try await bench.get("/certs/../certs/ca.cer").status == 404)
        }
    }

    @Test func aCRLIsServedWhileItIsGoodAndWithheldAfterwards() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            func crl(_ number: Int, until end: Timestamp) throws -> [UInt8] {
                let template = CRLTemplate(
                    issuer: bench.ca.certificate.subject, signatureAlgorithm: .ecdsaSHA256,
                    thisUpdate: bench.now.advanced(bySeconds: -100), nextUpdate: end, number: number,
                    authorityKeyIdentifier: [1],
                    distributionPoint: IssuingDistributionPoint(fullName: [.uri("http://x/")]))
                let body = template.encodedBody()
                return CRLTemplate.assemble(body: body, algorithm: .ecdsaSHA256, signature: try bench.ca.key.sign(body))
            }
            #expect(try await bench.get("/crl/ca.crl").status == 404)
            let good = try crl(1, until: bench.now.advanced(bySeconds: 1_000))
            try bench.write("crl/ca.crl", bytes: good)
            try await bench.objects.rescan()
            let found = try await bench.get("/crl/ca.crl")
            #expect(found.body == good)
            #expect(found.fields["content-type"] == "application/pkix-crl")
            #expect(try await bench.get("/health").status == 200)
            try bench.write("crl/ca.crl", bytes: try crl(2, until: bench.now.advanced(bySeconds: -1)))
            try await bench.objects.rescan()
            #expect(try await bench.get("/crl/ca.crl").status == 503)
            #expect(try await bench.get("/health").status == 503)
        }
    }

    @Test func healthTurnsRedWhenTheKeyIsGone() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            #expect(try await bench.get("/health").status == 200)
            bench.ca.signerKey.fail(with: KeyError(.tokenUnavailable, "gone"))
            let answer = try await bench.exchange(
                bench.post(bench.request([0x10], nonce: [1]), more: "Connection: close\r\n"))
            #expect(try failure(answer.first?.body ?? []) == .tryLater)
            #expect(try await bench.get("/health").status == 503)
            bench.ca.signerKey.fail(with: nil)
            _ = try await bench.exchange(bench.post(bench.request([0x10], nonce: [1]), more: "Connection: close\r\n"))
            #expect(try await bench.get("/health").status == 200)
        }
    }

    @Test func aSignatureThatNeverComesEndsWithTryLater() async throws {
        var limits = PKIServerLimits()
        limits.answerSeconds = 1
        try await ServerBench.run(limits: limits) { (bench: ServerBench) async throws in
            bench.ca.signerKey.hold()
            let answers = try await bench.exchange(
                bench.post(bench.request([0x10], nonce: [1]), more: "Connection: close\r\n"))
            #expect(try failure(answers.first?.body ?? []) == .tryLater)
            bench.ca.signerKey.release()
        }
    }

    @Test func metricsCountWhatWasServed() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            for _ in 0..<3 {
                _ = try await bench.exchange(bench.post(bench.request([0x10]), more: "Connection: close\r\n"))
            }
            let text = String(decoding: try await bench.get("/metrics").body, as: UTF8.self)
            #expect(text.contains("v2g_pki_http_responses_total{route=\"ocsp_post\",status=\"2xx\"} 3\n"))
            #expect(text.contains("v2g_pki_ocsp_signatures_total 1\n"))
            #expect(text.contains("v2g_pki_ocsp_kept_answers_served_total 2\n"))
        }
    }

    @Test func stoppingFinishesOpenRequests() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            bench.ca.signerKey.hold()
            let bytes = bench.post(bench.request([0x10], nonce: [1]))
            async let answers = bench.exchange(bytes)
            while bench.ca.signerKey.waitingCount == 0 { await Task.yield() }
            async let stopped: Void = bench.server.shutdown()
            try await Task.sleep(for: .milliseconds(300))  // the news of the stop reaches the connection
            bench.ca.signerKey.release()
            let found = try await answers
            await stopped
            #expect(try statuses(found.first?.body ?? []) == [.good])
            #expect(found.first?.fields["connection"] == "close")
            await #expect(throws: (any Error).self) { _ = try await bench.get("/health") }
        }
    }

    @Test func aPortInUseIsAClearError() async throws {
        try await ServerBench.run { (bench: ServerBench) async throws in
            await #expect(throws: PKIServerError.self) {
                _ = try await PKIServer.start(
                    host: "127.0.0.1", port: bench.port, responder: bench.responder, objects: bench.objects,
                    eventLoops: 1, logger: .init(label: "test"))
            }
        }
    }
}

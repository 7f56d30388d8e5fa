internal import NIOCore
internal import Synchronization
internal import V2GCertificateAuthority
internal import V2GPrimitives
internal import V2GX509

/// What the server answers, without connections.
final class PKISite: Sendable {
    let responder: OCSPResponder
    let objects: PublishedObjects
    let limits: PKIServerLimits
    private let loops: [PKILoop]
    private let openConnections: @Sendable () -> Int

    init(
        responder: OCSPResponder, objects: PublishedObjects, limits: PKIServerLimits, loops: [PKILoop],
        openConnections: @escaping @Sendable () -> Int
    ) {
        self.responder = responder
        self.objects = objects
        self.limits = limits
        self.loops = loops
        self.openConnections = openConnections
    }

    private static let ocspType = "application/ocsp-response"  // RFC 6960 A.2

    /// An answer with the cache fields of RFC 5019 6.2.
    func reply(_ answer: OCSPAnswer, now: Timestamp) -> HTTPReply {
        guard answer.isCacheable else {
            return HTTPReply(
                status: .ok, contentType: Self.ocspType, fields: [("Cache-Control", "no-store")], body: answer.der)
        }
        let seconds = max(0, min(responder.settings.cacheableSeconds, answer.nextUpdate.seconds - now.seconds))
        return HTTPReply(
            status: .ok, contentType: Self.ocspType,
            fields: [
                ("Last-Modified", HTTPDate.text(answer.thisUpdate)), ("Expires", HTTPDate.text(answer.nextUpdate)),
                ("Cache-Control", "max-age=\(seconds), public, no-transform, must-revalidate"),
            ], etag: PublishedObjects.etag(answer.der), body: answer.der)
    }

    /// RFC 6960 A.2 sends refusals with status 200 as well; RFC 5019 6.1 keeps them out of caches.
    func reply(_ failure: OCSPFailure) -> HTTPReply {
        HTTPReply(
            status: .ok, contentType: Self.ocspType, fields: [("Cache-Control", "no-store")],
            body: OCSPResponse.encoded(failure))
    }

    func reply(_ answer: OCSPResponder.Answer, now: Timestamp) -> HTTPReply {
        switch answer {
        case .signed(let signed): reply(signed, now: now)
        case .failed(let failure): reply(failure)
        }
    }

    func reply(_ refusal: HTTPRefusal) -> HTTPReply {
        let text =
            switch refusal {
            case .badRequest: "This is not a well-formed HTTP/1.1 request."
            case .lengthRequired: "Send the request with Content-Length; transfer codings are not accepted."
            case .contentTooLarge: "The request is longer than \(limits.bodyBytes) bytes. Ask for fewer certificates."
            case .uriTooLong: "The request line is longer than \(limits.requestLineBytes) bytes. Use POST."
            case .expectationFailed: "Only 100-continue can be expected."
            case .headerFieldsTooLarge: "The header fields are more than \(limits.headBytes) bytes or too many."
            case .versionNotSupported: "Use HTTP/1.1."
            }
        return HTTPReply(status: HTTPStatus(refusal), text: text)
    }

    func wrongMethod(allowed: String) -> HTTPReply {
        HTTPReply(status: .methodNotAllowed, text: "Allowed here: \(allowed).", fields: [("Allow", allowed)])
    }

    let nothing = HTTPReply(
        status: .notFound, text: "Nothing here. There are /ocsp, /crl/NAME.crl, /certs/NAME.cer, /health and /metrics.")

    /// The state as JSON; 503 when an answer cannot be given or is overdue.
    func health(now: Timestamp) -> HTTPReply {
        let ocsp = responder.health(now: now)
        let crls = objects.crls
        let isHealthy = ocsp.isHealthy && crls.allSatisfy { $0.nextUpdate >= now }
        var json = "{\"status\":\"\(isHealthy ? "ok" : "failing")\",\"time\":\"\(now.rfc3339)\""
        json += ",\"store\":{\"ok\":\(ocsp.isStoreFresh),\"ageSeconds\":\(ocsp.storeAge.map { "\($0)" } ?? "null")}"
        json += ",\"signing\":{\"ok\":\(ocsp.lastSigningFailure == nil)}"
        json += ",\"signers\":["
        json += ocsp.signers.map {
            """
            {"authority":\(Self.quoted($0.authority)),"ok":\($0.isUsable),"notAfter":\($0.notAfter.map { "\"\($0.rfc3339)\"" } ?? "null"),\
            "needsSuccessor":\($0.isNearItsEnd)}
            """
        }.joined(separator: ",")
        json += "],\"crls\":["
        json += crls.map {
            """
            {"name":\(Self.quoted($0.name)),"ok":\($0.nextUpdate >= now),"thisUpdate":"\($0.thisUpdate.rfc3339)",\
            "nextUpdate":"\($0.nextUpdate.rfc3339)"}
            """
        }.joined(separator: ",")
        json += "],\"keptAnswers\":\(ocsp.keptAnswers)}\n"
        return HTTPReply(
            status: isHealthy ? .ok : .serviceUnavailable, contentType: "application/json",
            fields: [("Cache-Control", "no-store")], body: Array(json.utf8))
    }

    /// The counters in the text format of Prometheus, version 0.0.4.
    func metrics(now: Timestamp) -> HTTPReply {
        var text = ""
        func metric(_ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: Int)]) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
            for sample in samples { text += "\(name)\(sample.labels) \(sample.value)\n" }
        }
        var replies: [(String, Int)] = []
        for route in PKICounters.Route.allCases {
            for statusClass in 2...5 {
                let count = loops.reduce(0) { $0 + $1.counters.replies.value(route, statusClass: statusClass) }
                replies.append(("{route=\"\(route.rawValue)\",status=\"\(statusClass)xx\"}", count))
            }
        }
        metric("v2g_pki_http_responses_total", "counter", "HTTP responses sent.", replies)
        let ocsp = responder.statistics
        let fronts = loops.reduce(0) { $0 + $1.counters.frontHits.load(ordering: .relaxed) }
        metric(
            "v2g_pki_ocsp_kept_answers_served_total", "counter", "OCSP answers served without a new signature.",
            [("", ocsp.cacheHits + fronts)])
        metric("v2g_pki_ocsp_signatures_total", "counter", "OCSP answers signed.", [("", ocsp.signatures)])
        metric(
            "v2g_pki_ocsp_signing_failures_total", "counter", "Signatures that the OCSP key did not make.",
            [("", ocsp.signingFailures)])
        metric(
            "v2g_pki_ocsp_refusals_total", "counter", "OCSP requests refused.",
            [
                ("{reason=\"malformed_request\"}", ocsp.malformed), ("{reason=\"unauthorized\"}", ocsp.unauthorized),
                ("{reason=\"try_later\"}", ocsp.tryLater),
            ])
        let health = responder.health(now: now)
        metric("v2g_pki_ocsp_kept_answers", "gauge", "OCSP answers kept.", [("", health.keptAnswers)])
        metric("v2g_pki_ocsp_kept_bytes", "gauge", "Bytes of OCSP answers kept.", [("", health.keptBytes)])
        metric(
            "v2g_pki_store_age_seconds", "gauge", "Seconds since the store was last read.",
            [("", Int(health.storeAge ?? -1))])
        metric("v2g_pki_connections", "gauge", "Open connections.", [("", openConnections())])
        metric(
            "v2g_pki_connections_accepted_total", "counter", "Connections accepted.",
            [("", loops.reduce(0) { $0 + $1.counters.accepted.load(ordering: .relaxed) })])
        metric(
            "v2g_pki_connections_turned_away_total", "counter", "Connections over the limit.",
            [("", loops.reduce(0) { $0 + $1.counters.turnedAway.load(ordering: .relaxed) })])
        metric(
            "v2g_pki_connections_timed_out_total", "counter", "Connections closed for being slow or idle.",
            [("", loops.reduce(0) { $0 + $1.counters.timedOut.load(ordering: .relaxed) })])
        return HTTPReply(
            status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8",
            fields: [("Cache-Control", "no-store")], body: Array(text.utf8))
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                result += "\\u00" + Hex.encode([UInt8(scalar.value)])
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

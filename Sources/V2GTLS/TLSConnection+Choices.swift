internal import CTLSEngine

/// The places where a handshake stops for a decision of ours.
extension TLSConnection {
    /// Chooses edition, chain and staples, or refuses.
    func answerHello() {
        guard case .server(let context) = role else {
            return refuseHello(.internalError, .protocolError, "Not a server.")
        }
        guard let hello = readHello() else {
            return refuseHello(
                .decodeError, .malformedHello,
                "The car's ClientHello has a malformed extension. Report it to its maker.")
        }
        askedForStatusV2 = hello.asksForStatusV2
        switch context.answer(hello) {
        case .refuse(let alert, let code, let message):
            refuseHello(alert, code, message)
        case .serve(let served):
            serve(served, hello: hello, context)
        }
    }

    private func serve(_ served: HelloAnswer.Served, hello: ClientHello, _ context: TLSServerContext) {
        if hello.asksForStatus {
            let isTLS13 = served.version == ClientHello.tls13
            let chain = served.entry.credential.chain
            // What cannot be sent is not looked for.
            for certificate in isTLS13 && v2g_tls_staples_chains() == 1 ? chain[...] : chain.prefix(1) {
                let staple = context.configuration.staples(certificate) ?? []
                guard unsafe v2g_tls_add_staple(native, staple, staple.count) == 1 else { break }
            }
        }
        let isTLS13 = served.version == ClientHello.tls13
        // A station that has TLS 1.3 says so to cars that seem not to: somebody may have cut their offer down.
        let maximum = served.loweredFromTLS13 || context.iso20.isEmpty ? served.version : ClientHello.tls13
        let isAcknowledged = !isTLS13 && served.matchedAuthority
        // TLS 1.3 always asks for a certificate, whatever the ClientHello says [V2G20-2400]; TLS 1.2 never.
        guard
            unsafe v2g_tls_answer_hello(
                native, served.entry.native.pointer, Int32(served.version), Int32(maximum), served.groups,
                isTLS13 ? 1 : 0, isAcknowledged ? 1 : 0) == 1
        else { return refuseHello(.internalError, .protocolError, "The chosen chain could not be set.") }
        shown = served.entry
        matchedAuthority = served.matchedAuthority
        loweredFromTLS13 = served.loweredFromTLS13
    }

    private func refuseHello(_ alert: TLSAlert, _ code: TLSFailure.Code, _ message: String) {
        helloRefusal = (code, message)
        unsafe v2g_tls_refuse_hello(native, Int32(alert.code))
    }

    private func readHello() -> ClientHello? {
        var count = 0
        let suites = unsafe v2g_tls_hello_suites(native, &count).map { start in
            unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
        }
        return unsafe ClientHello(
            legacyVersion: Int(v2g_tls_hello_legacy_version(native)), suites: suites ?? [],
            extension: { type in
                var count = 0
                return unsafe v2g_tls_hello_extension(native, type, &count).map { start in
                    unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
                }
            })
    }

    /// Chooses the vehicle chain that the station asks for; the first one if it names no issuer of any.
    func answerCertificate() -> Bool {
        guard case .client(let context) = role else { return false }
        // Edition -2 has no client certificate: a station that asks for one in TLS 1.2 gets none.
        let isTLS13 = unsafe Int(v2g_tls_version(native)) == ClientHello.tls13
        guard isTLS13, let first = context.vehicles.first else {
            return unsafe v2g_tls_answer_certificate(native, nil) == 1
        }
        let names = readAuthorities()
        let matching = context.vehicles.first { $0.isIssued(byOneOf: names) }
        let chosen = matching ?? first
        shown = chosen
        matchedAuthority = matching != nil
        return unsafe v2g_tls_answer_certificate(native, chosen.native.pointer) == 1
    }

    private func readAuthorities() -> [[UInt8]] {
        var names: [[UInt8]] = []
        var count = 0
        while names.count < TrustedAuthority.maximumCount,
            let start = unsafe v2g_tls_copy_authority(native, Int32(names.count), &count)
        {
            names.append(unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)))
            unsafe v2g_tls_free_octets(start)
        }
        return names
    }
}

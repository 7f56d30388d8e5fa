/// What a station answers to a ClientHello.
enum HelloAnswer {
    case serve(Served)
    case refuse(alert: TLSAlert, code: TLSFailure.Code, message: String)

    struct Served {
        let entry: ChainEntry
        /// ``ClientHello/tls12`` or ``ClientHello/tls13``.
        let version: Int
        let groups: String
        let matchedAuthority: Bool
        let loweredFromTLS13: Bool
    }
}

extension TLSServerContext {
    /// Chooses edition and chain: TLS 1.3 where both can, else TLS 1.2.
    func answer(_ hello: ClientHello) -> HelloAnswer {
        let canTLS13 = hello.versions.contains(ClientHello.tls13) && !iso20.isEmpty
        let canTLS12 = hello.versions.contains(ClientHello.tls12) && !iso2.isEmpty
        if canTLS13 {
            let answer = answerTLS13(hello)
            guard case .refuse = answer, canTLS12, configuration.allowsTLS12ForMismatchedTLS13 else { return answer }
            return answerTLS12(hello, lowered: true)
        }
        if canTLS12 { return answerTLS12(hello, lowered: false) }
        let served = [iso2.isEmpty ? nil : "1.2", iso20.isEmpty ? nil : "1.3"].compactMap { $0 }
        return .refuse(
            alert: .protocolVersion, code: .versionMismatch,
            message: "The car offers no TLS version that this station serves (\(served.joined(separator: ", "))). "
                + "Check the chains and the setting of TLS 1.3.")
    }

    private func answerTLS13(_ hello: ClientHello) -> HelloAnswer {
        guard hello.suites.contains(where: profile.suiteNumbers.contains) else {
            return suiteMismatch(hello, served: profile.suiteNumbers)
        }
        // Absent extensions are for OpenSSL to refuse, with the alert that RFC 8446 has for them.
        if let groups = hello.groups, !groups.contains(where: profile.groupNumbers.contains) {
            return groupMismatch(groups, served: profile.groupNumbers)
        }
        let usable = iso20.filter { hello.signatureSchemes?.contains($0.scheme) ?? true }
        guard let first = usable.first else {
            return schemeMismatch(hello.signatureSchemes ?? [], served: iso20.map(\.scheme))
        }
        let matching = hello.certificateAuthorities.flatMap { names in
            usable.first { $0.isIssued(byOneOf: names) }
        }
        return .serve(
            HelloAnswer.Served(
                entry: matching ?? first, version: ClientHello.tls13, groups: profile.groups,
                matchedAuthority: matching != nil, loweredFromTLS13: false))
    }

    private func answerTLS12(_ hello: ClientHello, lowered: Bool) -> HelloAnswer {
        // OpenSSL knows whether the static suite is there; the others are refused here, by name.
        guard hello.suites.contains(where: { TLSProfile.iso2SuiteNumbers.contains($0) }) else {
            return suiteMismatch(hello, served: TLSProfile.iso2SuiteNumbers)
        }
        if let groups = hello.groups, !groups.contains(where: TLSProfile.iso2GroupNumbers.contains) {
            return groupMismatch(groups, served: TLSProfile.iso2GroupNumbers)
        }
        let usable = iso2.filter { hello.signatureSchemes?.contains($0.scheme) ?? true }
        guard let first = usable.first else {
            return schemeMismatch(hello.signatureSchemes ?? [], served: iso2.map(\.scheme))
        }
        let matching = hello.trustedAuthorities.flatMap { authorities in
            usable.first { entry in authorities.contains { entry.authorities.contains($0) } }
        }
        return .serve(
            HelloAnswer.Served(
                entry: matching ?? first, version: ClientHello.tls12, groups: TLSProfile.iso2Groups,
                matchedAuthority: matching != nil, loweredFromTLS13: lowered))
    }

    private func suiteMismatch(_ hello: ClientHello, served: [Int]) -> HelloAnswer {
        .refuse(
            alert: .handshakeFailure, code: .cipherSuiteMismatch,
            message: "Cipher Suite Mismatch: the car offers \(TLSProfile.describe(suites: hello.suites)); "
                + "this station takes \(TLSProfile.describe(suites: served)).")
    }

    private func groupMismatch(_ offered: [Int], served: [Int]) -> HelloAnswer {
        .refuse(
            alert: .handshakeFailure, code: .groupMismatch,
            message: "No key exchange group in common: the car offers \(TLSProfile.describe(groups: offered)); "
                + "this station takes \(TLSProfile.describe(groups: served)).")
    }

    private func schemeMismatch(_ offered: [Int], served: [Int]) -> HelloAnswer {
        .refuse(
            alert: .handshakeFailure, code: .signatureAlgorithmMismatch,
            message: "The car verifies \(TLSProfile.describe(schemes: offered)); "
                + "the chains of this station are signed for by \(TLSProfile.describe(schemes: served)).")
    }
}

internal import V2GKeys

/// A station's TLS settings, made ready. Immutable: a reload makes a new one, and live connections keep theirs.
package final class TLSServerContext: Sendable {
    let configuration: TLSServerConfiguration
    let base: NativeContext
    /// For TLS 1.2.
    let iso2: [ChainEntry]
    /// For TLS 1.3; with the quirk `josev`, the chains of -2 after those of -20.
    let iso20: [ChainEntry]
    let profile: TLSProfile

    /// - Throws: ``TLSError`` with `badConfiguration`, `unusableCredential` or `libraryFailed`.
    package init(_ configuration: TLSServerConfiguration) throws(TLSError) {
        self.configuration = configuration
        profile = .iso20(quirkJosev: configuration.quirkJosev)
        base = try NativeContext(isServer: true)
        var iso2: [ChainEntry] = []
        var iso20: [ChainEntry] = []
        if configuration.allowsTLS12 {
            for (index, credential) in configuration.iso2Chains.enumerated() {
                guard credential.key.publicKey.algorithm == .p256 else {
                    throw TLSError(
                        .unusableCredential, "Chain \(index) of edition -2 has no P-256 key; TLS 1.2 cannot show it.")
                }
                let native = try NativeContext(isServer: true)
                try native.set(
                    minimum: ClientHello.tls12, maximum: ClientHello.tls12, suites: profile.suites,
                    groups: TLSProfile.iso2Groups, signatureAlgorithms: TLSProfile.iso2SignatureAlgorithms)
                if configuration.keyLog != nil { native.logKeys() }
                iso2.append(try ChainEntry(credential, index: index, native: native))
            }
        }
        if configuration.allowsTLS13 {
            let extra = configuration.quirkJosev ? configuration.iso2Chains : []
            for (index, credential) in (configuration.iso20Chains + extra).enumerated() {
                guard configuration.quirkJosev || credential.key.publicKey.algorithm != .p256 else {
                    throw TLSError(
                        .unusableCredential,
                        "Chain \(index) of edition -20 has a P-256 key. Use P-521 or Ed448, or the quirk josev.")
                }
                let native = try NativeContext(isServer: true)
                try native.set(
                    minimum: ClientHello.tls13, maximum: ClientHello.tls13, suites: profile.suites,
                    groups: profile.groups, signatureAlgorithms: profile.signatureAlgorithms)
                try native.add(authorities: configuration.clientAuthorities)
                if configuration.keyLog != nil { native.logKeys() }
                iso20.append(try ChainEntry(credential, index: index, native: native))
            }
        }
        guard !(iso2.isEmpty && iso20.isEmpty) else {
            throw TLSError(.badConfiguration, "There is no TLS chain to show. Give one of edition -2 or -20.")
        }
        self.iso2 = iso2
        self.iso20 = iso20
        try base.set(
            minimum: ClientHello.tls12, maximum: ClientHello.tls13, suites: profile.suites, groups: profile.groups,
            signatureAlgorithms: profile.signatureAlgorithms)
        if configuration.keyLog != nil { base.logKeys() }
    }
}

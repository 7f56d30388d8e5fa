internal import V2GDER
internal import V2GX509

/// A car's TLS settings, made ready. Immutable and shared by its connections.
package final class TLSClientContext: Sendable {
    let configuration: TLSClientConfiguration
    let base: NativeContext
    let vehicles: [ChainEntry]
    let profile: TLSProfile

    /// - Throws: ``TLSError`` with `badConfiguration`, `unusableCredential` or `libraryFailed`.
    package init(_ configuration: TLSClientConfiguration) throws(TLSError) {
        guard configuration.allowsTLS12 || configuration.allowsTLS13 else {
            throw TLSError(.badConfiguration, "Neither TLS 1.2 nor TLS 1.3 is allowed. Allow one.")
        }
        self.configuration = configuration
        profile = .iso20(quirkJosev: configuration.quirkJosev)
        base = try NativeContext(isServer: false)
        var groups = configuration.allowsTLS13 ? profile.groups : TLSProfile.iso2Groups
        var algorithms = configuration.allowsTLS13 ? profile.signatureAlgorithms : TLSProfile.iso2SignatureAlgorithms
        if configuration.allowsTLS12, configuration.allowsTLS13, !configuration.quirkJosev {
            // For TLS 1.2; in TLS 1.3 the connection refuses it afterwards.
            groups += ":" + TLSProfile.iso2Groups
            algorithms += ":" + TLSProfile.iso2SignatureAlgorithms
        }
        try base.set(
            minimum: configuration.allowsTLS12 ? ClientHello.tls12 : ClientHello.tls13,
            maximum: configuration.allowsTLS13 ? ClientHello.tls13 : ClientHello.tls12, suites: profile.suites,
            groups: groups, signatureAlgorithms: algorithms)
        var roots: [Certificate] = []
        do throws(DERError) {
            for der in configuration.roots { roots.append(try Certificate(der: der)) }
        } catch {
            throw TLSError(.badConfiguration, "A root certificate cannot be read: \(error)")
        }
        if configuration.allowsTLS13 { try base.add(authorities: roots.map(\.subject.der)) }
        if configuration.allowsTLS12, !roots.isEmpty {
            let form = configuration.trustedCAKeysForm
            try base.setTrustedAuthorities(TrustedAuthority.encode(roots.map { TrustedAuthority($0, as: form) }))
        }
        if configuration.asksForStaple { try base.askStatus() }
        if let length = configuration.maximumFragmentLength { try base.setMaximumFragment(length) }
        if configuration.keyLog != nil { base.logKeys() }
        var vehicles: [ChainEntry] = []
        if configuration.allowsTLS13 {
            for (index, credential) in configuration.vehicleChains.enumerated() {
                vehicles.append(try ChainEntry(credential, index: index, native: try NativeContext(isServer: false)))
            }
        }
        self.vehicles = vehicles
    }
}

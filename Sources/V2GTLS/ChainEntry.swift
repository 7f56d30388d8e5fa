internal import V2GDER
internal import V2GKeys
internal import V2GX509

/// A chain with its settings, ready to be shown.
struct ChainEntry: Sendable {
    let native: NativeContext
    let credential: TLSCredential
    /// Its place in the configuration.
    let index: Int
    let authorities: AuthorityNames
    /// The names (DER) of those who issued the certificates of the chain.
    private let issuers: Set<[UInt8]>
    /// The signature scheme of its key (RFC 8446 section 4.2.3).
    let scheme: Int

    init(_ credential: TLSCredential, index: Int, native: NativeContext) throws(TLSError) {
        guard !credential.chain.isEmpty else {
            throw TLSError(.unusableCredential, "TLS chain \(index) is empty. Give the leaf and its sub-CAs.")
        }
        var chain: [Certificate] = []
        let root: Certificate?
        do throws(DERError) {
            for der in credential.chain { chain.append(try Certificate(der: der)) }
            if let der = credential.root { root = try Certificate(der: der) } else { root = nil }
        } catch {
            throw TLSError(.unusableCredential, "A certificate of TLS chain \(index) cannot be read: \(error)")
        }
        switch credential.key.publicKey.algorithm {
        case .p256: scheme = 0x0403
        case .p521: scheme = 0x0603
        case .ed448: scheme = 0x0808
        case .x448: throw TLSError(.unusableCredential, "The key of TLS chain \(index) is X448, which cannot sign.")
        }
        try native.set(credential)
        self.native = native
        self.credential = credential
        self.index = index
        authorities = AuthorityNames(chain: chain, root: root)
        issuers = Set(chain.map(\.issuer.der))
    }

    /// Whether one of the names, in DER, issued a certificate of the chain.
    func isIssued(byOneOf names: [[UInt8]]) -> Bool { names.contains { issuers.contains($0) } }
}

public import V2GX509

extension CertificateAuthority {
    /// The certificates of an authority and of those above it, root last.
    public func publishedChain(of name: String) async throws(IssuanceError) -> [Certificate] {
        let catalog = try await catalog()
        guard catalog.entry(name) != nil else {
            throw IssuanceError(
                .unknownAuthority,
                "there is no authority '\(name)'. Known: \(catalog.entries.map(\.record.name).joined(separator: ", "))."
            )
        }
        let preferred = preferredRoot(for: name)
        guard
            let path = catalog.chain(of: name, preferredRoot: preferred)
                ?? catalog.chain(of: name, preferredRoot: preferred, evenRevoked: true)
        else { return [] }
        return path.chain + (catalog.entry(path.root)?.selfSigned.map { [$0] } ?? [])
    }
}

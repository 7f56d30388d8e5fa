extension CertificateAuthority {
    /// Settles what a crash left open: each intent without a result is cancelled, since its certificate was never
    /// handed out. The serial stays reserved, and the audit log keeps both lines.
    ///
    /// Only for a process that knows that no other one is issuing.
    ///
    /// - Returns: How many intents were settled.
    public func settleOpenIntents() async throws(IssuanceError) -> Int {
        var settled = 0
        while true {
            let open = try await stored("look for open intents") { () throws(StoreError) in
                try await store.openIntents(limit: 1_000)
            }
            guard !open.isEmpty else { return settled }
            for intent in open {
                try await stored("settle an open intent") { () throws(StoreError) in
                    try await store.cancel(
                        intent.id, reason: "left open by an earlier run; never handed out", origin: origin())
                }
                settled += 1
            }
        }
    }
}

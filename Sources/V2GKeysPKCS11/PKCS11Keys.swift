internal import CPKCS11
public import V2GKeys
public import V2GPrimitives

/// A signing key on a token.
public struct PKCS11SigningKey: SigningKey {
    let key: TokenKey
    let mechanism: Mechanism
    let algorithm: SignatureAlgorithm
    let verifier: any SignatureVerifier
    let timeout: Duration

    public var publicKey: PublicKey { key.publicKey }

    /// Signs on the token and verifies the signature before it leaves.
    ///
    /// - Throws: ``KeyError`` with `tokenUnavailable` (gone, or over the deadline), `tokenMisbehaved` (the signature
    ///   does not verify), `unsupported` or `operationFailed`.
    public func sign(_ message: [UInt8]) async throws(KeyError) -> [UInt8] {
        try await key.token.module.pool.run(within: timeout, doing: "signing") { [self] () throws(KeyError) in
            try signNow(message)
        }
    }

    /// Signs many messages with fewer changes of thread than one by one. All or none.
    package func signAll(_ messages: [[UInt8]]) async throws(KeyError) -> [[UInt8]] {
        guard !messages.isEmpty else { return [] }
        let pieces = min(4, messages.count)
        let size = (messages.count + pieces - 1) / pieces
        let results = await withTaskGroup(of: (Int, Result<[[UInt8]], KeyError>).self) { group in
            for start in stride(from: 0, to: messages.count, by: size) {
                let chunk = messages[start..<min(start + size, messages.count)]
                group.addTask {
                    do throws(KeyError) {
                        // The whole piece shares a deadline of its own length.
                        let signed = try await key.token.module.pool.run(
                            within: timeout * chunk.count, doing: "signing \(chunk.count) messages"
                        ) { () throws(KeyError) in
                            var signatures: [[UInt8]] = []
                            signatures.reserveCapacity(chunk.count)
                            for message in chunk { signatures.append(try signNow(message)) }
                            return signatures
                        }
                        return (start, .success(signed))
                    } catch {
                        return (start, .failure(error))
                    }
                }
            }
            var collected: [(Int, Result<[[UInt8]], KeyError>)] = []
            for await result in group { collected.append(result) }
            return collected
        }
        var signatures: [[UInt8]] = []
        signatures.reserveCapacity(messages.count)
        for (_, result) in results.sorted(by: { $0.0 < $1.0 }) { signatures += try result.get() }
        return signatures
    }

    /// Blocks; runs on the module's threads.
    func signNow(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        let raw = try signRaw(message)
        let signature: [UInt8]
        switch publicKey.algorithm {
        case .p256, .p521:
            guard let parsed = ECDSASignature(raw: raw, algorithm: publicKey.algorithm) else {
                throw misbehaved("has \(raw.count) bytes or numbers out of range")
            }
            signature = parsed.der
        case .ed448, .x448:
            signature = raw
        }
        guard verifier.isValid(signature: signature, algorithm: algorithm, over: message, by: publicKey) else {
            throw misbehaved("does not verify")
        }
        return signature
    }

    private func signRaw(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        let input = algorithm.digest(of: message)
        return try key.token.withSession(doing: "signing with '\(key.label)' by \(mechanism.name)") {
            session throws(PKCS11Failure) in
            try key.withObject(in: session) { object throws(PKCS11Failure) in
                try session.sign(input, key: object, mechanism.type)
            }
        }
    }

    private func misbehaved(_ what: String) -> KeyError {
        KeyError(
            .tokenMisbehaved,
            "\(key.token.name): the signature by '\(key.label)' (\(mechanism.name)) \(what). It was dropped. "
                + "Check that the public key belongs to the private key, then the device.")
    }

    // MARK: Measuring

    /// How long `count` signatures take, made by `tasks` concurrent tasks through the pool. Nothing is let out, so
    /// verification can be left off to see what the pool itself costs.
    package func measurePooled(count: Int, tasks: Int, verifying: Bool) async throws(KeyError) -> Duration {
        let start = ContinuousClock.now
        let failure = await withTaskGroup(of: KeyError?.self) { group in
            for task in 0..<max(1, tasks) {
                group.addTask {
                    let message = Array("measured message \(task)".utf8)
                    do throws(KeyError) {
                        for _ in 0..<(count / max(1, tasks)) {
                            try await key.token.module.pool.run(within: timeout, doing: "signing") {
                                () throws(KeyError) in
                                if verifying { _ = try signNow(message) } else { _ = try signRaw(message) }
                            }
                        }
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var first: KeyError?
            for await error in group where first == nil { first = error }
            return first
        }
        if let failure { throw failure }
        return .now - start
    }

    /// How long `count` bare `C_SignInit` and `C_Sign` calls take in one session on one thread.
    package func measureBareLoop(count: Int) async throws(KeyError) -> Duration {
        let input = algorithm.digest(of: Array("measured message".utf8))
        return try await key.token.module.pool.run(within: .seconds(600), doing: "measuring") { () throws(KeyError) in
            try key.token.withSession(doing: "measuring") { session throws(PKCS11Failure) in
                let object = try key.object(in: session)
                let start = ContinuousClock.now
                for _ in 0..<count { _ = try session.sign(input, key: object, mechanism.type) }
                return .now - start
            }
        }
    }
}

/// A key on a token that agrees on secrets.
public struct PKCS11AgreementKey: AgreementKey {
    let key: TokenKey
    let timeout: Duration

    public var publicKey: PublicKey { key.publicKey }

    /// Agrees by `CKM_ECDH1_DERIVE`.
    ///
    /// - Throws: ``KeyError`` with `operationFailed` for a peer key off the curve, which never reaches the token;
    ///   `tokenUnavailable`, `tokenMisbehaved`, `unsupported`.
    public func agree(with peer: PublicKey) async throws(KeyError) -> SecretBytes {
        guard peer.algorithm == publicKey.algorithm else {
            throw KeyError(
                .unsupported,
                "A \(publicKey.algorithm.rawValue) key cannot agree with a \(peer.algorithm.rawValue) key.")
        }
        let length = publicKey.algorithm == .p256 ? 32 : 66
        return try await key.token.module.pool.run(within: timeout, doing: "agreeing") { [self] () throws(KeyError) in
            guard peer.isOnCurve else {
                throw KeyError(.operationFailed, "The peer's public key is not a point of the curve.")
            }
            return try key.token.withSession(doing: "agreeing with '\(key.label)' by CKM_ECDH1_DERIVE") {
                session throws(PKCS11Failure) in
                try key.withObject(in: session) { object throws(PKCS11Failure) in
                    do throws(PKCS11Failure) {
                        return try session.derive(key: object, peer: peer.bytes, length: length)
                    } catch .call("C_DeriveKey", CKR_MECHANISM_PARAM_INVALID) {
                        // PKCS#11 2.40 section 2.3.10 wants the raw point; older tokens want it as an OCTET STRING.
                        let header: [UInt8] = peer.bytes.count < 0x80 ? [] : [0x81]
                        let wrapped = [0x04] + header + [UInt8(truncatingIfNeeded: peer.bytes.count)] + peer.bytes
                        return try session.derive(key: object, peer: wrapped, length: length)
                    }
                }
            }
        }
    }
}

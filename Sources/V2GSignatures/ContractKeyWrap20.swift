package import CryptoOpenSSL
internal import V2GCertificates
package import V2GKeys
package import V2GPrimitives
package import V2GX509

/// Contract keys on their way to the car, edition -20: ECDH on secp521r1 or X448, AES-256-GCM bound to car and contract.
///
/// A P-521 contract goes to a P-521 provisioning key, an Ed448 contract to an X448 key. Of an Ed448 key, 57 octets, the
/// field holds 56: the last octet has to be zero, which ``generateDeliverableEd448Key()`` sees to.
package enum ContractKeyWrap20 {
    /// What is delivered.
    package struct Blob: Sendable, Hashable {
        /// ``KeyAlgorithm/p521`` or ``KeyAlgorithm/x448``.
        package let curve: KeyAlgorithm
        /// 94 octets (P-521) or 84 (X448): IV, ciphertext, tag.
        package let encryptedKey: [UInt8]
        /// 133 octets.
        package let dhPublicKey: [UInt8]

        package init(curve: KeyAlgorithm, encryptedKey: [UInt8], dhPublicKey: [UInt8]) {
            self.curve = curve
            self.encryptedKey = encryptedKey
            self.dhPublicKey = dhPublicKey
        }
    }

    private static let dhPublicKeyLength = 133

    /// Wraps a key for one receiver, with a fresh ephemeral key and IV.
    ///
    /// - Parameters:
    ///   - scalar: The contract key: 66 octets (P-521), or 57 with a zero at the end (Ed448).
    ///   - receiver: The car's provisioning key, P-521 or X448.
    ///   - contract: The contract certificate.
    ///   - pcid: The name in the provisioning certificate.
    package static func wrap(
        scalar: SecretBytes, for receiver: PublicKey, contract: Certificate, pcid: PCID,
        options: Wrap20Options = Wrap20Options()
    ) throws(ProvisioningRefusal) -> Blob {
        guard receiver.algorithm == .p521 || receiver.algorithm == .x448 else { throw .badReceiver(receiver) }
        let ephemeral: SoftwareKey
        do {
            ephemeral = try SoftwareKey.generate(receiver.algorithm)
        } catch {
            throw ProvisioningRefusal(.cannotCompute, "No ephemeral key", error)
        }
        return try wrap(
            scalar: scalar, for: receiver, contract: contract, pcid: pcid, options: options, ephemeral: ephemeral,
            iv: SystemRandom.bytes(count: AES256GCM.ivLength))
    }

    /// The same with given randomness: for test vectors. Neither value may ever be used twice.
    package static func wrap(
        scalar: SecretBytes, for receiver: PublicKey, contract: Certificate, pcid: PCID, options: Wrap20Options,
        ephemeral: SoftwareKey, iv: [UInt8]
    ) throws(ProvisioningRefusal) -> Blob {
        let expected = try contractKind(for: receiver)
        guard contract.publicKey?.algorithm == expected, ephemeral.publicKey.algorithm == receiver.algorithm else {
            throw ProvisioningRefusal(
                .misconfigured,
                "A \(receiver.algorithm.rawValue) receiver takes contracts with \(expected.rawValue) "
                    + "keys. Issue the contract for that kind.")
        }
        let plaintext = try field(of: scalar, expected)
        let associated = try aad(contract, pcid, options)
        do {
            let key = sessionKey(try ephemeral.agree(with: receiver), options)
            return Blob(
                curve: receiver.algorithm,
                encryptedKey: iv + (try AES256GCM.seal(plaintext, key: key, iv: iv, aad: associated)),
                dhPublicKey: pad(ephemeral.publicKey, options))
        } catch {
            throw ProvisioningRefusal(.keyAgreementFailed, "The receiver's key is not usable", error)
        }
    }

    /// Unwraps a key and checks that it belongs to the contract.
    ///
    /// - Throws: ``ProvisioningRefusal`` with `unsupportedScheme`, `malformedField`, `keyAgreementFailed`,
    ///   `notDecryptable` or `keyMismatch`.
    package static func unwrap(
        _ blob: Blob, with receiver: any AgreementKey, contract: Certificate, pcid: PCID,
        options: Wrap20Options = Wrap20Options()
    ) async throws(ProvisioningRefusal) -> SecretBytes {
        let kind = receiver.publicKey.algorithm
        let expected = try contractKind(for: receiver.publicKey)
        guard blob.curve == kind else {
            throw ProvisioningRefusal(
                .unsupportedScheme, "The key is wrapped for \(blob.curve.rawValue), the car's key is \(kind.rawValue).")
        }
        guard let contractKey = contract.publicKey, contractKey.algorithm == expected else {
            throw ProvisioningRefusal(
                .badContractCertificate, "The contract's key is not \(expected.rawValue), which belongs to this scheme."
            )
        }
        let length = AES256GCM.ivLength + (expected == .p521 ? 66 : 56) + AES256GCM.tagLength
        guard blob.encryptedKey.count == length, let sender = unpad(blob.dhPublicKey, kind, options) else {
            throw ProvisioningRefusal(
                .malformedField,
                "The encrypted key has \(blob.encryptedKey.count) octets of \(length), or DHPublicKey "
                    + "is no \(kind.rawValue) key in 133 octets.")
        }
        let associated = try aad(contract, pcid, options)
        let shared: SecretBytes
        do {
            shared = try await receiver.agree(with: sender)
        } catch {
            throw ProvisioningRefusal(.keyAgreementFailed, "Agreeing with the sender's key failed", error)
        }
        let opened: SecretBytes?
        do {
            opened = try AES256GCM.open(
                Array(blob.encryptedKey[AES256GCM.ivLength...]), key: sessionKey(shared, options),
                iv: Array(blob.encryptedKey[..<AES256GCM.ivLength]), aad: associated)
        } catch {
            throw ProvisioningRefusal(.cannotCompute, "The wrapped key cannot be read", error)
        }
        guard let opened else {
            throw ProvisioningRefusal(
                .notDecryptable,
                "The wrapped key is not authentic for this car and contract: it was changed, wrapped "
                    + "for another car, or sender and car disagree on Wrap20Options.")
        }
        let scalar = restored(opened, expected)
        guard privateScalarMatches(scalar, publicKey: contractKey) else { throw .keyMismatch }
        return scalar
    }

    /// An Ed448 key whose last octet is zero, so that the field of 56 octets holds it. Loses 8 of 456 bits.
    package static func generateDeliverableEd448Key() throws(ProvisioningRefusal) -> SoftwareKey {
        var octets = SystemRandom.bytes(count: 57)
        octets[56] = 0
        do {
            return try SoftwareKey(privateScalar: SecretBytes(taking: &octets), algorithm: .ed448)
        } catch {
            throw ProvisioningRefusal(.cannotCompute, "No Ed448 key", error)
        }
    }

    // MARK: Fields

    private static func contractKind(for receiver: PublicKey) throws(ProvisioningRefusal) -> KeyAlgorithm {
        switch receiver.algorithm {
        case .p521: return .p521
        case .x448: return .ed448
        case .p256, .ed448: throw .badReceiver(receiver)
        }
    }

    private static func field(of scalar: SecretBytes, _ kind: KeyAlgorithm) throws(ProvisioningRefusal) -> SecretBytes {
        guard scalar.count == kind.privateScalarLength else {
            throw ProvisioningRefusal(
                .malformedField, "A \(kind.rawValue) contract key has \(kind.privateScalarLength) octets.")
        }
        guard kind == .ed448 else { return scalar }
        var octets = scalar.copy()
        defer { octets.wipe() }
        guard octets.last == 0 else {
            throw ProvisioningRefusal(
                .malformedField,
                "Of an Ed448 key the field holds 56 octets, so the 57th must be zero. "
                    + "Make the contract key with generateDeliverableEd448Key().")
        }
        var first = Array(octets[..<56])
        return SecretBytes(taking: &first)
    }

    private static func restored(_ field: SecretBytes, _ kind: KeyAlgorithm) -> SecretBytes {
        guard kind == .ed448 else { return field }
        var octets = field.copy()
        defer { octets.wipe() }
        var whole = octets + [0]
        return SecretBytes(taking: &whole)
    }

    private static func sessionKey(_ shared: SecretBytes, _ options: Wrap20Options) -> SecretBytes {
        switch options.kdf {
        case .concatSHA512:
            KeyDerivation.concatenation(shared, hash: .sha512, otherInfo: KeyDerivation.otherInfo, count: 32)
        case .concatSHA512WithoutInfo:
            KeyDerivation.concatenation(shared, hash: .sha512, otherInfo: [], count: 32)
        case .concatSHA256:
            KeyDerivation.concatenation(shared, hash: .sha256, otherInfo: KeyDerivation.otherInfo, count: 32)
        case .hkdfSHA256: KeyDerivation.hkdfSHA256(shared, count: 32)
        }
    }

    private static func aad(
        _ contract: Certificate, _ pcid: PCID, _ options: Wrap20Options
    ) throws(ProvisioningRefusal) -> [UInt8] {
        let identifier: [UInt8]
        switch options.aad {
        case .none: return []
        case .pcidAndShortSKI:
            identifier = KeyIdentifierMethod.truncatedSHA1.identifier(of: contract.body.subjectPublicKeyInfo)
        case .pcidAndCertificateSKI:
            // A malformed extension is the same fault as a missing one.
            guard let found = try? contract.body.subjectKeyIdentifier() else {
                throw ProvisioningRefusal(
                    .badContractCertificate,
                    "The contract certificate has no subject key identifier to bind the key to.")
            }
            identifier = found
        }
        let digits = Array("0123456789ABCDEF".utf8)
        return Array(pcid.normalized.utf8) + identifier.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    private static func pad(_ key: PublicKey, _ options: Wrap20Options) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: max(0, dhPublicKeyLength - key.bytes.count))
        return options.x448Padding == .trailingZeros ? key.bytes + zeros : zeros + key.bytes
    }

    private static func unpad(_ field: [UInt8], _ kind: KeyAlgorithm, _ options: Wrap20Options) -> PublicKey? {
        guard field.count == dhPublicKeyLength else { return nil }
        let count = kind.publicKeyLength
        let isKeyFirst = options.x448Padding == .trailingZeros
        let padding = isKeyFirst ? field[count...] : field[..<(dhPublicKeyLength - count)]
        guard padding.allSatisfy({ $0 == 0 }) else { return nil }
        return PublicKey(
            algorithm: kind, bytes: Array(isKeyFirst ? field[..<count] : field[(dhPublicKeyLength - count)...]))
    }
}

extension ProvisioningRefusal {
    fileprivate static func badReceiver(_ key: PublicKey) -> ProvisioningRefusal {
        ProvisioningRefusal(
            .unsupportedScheme,
            "Edition -20 delivers keys to P-521 or X448 receivers, not \(key.algorithm.rawValue).")
    }
}

package import CryptoOpenSSL
package import V2GKeys
package import V2GPrimitives

/// Contract keys on their way to the car, edition -2 (ISO 15118-2 7.9.2.4.3): ECDH on secp256r1, a concatenation KDF
/// with SHA-256, AES-128-CBC without padding.
///
/// CBC protects against reading, not against changes: the CPS signature and the comparison of the key with the
/// certificate do that, so ``unwrap(encryptedKey:dhPublicKey:with:contract:)`` gives nothing out unchecked.
package enum ContractKeyWrap2 {
    /// IV and two blocks.
    package static let encryptedKeyLength = 48
    private static let ivLength = 16

    /// Wraps a key for one receiver, with a fresh ephemeral key and IV.
    ///
    /// - Parameters:
    ///   - scalar: The contract key, 32 octets, big endian.
    ///   - receiver: P-256: the OEM provisioning key, or on an update the key of the contract that is replaced.
    /// - Returns: `ContractSignatureEncryptedPrivateKey` (48 octets) and `DHpublickey` (65 octets).
    package static func wrap(
        scalar: SecretBytes, for receiver: PublicKey
    ) throws(ProvisioningRefusal) -> (encryptedKey: [UInt8], dhPublicKey: [UInt8]) {
        let ephemeral: SoftwareKey
        do {
            ephemeral = try SoftwareKey.generate(.p256)
        } catch {
            throw ProvisioningRefusal(.cannotCompute, "No ephemeral key", error)
        }
        return try wrap(
            scalar: scalar, for: receiver, ephemeral: ephemeral, iv: SystemRandom.bytes(count: ivLength))
    }

    /// The same with given randomness: for test vectors. Neither value may ever be used twice.
    package static func wrap(
        scalar: SecretBytes, for receiver: PublicKey, ephemeral: SoftwareKey, iv: [UInt8]
    ) throws(ProvisioningRefusal) -> (encryptedKey: [UInt8], dhPublicKey: [UInt8]) {
        guard receiver.algorithm == .p256, ephemeral.publicKey.algorithm == .p256 else {
            throw ProvisioningRefusal(
                .misconfigured, "Edition -2 delivers keys to P-256 receivers, not \(receiver.algorithm.rawValue).")
        }
        guard scalar.count == KeyAlgorithm.p256.privateScalarLength, iv.count == ivLength else {
            throw ProvisioningRefusal(
                .malformedField, "A contract key has 32 octets and an IV 16, not \(scalar.count) and \(iv.count).")
        }
        do {
            let key = wrappingKey(try ephemeral.agree(with: receiver))
            return (
                encryptedKey: iv + (try AES128CBC.encrypt(scalar, key: key, iv: iv)),
                dhPublicKey: ephemeral.publicKey.bytes
            )
        } catch {
            throw ProvisioningRefusal(.keyAgreementFailed, "The receiver's key is not usable", error)
        }
    }

    /// Unwraps a key and checks that it belongs to the contract [V2G2-823].
    ///
    /// - Parameters:
    ///   - receiver: The provisioning key, or on an update the key of the old contract.
    ///   - contract: The public key of the received contract certificate.
    /// - Throws: ``ProvisioningRefusal`` with `malformedField`, `keyAgreementFailed` or `keyMismatch`.
    package static func unwrap(
        encryptedKey: [UInt8], dhPublicKey: [UInt8], with receiver: any AgreementKey, contract: PublicKey
    ) async throws(ProvisioningRefusal) -> SecretBytes {
        guard receiver.publicKey.algorithm == .p256, contract.algorithm == .p256 else {
            throw ProvisioningRefusal(.misconfigured, "Edition -2 knows P-256 receivers and contracts only.")
        }
        guard encryptedKey.count == encryptedKeyLength,
            let sender = PublicKey(algorithm: .p256, bytes: dhPublicKey)
        else {
            throw ProvisioningRefusal(
                .malformedField,
                "The encrypted key has \(encryptedKey.count) octets and the DH key \(dhPublicKey.count), where 48 and "
                    + "an uncompressed point of 65 belong.")
        }
        let shared: SecretBytes
        do {
            shared = try await receiver.agree(with: sender)
        } catch {
            throw ProvisioningRefusal(.keyAgreementFailed, "Agreeing with the sender's key failed", error)
        }
        let scalar: SecretBytes
        do {
            scalar = try AES128CBC.decrypt(
                Array(encryptedKey[ivLength...]), key: wrappingKey(shared), iv: Array(encryptedKey[..<ivLength]))
        } catch {
            throw ProvisioningRefusal(.cannotCompute, "The wrapped key cannot be read", error)
        }
        guard privateScalarMatches(scalar, publicKey: contract) else { throw .keyMismatch }
        return scalar
    }

    private static func wrappingKey(_ shared: SecretBytes) -> SecretBytes {
        KeyDerivation.concatenation(shared, hash: .sha256, otherInfo: KeyDerivation.otherInfo, count: 16)
    }
}

extension ProvisioningRefusal {
    static var keyMismatch: ProvisioningRefusal {
        ProvisioningRefusal(
            .keyMismatch,
            "The delivered private key does not belong to the contract certificate. It was wrapped for another key, or "
                + "changed: request the contract again.")
    }
}

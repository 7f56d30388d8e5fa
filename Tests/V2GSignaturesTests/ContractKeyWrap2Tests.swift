import CryptoOpenSSL
import Testing
import V2GKeys
import V2GPrimitives
import V2GSignatures

@Suite struct ContractKeyWrap2Tests {
    private func key(_ octet: UInt8) throws -> SoftwareKey {
        try SoftwareKey(
            privateScalar: SecretBytes(copying: [UInt8](repeating: octet, count: 32)), algorithm: .p256)
    }

    /// Published with the facts about the protocol; Josev's unwrapping was run on it.
    @Test func thePublishedVectorIsReproduced() async throws {
        let receiver = try key(0x11)
        let scalar = SecretBytes(copying: [UInt8](repeating: 0x33, count: 32))
        let wrapped = try ContractKeyWrap2.wrap(
            scalar: scalar, for: receiver.publicKey, ephemeral: try key(0x22), iv: SignedSample.octets(16))
        #expect(
            receiver.publicKey.bytes
                == hex(
                    """
                    04 0217e617f0b6443928278f96999e69a23a4f2c152bdf6d6cdf66e5b80282d4ed
                    194a7debcb97712d2dda3ca85aa8765a56f45fc758599652f2897c65306e5794
                    """))
        #expect(
            wrapped.dhPublicKey
                == hex(
                    """
                    04 d65a93977caa3d1b081852ff57a79e465f1660577304baead505dd3a48589cf3
                    50185e895372df6221ea3a137557e473fddb6755f05bd507c3c533fce9c91285
                    """))
        #expect(
            wrapped.encryptedKey
                == hex(
                    """
                    000102030405060708090a0b0c0d0e0f
                    f418f69bd6f0497a0e55fcca0d8dd0ad9b69c89071ce6f2efbbde7fed706d155
                    """))
        let unwrapped = try await ContractKeyWrap2.unwrap(
            encryptedKey: wrapped.encryptedKey, dhPublicKey: wrapped.dhPublicKey, with: receiver,
            contract: try key(0x33).publicKey)
        #expect(unwrapped.isEqual(to: scalar))
    }

    @Test func everyWrappingIsAnother() throws {
        let receiver = try key(0x11).publicKey
        let scalar = SecretBytes(copying: [UInt8](repeating: 0x33, count: 32))
        let first = try ContractKeyWrap2.wrap(scalar: scalar, for: receiver)
        let second = try ContractKeyWrap2.wrap(scalar: scalar, for: receiver)
        #expect(first.dhPublicKey != second.dhPublicKey)
        #expect(first.encryptedKey.prefix(16) != second.encryptedKey.prefix(16))
    }

    /// CBC hides changes; the comparison with the certificate shows them.
    @Test func anyBitChangedIsRefused() async throws {
        let receiver = try key(0x11)
        let contract = try key(0x33).publicKey
        let wrapped = try ContractKeyWrap2.wrap(
            scalar: SecretBytes(copying: [UInt8](repeating: 0x33, count: 32)), for: receiver.publicKey)
        for bit in 0..<(48 * 8) {
            var octets = wrapped.encryptedKey
            octets[bit / 8] ^= 1 << UInt8(bit % 8)
            let code = await unwrapCode(octets, wrapped.dhPublicKey, receiver, contract)
            #expect(code == .keyMismatch, "bit \(bit)")
        }
        for bit in 0..<(65 * 8) {
            var octets = wrapped.dhPublicKey
            octets[bit / 8] ^= 1 << UInt8(bit % 8)
            let code = await unwrapCode(wrapped.encryptedKey, octets, receiver, contract)
            #expect(code == .malformedField || code == .keyAgreementFailed, "bit \(bit)")
        }
    }

    @Test func anotherReceiverOrContractIsRefused() async throws {
        let receiver = try key(0x11)
        let contract = try key(0x33).publicKey
        let wrapped = try ContractKeyWrap2.wrap(
            scalar: SecretBytes(copying: [UInt8](repeating: 0x33, count: 32)), for: receiver.publicKey)
        #expect(await unwrapCode(wrapped.encryptedKey, wrapped.dhPublicKey, receiver, contract) == nil)
        #expect(await unwrapCode(wrapped.encryptedKey, wrapped.dhPublicKey, try key(0x12), contract) == .keyMismatch)
        let other = try key(0x34).publicKey
        #expect(await unwrapCode(wrapped.encryptedKey, wrapped.dhPublicKey, receiver, other) == .keyMismatch)
    }

    @Test func wrongLengthsAndCurvesAreRefused() async throws {
        let receiver = try key(0x11)
        let contract = try key(0x33).publicKey
        let wrapped = try ContractKeyWrap2.wrap(
            scalar: SecretBytes(copying: [UInt8](repeating: 0x33, count: 32)), for: receiver.publicKey)
        for count in [0, 16, 32, 47] {
            let code = await unwrapCode(
                Array(wrapped.encryptedKey.prefix(count)), wrapped.dhPublicKey, receiver, contract)
            #expect(code == .malformedField)
        }
        #expect(
            await unwrapCode(wrapped.encryptedKey, Array(wrapped.dhPublicKey.prefix(64)), receiver, contract)
                == .malformedField)
        #expect(await unwrapCode(wrapped.encryptedKey, [], receiver, contract) == .malformedField)
        let p521 = try SoftwareKey.generate(.p521)
        #expect(await unwrapCode(wrapped.encryptedKey, wrapped.dhPublicKey, p521, contract) == .misconfigured)
        #expect(throws: ProvisioningRefusal.self) {
            _ = try ContractKeyWrap2.wrap(scalar: SecretBytes(copying: [1]), for: receiver.publicKey)
        }
        #expect(throws: ProvisioningRefusal.self) {
            _ = try ContractKeyWrap2.wrap(
                scalar: SecretBytes(copying: [UInt8](repeating: 0x33, count: 32)), for: p521.publicKey)
        }
    }

    /// 0 < d < n: numbers out of range are not equal to any key, whatever they are modulo n.
    @Test func scalarsOutOfRangeAreRefused() async throws {
        let receiver = try key(0x11)
        let one = try SoftwareKey(
            privateScalar: SecretBytes(copying: [UInt8](repeating: 0, count: 31) + [1]), algorithm: .p256)
        let orderAndOne = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552")
        for scalar in [orderAndOne, [UInt8](repeating: 0, count: 32), [UInt8](repeating: 0xff, count: 32)] {
            let wrapped = try ContractKeyWrap2.wrap(scalar: SecretBytes(copying: scalar), for: receiver.publicKey)
            let code = await unwrapCode(wrapped.encryptedKey, wrapped.dhPublicKey, receiver, one.publicKey)
            #expect(code == .keyMismatch)
        }
    }

    private func unwrapCode(
        _ encrypted: [UInt8], _ dh: [UInt8], _ receiver: SoftwareKey, _ contract: PublicKey
    ) async -> ProvisioningRefusal.Code? {
        do throws(ProvisioningRefusal) {
            _ = try await ContractKeyWrap2.unwrap(
                encryptedKey: encrypted, dhPublicKey: dh, with: receiver, contract: contract)
            return nil
        } catch {
            return error.code
        }
    }
}

import CryptoOpenSSL
import Testing
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GSignatures
import V2GTestSupport
import V2GX509

@Suite struct ContractKeyWrap20Tests {
    /// A car, and a contract that can be delivered to it.
    struct Delivery: Sendable {
        let receiver: SoftwareKey
        let scalar: SecretBytes
        let contract: Certificate

        init(_ receiver: KeyAlgorithm, contract algorithm: KeyAlgorithm) throws {
            let key =
                algorithm == .ed448
                ? try ContractKeyWrap20.generateDeliverableEd448Key() : try SoftwareKey.generate(algorithm)
            self.receiver = try SoftwareKey.generate(receiver)
            scalar = try key.exportPrivateScalar()
            contract = try ChainFixture(.iso20).issue(.contract, key: key).certificate
        }

        static func both() throws -> [Delivery] {
            [try Delivery(.p521, contract: .p521), try Delivery(.x448, contract: .ed448)]
        }
    }

    let pcid: PCID

    init() throws {
        pcid = try #require(PCID("WMIV1234567890ABCD"))
    }

    private var variants: [Wrap20Options] {
        Wrap20Options.KDF.allCases.flatMap { kdf in
            Wrap20Options.AAD.allCases.flatMap { aad in
                Wrap20Options.X448Padding.allCases.map { Wrap20Options(kdf: kdf, aad: aad, x448Padding: $0) }
            }
        }
    }

    @Test func keysArriveUnderEveryOption() async throws {
        for delivery in try Delivery.both() {
            for options in variants {
                let blob = try ContractKeyWrap20.wrap(
                    scalar: delivery.scalar, for: delivery.receiver.publicKey, contract: delivery.contract, pcid: pcid,
                    options: options)
                #expect(blob.encryptedKey.count == (blob.curve == .p521 ? 94 : 84))
                #expect(blob.dhPublicKey.count == 133)
                let scalar = try await ContractKeyWrap20.unwrap(
                    blob, with: delivery.receiver, contract: delivery.contract, pcid: pcid, options: options)
                #expect(scalar.isEqual(to: delivery.scalar))
            }
        }
    }

    @Test func optionsAreNotInterchangeable() async throws {
        for delivery in try Delivery.both() {
            for options in variants {
                let blob = try ContractKeyWrap20.wrap(
                    scalar: delivery.scalar, for: delivery.receiver.publicKey, contract: delivery.contract, pcid: pcid,
                    options: options)
                let other = Wrap20Options(
                    kdf: options.kdf == .concatSHA512 ? .hkdfSHA256 : .concatSHA512, aad: options.aad,
                    x448Padding: options.x448Padding)
                #expect(await code(blob, delivery, options: other) == .notDecryptable)
            }
        }
    }

    @Test func anyBitChangedIsRefused() async throws {
        for delivery in try Delivery.both() {
            let blob = try ContractKeyWrap20.wrap(
                scalar: delivery.scalar, for: delivery.receiver.publicKey, contract: delivery.contract, pcid: pcid)
            #expect(await code(blob, delivery) == nil)
            for bit in 0..<(blob.encryptedKey.count * 8) {
                var octets = blob.encryptedKey
                octets[bit / 8] ^= 1 << UInt8(bit % 8)
                let changed = ContractKeyWrap20.Blob(
                    curve: blob.curve, encryptedKey: octets, dhPublicKey: blob.dhPublicKey)
                #expect(await code(changed, delivery) == .notDecryptable, "bit \(bit)")
            }
            for bit in stride(from: 0, to: 133 * 8, by: 5) {
                var octets = blob.dhPublicKey
                octets[bit / 8] ^= 1 << UInt8(bit % 8)
                let changed = ContractKeyWrap20.Blob(
                    curve: blob.curve, encryptedKey: blob.encryptedKey, dhPublicKey: octets)
                #expect(await code(changed, delivery) != nil, "bit \(bit)")
            }
        }
    }

    @Test("[X_SECC_-20_CertificateInstallation_006] a key is bound to car and contract")
    func aKeyIsBoundToCarAndContract() async throws {
        let other = try #require(PCID("WMIV1234567890ABCX"))
        for delivery in try Delivery.both() {
            let blob = try ContractKeyWrap20.wrap(
                scalar: delivery.scalar, for: delivery.receiver.publicKey, contract: delivery.contract, pcid: pcid)
            #expect(await code(blob, delivery, pcid: other) == .notDecryptable)
            let another = try Delivery(
                delivery.receiver.algorithm, contract: delivery.contract.publicKey?.algorithm ?? .p521)
            #expect(await code(blob, delivery, contract: another.contract) == .notDecryptable)
            #expect(await code(blob, another, contract: delivery.contract) == .notDecryptable)
            // Without AAD only the comparison with the certificate is left, and suffices.
            let bare = Wrap20Options(aad: .none)
            let unbound = try ContractKeyWrap20.wrap(
                scalar: delivery.scalar, for: delivery.receiver.publicKey, contract: delivery.contract, pcid: pcid,
                options: bare)
            #expect(await code(unbound, delivery, contract: another.contract, options: bare) == .keyMismatch)
        }
    }

    @Test func otherCurvesAndLengthsAreRefused() async throws {
        let deliveries = try Delivery.both()
        let blob = try ContractKeyWrap20.wrap(
            scalar: deliveries[0].scalar, for: deliveries[0].receiver.publicKey, contract: deliveries[0].contract,
            pcid: pcid)
        #expect(await code(blob, deliveries[1]) == .unsupportedScheme)
        let short = ContractKeyWrap20.Blob(
            curve: .p521, encryptedKey: Array(blob.encryptedKey.dropLast()), dhPublicKey: blob.dhPublicKey)
        #expect(await code(short, deliveries[0]) == .malformedField)
        let shortKey = ContractKeyWrap20.Blob(
            curve: .p521, encryptedKey: blob.encryptedKey, dhPublicKey: Array(blob.dhPublicKey.dropLast()))
        #expect(await code(shortKey, deliveries[0]) == .malformedField)
        let p256 = try SoftwareKey.generate(.p256)
        #expect(throws: ProvisioningRefusal.self) {
            _ = try ContractKeyWrap20.wrap(
                scalar: deliveries[0].scalar, for: p256.publicKey, contract: deliveries[0].contract, pcid: pcid)
        }
        #expect(throws: ProvisioningRefusal.self) {
            _ = try ContractKeyWrap20.wrap(
                scalar: deliveries[0].scalar, for: deliveries[1].receiver.publicKey, contract: deliveries[0].contract,
                pcid: pcid)
        }
    }

    @Test func anEd448KeyThatDoesNotFitIsNotCutSilently() throws {
        let receiver = try SoftwareKey.generate(.x448).publicKey
        var octets = SignedSample.octets(57, from: 1)
        octets[56] = 1
        let key = try SoftwareKey(privateScalar: SecretBytes(copying: octets), algorithm: .ed448)
        let contract = try ChainFixture(.iso20).issue(.contract, key: key).certificate
        #expect(throws: ProvisioningRefusal.self) {
            _ = try ContractKeyWrap20.wrap(
                scalar: try key.exportPrivateScalar(), for: receiver, contract: contract, pcid: pcid)
        }
    }

    private func code(
        _ blob: ContractKeyWrap20.Blob, _ delivery: Delivery, contract: Certificate? = nil, pcid: PCID? = nil,
        options: Wrap20Options = Wrap20Options()
    ) async -> ProvisioningRefusal.Code? {
        do throws(ProvisioningRefusal) {
            _ = try await ContractKeyWrap20.unwrap(
                blob, with: delivery.receiver, contract: contract ?? delivery.contract, pcid: pcid ?? self.pcid,
                options: options)
            return nil
        } catch {
            return error.code
        }
    }
}

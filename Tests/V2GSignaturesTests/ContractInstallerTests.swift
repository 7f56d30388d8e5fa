import CryptoOpenSSL
import EXICodec
import SchemaTypes
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSignatures
import V2GTestSupport
import V2GX509

/// A provisioning service, a contract and a car of one edition.
private struct Delivery {
    let edition: Edition
    let now: Timestamp
    let contract: [Issued]
    let cps: [Issued]
    let car: SoftwareKey
    let pcid: PCID

    init(_ edition: Edition) throws {
        let fixture = ChainFixture(edition)
        self.edition = edition
        now = fixture.now
        contract = try fixture.chain(.contract)
        cps = try fixture.chain(.cps)
        car = try SoftwareKey.generate(edition.defaultKeyAlgorithm)
        pcid = try #require(PCID("WMIV1234567890ABCD"))
    }

    var chain: [[UInt8]] { contract.sent.map(\.der) }
    var cpsChain: [[UInt8]] { cps.sent.map(\.der) }
    var scalar: SecretBytes { get throws { try contract[0].key.exportPrivateScalar() } }

    func policy(trusting anchors: AnchorStore? = nil, role: Role = .cps) -> InstallationPolicy {
        var settings = ChainVerifier.Settings()
        settings.revocation.leaf = .ignored
        settings.revocation.subCAs = .ignored
        return InstallationPolicy(
            provisioningVerifier: ChainVerifier(
                role: role, edition: edition, anchors: anchors ?? cps.anchors, settings: settings),
            contractVerifier: ChainVerifier(
                role: .contract, edition: edition, anchors: contract.anchors, settings: settings),
            signatures: MessageSignatureVerifier(profile: SignatureProfile(edition: edition)))
    }

    func emaid() throws -> EMAID { try #require(contract[0].certificate.subject.commonName.flatMap { EMAID($0) }) }
}

@Suite struct ContractInstaller2Tests {
    private let delivery: Delivery

    init() throws { delivery = try Delivery(.iso2) }

    private func made() async throws -> (response: ISO2.CertificateInstallationRes, signature: XMLDSig.Signature) {
        try await ContractInstaller2.makeResponse(
            WrappedContract2(
                wrapping: try delivery.scalar, of: delivery.chain, for: delivery.car.publicKey),
            cpsChain: delivery.cpsChain, cpsKey: delivery.cps[0].key)
    }

    private func code(
        _ response: ISO2.CertificateInstallationRes, _ signature: XMLDSig.Signature?,
        policy: InstallationPolicy? = nil, car: SoftwareKey? = nil
    ) async -> ProvisioningRefusal.Code? {
        do throws(ProvisioningRefusal) {
            _ = try await ContractInstaller2.accept(
                response, signature: signature, policy: policy ?? delivery.policy(), at: delivery.now,
                oemKey: car ?? delivery.car)
            return nil
        } catch {
            return error.code
        }
    }

    @Test("[X_SECC_-2_CertificateInstallation_002] a contract arrives through the wire")
    func aContractArrivesThroughTheWire() async throws {
        let (response, signature) = try await made()
        let message = ISO2.V2GMessage(
            header: ISO2.MessageHeader(sessionID: try ISO2.SessionID(SignedSample.octets(8)), signature: signature),
            body: ISO2.Body(bodyElement: .certificateInstallationRes(response)))
        let octets = try ISO2.Element.v2gMessage(message).encodedDocument()
        guard case .v2gMessage(let received) = try ISO2.Element(decodingDocument: octets.span),
            case .certificateInstallationRes(let answer)? = received.body.bodyElement
        else {
            Issue.record("another message")
            return
        }
        let installed = try await ContractInstaller2.accept(
            answer, signature: received.header.signature, policy: delivery.policy(), at: delivery.now,
            oemKey: delivery.car)
        #expect(installed.chain == delivery.chain)
        #expect(installed.scalar.isEqual(to: try delivery.scalar))
        #expect(installed.emaid.namesSameContract(as: try delivery.emaid()))
        #expect(installed.signature.ids.sorted() == ["id1", "id2", "id3", "id4"])
        #expect(installed.provisioningService.leaf == delivery.cps[0].certificate)
    }

    @Test func anUpdateArrivesUnderTheOldKey() async throws {
        let (response, signature) = try await ContractInstaller2.makeUpdateResponse(
            WrappedContract2(wrapping: try delivery.scalar, of: delivery.chain, for: delivery.car.publicKey),
            cpsChain: delivery.cpsChain, cpsKey: delivery.cps[0].key)
        let installed = try await ContractInstaller2.acceptUpdate(
            response, signature: signature, policy: delivery.policy(), at: delivery.now, oldKey: delivery.car,
            emaid: try delivery.emaid())
        #expect(installed.scalar.isEqual(to: try delivery.scalar))
        let other = try #require(EMAID("NLTNM000122045U"))
        await #expect(throws: ProvisioningRefusal.self) {
            _ = try await ContractInstaller2.acceptUpdate(
                response, signature: signature, policy: delivery.policy(), at: delivery.now, oldKey: delivery.car,
                emaid: other)
        }
    }

    /// threats.md 32: each field of the four signed elements.
    @Test func aChangeInAnySignedElementIsRefused() async throws {
        let (response, signature) = try await made()
        #expect(await code(response, signature) == nil)
        let other = try await made().response
        var changes: [(String, ISO2.CertificateInstallationRes)] = []
        func change(_ name: String, _ body: (inout ISO2.CertificateInstallationRes) throws -> Void) rethrows {
            var changed = response
            try body(&changed)
            changes.append((name, changed))
        }
        for index in 0..<48 {
            try change("encrypted key, octet \(index)") {
                var octets = $0.contractSignatureEncryptedPrivateKey.value.octets
                octets[index] ^= 1
                $0.contractSignatureEncryptedPrivateKey.value = try ISO2.PrivateKey(octets)
            }
        }
        for index in 0..<65 {
            try change("DH key, octet \(index)") {
                var octets = $0.dhPublicKey.value.octets
                octets[index] ^= 1
                $0.dhPublicKey.value = try ISO2.DHpublickey(octets)
            }
        }
        let leaf = response.contractSignatureCertChain.certificate.octets
        for index in stride(from: 0, to: leaf.count, by: 7) {
            try change("contract, octet \(index)") {
                var octets = leaf
                octets[index] ^= 1
                $0.contractSignatureCertChain.certificate = try ISO2.Certificate(octets)
            }
        }
        change("sub-CAs") { $0.contractSignatureCertChain.subCertificates = nil }
        try change("eMAID") { $0.emaid.value = try ISO2.EMAIDString("NLTNM000122045U") }
        try change("Id") { $0.emaid.id = try XMLID("id9") }
        change("key of another answer") {
            $0.contractSignatureEncryptedPrivateKey = other.contractSignatureEncryptedPrivateKey
        }
        change("DH key of another answer") { $0.dhPublicKey = other.dhPublicKey }
        for (name, changed) in changes {
            #expect(await code(changed, signature) == .signatureRefused, "\(name)")
        }
    }

    @Test func aMissingSignatureIsRefused() async throws {
        #expect(await code(try await made().response, nil) == .signatureRefused)
    }

    @Test func theSignersChainMustBeTrustedAndOfItsRole() async throws {
        let (response, signature) = try await made()
        let stranger = try Delivery(.iso2)
        #expect(
            await code(response, signature, policy: delivery.policy(trusting: stranger.cps.anchors)) == .chainRefused)
        #expect(await code(response, signature, policy: delivery.policy(role: .secc)) == .misconfigured)
        // A contract's key, or a station's, signs as well as any; its certificate is not DC=CPS.
        let station = try ChainFixture(.iso2).chain(.secc, from: delivery.cps.last)
        let (forged, forgedSignature) = try await ContractInstaller2.makeResponse(
            WrappedContract2(wrapping: try delivery.scalar, of: delivery.chain, for: delivery.car.publicKey),
            cpsChain: station.sent.map(\.der), cpsKey: station[0].key)
        #expect(await code(forged, forgedSignature) == .chainRefused)
    }

    @Test func aSwappedSignerIsRefused() async throws {
        let (response, _) = try await made()
        let other = try ChainFixture(.iso2).chain(.cps, from: delivery.cps.last)
        let (_, signature) = try await ContractInstaller2.makeResponse(
            WrappedContract2(wrapping: try delivery.scalar, of: delivery.chain, for: delivery.car.publicKey),
            cpsChain: other.sent.map(\.der), cpsKey: other[0].key)
        #expect(await code(response, signature) == .signatureRefused)
    }

    @Test func aFailedAnswerGivesNoContract() async throws {
        var (response, signature) = try await made()
        response.responseCode = .failedNoCertificateAvailable
        #expect(await code(response, signature) == .notAnOKAnswer)
    }

    @Test func placeholdersAreReadableAndRefused() async throws {
        let failed = try ContractInstaller2.failedResponse(.failedNoCertificateAvailable)
        let octets = try ISO2.Element.certificateInstallationRes(failed).encodedDocument()
        let again = try ISO2.Element(decodingDocument: octets.span)
        #expect(again == .certificateInstallationRes(failed))
        #expect(await code(failed, nil) == .notAnOKAnswer)
        let update = try ContractInstaller2.failedUpdateResponse(.failed, retryCounter: 1)
        #expect(update.retryCounter == 1)
        // Even if somebody called it a success.
        #expect(await code(try ContractInstaller2.failedResponse(.ok), nil) == .chainRefused)
    }

    @Test func aKeyForAnotherCarIsRefused() async throws {
        let (response, signature) = try await made()
        #expect(await code(response, signature, car: try SoftwareKey.generate(.p256)) == .keyMismatch)
    }

    @Test func aKeyThatIsNotTheContractsIsNeitherSentNorAccepted() async throws {
        let stray = try SoftwareKey.generate(.p256)
        #expect(throws: ProvisioningRefusal.self) {
            _ = try WrappedContract2(
                wrapping: try stray.exportPrivateScalar(), of: delivery.chain, for: delivery.car.publicKey)
        }
        let wrapped = try ContractKeyWrap2.wrap(
            scalar: try stray.exportPrivateScalar(), for: delivery.car.publicKey)
        let (response, signature) = try await ContractInstaller2.makeResponse(
            WrappedContract2(
                chain: delivery.chain, encryptedKey: wrapped.encryptedKey, dhPublicKey: wrapped.dhPublicKey,
                emaid: try delivery.emaid()),
            cpsChain: delivery.cpsChain, cpsKey: delivery.cps[0].key)
        #expect(await code(response, signature) == .keyMismatch)
    }

    @Test func anEMAIDThatIsNotTheContractsIsNeitherSentNorAccepted() async throws {
        let other = try #require(EMAID("NLTNM000122045U"))
        var (response, _) = try await made()
        await #expect(throws: ProvisioningRefusal.self) {
            _ = try await ContractInstaller2.makeResponse(
                WrappedContract2(
                    chain: delivery.chain,
                    encryptedKey: response.contractSignatureEncryptedPrivateKey.value.octets,
                    dhPublicKey: response.dhPublicKey.value.octets, emaid: other),
                cpsChain: delivery.cpsChain, cpsKey: delivery.cps[0].key)
        }
        response.emaid.value = try ISO2.EMAIDString(other.normalized)
        let signature = try await PendingSignature.signature(
            over: try SignableElement.elements(of: response), by: delivery.cps[0].key,
            profile: SignatureProfile(edition: .iso2))
        #expect(await code(response, signature) == .wrongEMAID)
    }
}

@Suite struct ContractInstaller20Tests {
    private let delivery: Delivery

    init() throws { delivery = try Delivery(.iso20) }

    private func made(remaining: UInt8 = 0) async throws -> ISO20Common.CertificateInstallationRes {
        try await ContractInstaller20.makeResponse(
            WrappedContract20(
                wrapping: try delivery.scalar, of: delivery.chain, for: delivery.car.publicKey, pcid: delivery.pcid),
            header: ISO20.MessageHeader(
                sessionID: try ISO20.SessionID(SignedSample.octets(8)), timeStamp: 1_700_000_000),
            remaining: remaining, cpsChain: delivery.cpsChain, cpsKey: delivery.cps[0].key)
    }

    private func code(
        _ response: ISO20Common.CertificateInstallationRes, policy: InstallationPolicy? = nil, car: SoftwareKey? = nil,
        pcid: PCID? = nil
    ) async -> ProvisioningRefusal.Code? {
        do throws(ProvisioningRefusal) {
            _ = try await ContractInstaller20.accept(
                response, policy: policy ?? delivery.policy(), at: delivery.now, oemKey: car ?? delivery.car,
                pcid: pcid ?? delivery.pcid)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func contractsArriveOneByOneThroughTheWire() async throws {
        for remaining in [UInt8(1), 0] {
            let response = try await made(remaining: remaining)
            let octets = try ISO20Common.Element.certificateInstallationRes(response).encodedDocument()
            guard
                case .certificateInstallationRes(let answer) = try ISO20Common.Element(decodingDocument: octets.span)
            else {
                Issue.record("another message")
                return
            }
            #expect(answer.remainingContractCertificateChains == remaining)
            let installed = try await ContractInstaller20.accept(
                answer, policy: delivery.policy(), at: delivery.now, oemKey: delivery.car, pcid: delivery.pcid)
            #expect(installed.chain == delivery.chain)
            #expect(installed.scalar.isEqual(to: try delivery.scalar))
            #expect(installed.emaid.namesSameContract(as: try delivery.emaid()))
        }
    }

    @Test func aChangeInTheSignedDataIsRefused() async throws {
        let response = try await made()
        #expect(await code(response) == nil)
        let octets = try ISO20Common.Element.signedInstallationData(response.signedInstallationData).encodedFragment()
        var mutants = 0
        for bit in stride(from: 8, to: octets.count * 8, by: 37) {
            var changed = octets
            changed[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            guard
                case .signedInstallationData(let data)? = try? ISO20Common.Element(decodingFragment: changed.span),
                data != response.signedInstallationData
            else { continue }
            mutants += 1
            var mutant = response
            mutant.signedInstallationData = data
            #expect(await code(mutant) == .signatureRefused, "bit \(bit)")
        }
        #expect(mutants > 100)
    }

    @Test func aSignatureMissingOrOfAStrangerIsRefused() async throws {
        var response = try await made()
        let stranger = try Delivery(.iso20)
        #expect(await code(response, policy: delivery.policy(trusting: stranger.cps.anchors)) == .chainRefused)
        response.header.signature = nil
        #expect(await code(response) == .signatureRefused)
    }

    @Test func ongoingAndFailedAnswersGiveNoContract() async throws {
        var response = try await made()
        response.evseProcessing = .ongoing
        #expect(await code(response) == .notAnOKAnswer)
        response.evseProcessing = .finished
        response.responseCode = .failed
        #expect(await code(response) == .notAnOKAnswer)
    }

    @Test func placeholdersAreReadableAndRefused() async throws {
        let header = ISO20.MessageHeader(
            sessionID: try ISO20.SessionID(SignedSample.octets(8)), timeStamp: 1_700_000_000)
        let ongoing = try ContractInstaller20.placeholderResponse(.ok, processing: .ongoing, header: header)
        let octets = try ISO20Common.Element.certificateInstallationRes(ongoing).encodedDocument()
        let again = try ISO20Common.Element(decodingDocument: octets.span)
        #expect(again == .certificateInstallationRes(ongoing))
        #expect(await code(ongoing) == .notAnOKAnswer)
        let finished = try ContractInstaller20.placeholderResponse(.ok, processing: .finished, header: header)
        #expect(await code(finished) == .chainRefused)
    }

    @Test func aKeyForAnotherCarIsRefused() async throws {
        let response = try await made()
        #expect(await code(response, car: try SoftwareKey.generate(.p521)) == .notDecryptable)
        let other = try #require(PCID("WMIV1234567890ABCX"))
        #expect(await code(response, pcid: other) == .notDecryptable)
        #expect(await code(response, car: try SoftwareKey.generate(.x448)) == .unsupportedScheme)
    }

    @Test func aTPMsKeyIsRefusedAndNotGuessed() async throws {
        var response = try await made()
        response.signedInstallationData.encryptedPrivateKey = .tpmEncryptedPrivateKey(
            try ISO20Common.TpmEncryptedPrivateKey([UInt8](repeating: 1, count: 206)))
        response.header.signature = try await PendingSignature.signature(
            over: [try .signedInstallationData(response.signedInstallationData)], by: delivery.cps[0].key,
            profile: SignatureProfile(edition: .iso20))
        #expect(await code(response) == .unsupportedScheme)
    }

    @Test func anEd448ContractArrivesUnderX448() async throws {
        let fixture = ChainFixture(.iso20)
        let key = try ContractKeyWrap20.generateDeliverableEd448Key()
        let leaf = try fixture.issue(.contract, by: delivery.contract[1], key: key)
        let car = try SoftwareKey.generate(.x448)
        let response = try await ContractInstaller20.makeResponse(
            WrappedContract20(
                wrapping: try key.exportPrivateScalar(), of: [leaf.certificate.der] + delivery.chain.dropFirst(),
                for: car.publicKey, pcid: delivery.pcid),
            header: ISO20.MessageHeader(
                sessionID: try ISO20.SessionID(SignedSample.octets(8)), timeStamp: 1_700_000_000),
            cpsChain: delivery.cpsChain, cpsKey: delivery.cps[0].key)
        let installed = try await ContractInstaller20.accept(
            response, policy: delivery.policy(), at: delivery.now, oemKey: car, pcid: delivery.pcid)
        #expect(installed.scalar.isEqual(to: try key.exportPrivateScalar()))
    }
}

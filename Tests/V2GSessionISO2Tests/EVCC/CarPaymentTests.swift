import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GKeys
import V2GCertificates
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport
import V2GX509

/// How the car pays: choice, installation and update of contracts.
@Suite struct CarPaymentTests {
    private func selection(_ bench: CarBench) throws -> ISO2.PaymentServiceSelectionReq {
        let requests = bench.sent.compactMap { message -> ISO2.PaymentServiceSelectionReq? in
            if case .paymentServiceSelectionReq(let request) = message.body.bodyElement { request } else { nil }
        }
        return try #require(requests.first)
    }

    @Test func withoutTLSTheCarPaysByOtherMeansAndShowsNoContract() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, security: .plain)
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(try selection(bench).selectedPaymentOption == .externalPayment)
        #expect(!bench.requests.contains(.paymentDetails))
    }

    @Test("[X_EVCC_-2_TLS_011] a contract alone and no TLS: the car ends and sends no certificate")
    func withoutTLSAContractEndsTheSession() async throws {
        var bench = try CarBench(try await CarPKI.shared.value, security: .plain) {
            $0.authorization = [.plugAndCharge]
        }
        try bench.run()
        bench.expectSafeEnd(.refused)
        #expect(bench.requests == [.sessionSetup, .serviceDiscovery, .sessionStop])
        #expect(bench.end?.reason.contains("TLS") == true)
    }

    @Test func theCarsOrderOfPaymentDecides() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.authorization = [.external, .plugAndCharge] }
        try bench.run(to: .paymentServiceSelection)
        #expect(try selection(bench).selectedPaymentOption == .externalPayment)
    }

    @Test func whatTheStationDoesNotOfferIsNotChosen() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.options = [.externalPayment]
        try bench.run(to: .paymentServiceSelection)
        #expect(try selection(bench).selectedPaymentOption == .externalPayment)
    }

    @Test func aMissingContractIsInstalled() async throws {
        let pki = try await CarPKI.shared.value
        var bench = try CarBench(pki) { $0.contract = nil }
        try bench.run()
        bench.expectSafeEnd(.completed)
        let services = try selection(bench).selectedServiceList.selectedService.elements
        #expect(services.map(\.serviceID) == [1, 2])
        #expect(services.map(\.parameterSetID) == [nil, 1])
        let message = try #require(bench.sent.first { $0.body.bodyElement?.kind.pair == .certificateInstallation })
        guard case .certificateInstallationReq(let request) = message.body.bodyElement else { return }
        #expect(request.oemProvisioningCert.octets == pki.provisioning[0].certificate.der)
        #expect(request.listOfRootCertificateIDs.rootCertificateID.elements.count == 2)
        let verifier = MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2))
        _ = try verifier.verify(
            message.header.signature, over: [.certificateInstallationReq(request)],
            by: pki.provisioning[0].key.publicKey)
        // From here on it is the new contract that is shown, and whose key signs.
        let details = try #require(bench.sent.first { $0.body.bodyElement?.kind.pair == .paymentDetails })
        guard case .paymentDetailsReq(let shown) = details.body.bodyElement else { return }
        #expect(shown.contractSignatureCertChain.certificate.octets == pki.newContract[0].certificate.der)
        let signed = try #require(bench.sent.first { $0.body.bodyElement?.kind.pair == .authorization })
        guard case .authorizationReq(let authorization) = signed.body.bodyElement else { return }
        _ = try verifier.verify(
            signed.header.signature, over: [.authorizationReq(authorization)], by: pki.newContract[0].key.publicKey)
    }

    @Test("[X_EVCC_-2_CertificateInstallation_009] a contract that is not trusted is not used")
    func aDeliveredContractThatIsNotTrustedEndsTheSession() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.installation = .always }
        bench.installs = .failure(InstallationFailure("the signer is no provisioning service"))
        try bench.run()
        bench.expectSafeEnd(.refused)
        #expect(bench.requests.last == .certificateInstallation)
        #expect(bench.securityEvents.count == 1)
    }

    @Test func aContractIsNotInstalledAnew() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        try bench.run()
        #expect(!bench.requests.contains(.certificateInstallation))
        #expect(!bench.requests.contains(.serviceDetail))
    }

    @Test func anExpiredContractIsAMissingOne() async throws {
        let pki = try await CarPKI.shared.value
        var bench = try CarBench(pki)
        bench.clock = pki.contract[0].certificate.body.notAfter.advanced(bySeconds: 1)
        try bench.run()
        #expect(bench.requests.contains(.certificateInstallation))
    }

    @Test func aContractThatEndsSoonIsRenewedWithItsOwnKey() async throws {
        let pki = try await CarPKI.shared.value
        var bench = try CarBench(pki) { $0.updatesContracts = true }
        bench.clock = pki.contract[0].certificate.body.notAfter.advanced(bySeconds: -20 * 86_400)
        try bench.run()
        bench.expectSafeEnd(.completed)
        let message = try #require(bench.sent.first { $0.body.bodyElement?.kind.pair == .certificateUpdate })
        guard case .certificateUpdateReq(let request) = message.body.bodyElement else { return }
        #expect(request.emaid.string == (try pki.credential.emaid.normalized))
        _ = try MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2)).verify(
            message.header.signature, over: [.certificateUpdateReq(request)], by: pki.contract[0].key.publicKey)
        #expect(try selection(bench).selectedServiceList.selectedService.elements.last?.parameterSetID == 2)
    }

    @Test func aContractThatLastsIsNotRenewed() async throws {
        let pki = try await CarPKI.shared.value
        var bench = try CarBench(pki) { $0.updatesContracts = true }
        bench.clock = pki.contract[0].certificate.body.notAfter.advanced(bySeconds: -22 * 86_400)
        try bench.run()
        #expect(!bench.requests.contains(.certificateUpdate))
    }

    @Test func aStationThatInstallsNothingIsPaidByOtherMeans() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.contract = nil }
        bench.station.certificateSets = [2]
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(try selection(bench).selectedPaymentOption == .externalPayment)
        #expect(!bench.warnings.isEmpty)
    }

    @Test func aStationThatOnlyTakesContractsAndInstallsNoneIsLeft() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) { $0.contract = nil }
        bench.station.certificateSets = [2]
        bench.station.options = [.contract]
        try bench.run()
        bench.expectSafeEnd(.refused)
        #expect(bench.requests.last == .sessionStop)
    }

    @Test func withoutTrustedRootsNoContractIsAskedFor() async throws {
        var bench = try CarBench(try await CarPKI.shared.value) {
            $0.contract = nil
            $0.trustedRoots = []
        }
        try bench.run()
        #expect(!bench.requests.contains(.certificateInstallation))
        #expect(try selection(bench).selectedPaymentOption == .externalPayment)
    }

    @Test func aContractThatEndsSoonIsTold() async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.detailsCode = .okCertificateExpiresSoon
        try bench.run()
        bench.expectSafeEnd(.completed)
        #expect(bench.warnings.contains { $0.contains("21 days") })
    }

    @Test(arguments: [
        ISO2.ResponseCode.failedCertificateExpired, .failedCertificateRevoked, .failedNoCertificateAvailable,
        .failedCertChainError, .failedContractCanceled, .failedCertificateNotAllowedAtThisEVSE, .failedSignatureError,
        .failedChallengeInvalid,
    ])
    func eachRefusalOfAContractEndsWithAReason(_ code: ISO2.ResponseCode) async throws {
        var bench = try CarBench(try await CarPKI.shared.value)
        bench.station.bend = { message, pair in pair == .paymentDetails ? message.with(code) : message }
        try bench.run()
        bench.expectSafeEnd(.refused)
        #expect(bench.end?.reason.contains(code.schemaName) == true)
        let emaid = try bench.pki.credential.emaid.normalized
        #expect(bench.end?.reason.contains(emaid) == false)
    }
}

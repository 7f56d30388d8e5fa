import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GKeys
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GSession
import V2GSessionISO20

@Suite struct SECCAuthorizationTests {
    private static let contract = TestSetup(isContract: true)

    private static func drive(
        _ setup: TestSetup = contract, change: (inout StationOffer) -> Void = { _ in }
    ) throws -> StationDrive {
        var drive = try StationDrive(setup, change: change)
        try drive.reach(.authorization)
        return drive
    }

    @Test("AuthorizationSetup carries a challenge when contracts are taken, and nothing for EIM alone")
    func setup() throws {
        var drive = try StationDrive { $0.supportedProviders = ["DEABC"] }
        try drive.reach(.authorizationSetup)
        var step = try drive.perform(.authorizationSetup)
        guard case .common(.authorizationSetupRes(let both))? = step.response,
            case .pncASResAuthorizationMode(let mode) = both.asResAuthorizationMode
        else { throw TestSetup.Missing() }
        #expect(both.authorizationServices.elements == [.pnC, .eim])
        #expect(both.certificateInstallationService)
        #expect(mode.supportedProviders?.providerID.elements.map(\.string) == ["DEABC"])
        #expect(Set(mode.genChallenge.octets).count > 4)
        drive = try StationDrive { $0.authorization = [.external] }
        try drive.reach(.authorizationSetup)
        step = try drive.perform(.authorizationSetup)
        guard case .common(.authorizationSetupRes(let one))? = step.response else { throw TestSetup.Missing() }
        #expect(one.authorizationServices.elements == [.eim])
        #expect(one.asResAuthorizationMode == .eimASResAuthorizationMode(.init()))
        #expect(!one.certificateInstallationService)
        #expect(drive.send(try drive.car.installationRequest()).code == .failedSequenceError)
    }

    @Test("a contract is judged after its signature, and answered Ongoing until then; each repeat is verified")
    func ongoing() throws {
        var drive = try Self.drive()
        var step = drive.send(try drive.car.contractAuthorization())
        #expect(step.response == nil)
        #expect(step.actions.contains { if case .judgeContract = $0 { true } else { false } })
        #expect(step.started(.performance) == .milliseconds(1_500))
        #expect(step.started(.ongoing) == .seconds(55))
        step = drive.fire(.performance)
        #expect(step.code == .ok)
        guard case .common(.authorizationRes(let response))? = step.response else { throw TestSetup.Missing() }
        #expect(response.evseProcessing == .ongoing)
        var forged = drive
        #expect(drive.send(try drive.car.contractAuthorization()).response == nil)
        step = drive.event(.contractJudged(.accepted(drive.pki.approval)))
        #expect(step.code == .ok)
        #expect(drive.send(try drive.car.request(.serviceDiscovery)).code == .ok)
        #expect(forged.send(try forged.car.contractAuthorization(isSigned: false)).code == .failedSignatureError)
    }

    @Test("a verdict between two repeats answers the next one")
    func verdictBetween() throws {
        var drive = try Self.drive()
        drive.send(try drive.car.contractAuthorization())
        drive.fire(.performance)
        #expect(drive.event(.contractJudged(.accepted(drive.pki.approval))).response == nil)
        #expect(drive.send(try drive.car.contractAuthorization()).code == .ok)
    }

    @Test("another body while Ongoing is refused")
    func changedBody() throws {
        var drive = try Self.drive()
        drive.send(try drive.car.contractAuthorization())
        drive.fire(.performance)
        #expect(drive.send(try drive.car.contractAuthorization(id: "id2")).code == .failed)
    }

    @Test("a second request while the first is judged is out of sequence")
    func impatient() throws {
        var drive = try Self.drive()
        drive.send(try drive.car.contractAuthorization())
        #expect(drive.send(try drive.car.contractAuthorization()).code == .failedSequenceError)
    }

    @Test(
        "[X_SECC_-20_Authorization_005] a signature by another key is refused, and nothing is energized",
        arguments: [false, true])
    func wrongKey(_ isSigned: Bool) throws {
        var drive = try Self.drive()
        let step = drive.send(
            try drive.car.contractAuthorization(key: try SoftwareKey.generate(.p521), isSigned: isSigned))
        #expect(step.code == .failedSignatureError)
        #expect(step.end?.outcome == .refused)
        #expect(drive.commands.allSatisfy { $0 == .stop || $0 == .pilotOff })
    }

    @Test("[X_SECC_-20_Authorization_006] a request recorded in another session opens none")
    func replay() throws {
        var first = try Self.drive()
        let recorded = try first.car.contractAuthorization()
        #expect(first.send(recorded).code == nil)
        var drive = try Self.drive()
        guard case .common(.authorizationReq(var request)) = recorded else { throw TestSetup.Missing() }
        request.header.sessionID = .init(drive.car.session)
        let step = drive.send(.common(.authorizationReq(request)))
        #expect(step.code == .warningChallengeInvalid)
        #expect(step.end == nil)
        // The session lives: the right challenge is taken.
        #expect(try drive.perform(.authorization).code == .ok)
    }

    @Test(
        "a contract that does not count is a warning, and EIM or another attempt follows",
        arguments: [
            (ContractRefusal.Code.noCertificateAvailable, ISO20.ResponseCode.warningNoCertificateAvailable),
            (.certificateExpired, .warningCertificateExpired),
            (.certificateNotYetValid, .warningCertificateNotYetValid),
            (.certificateRevoked, .warningCertificateRevoked), (.chainError, .warningCertificateValidationError),
            (.notAllowedHere, .warningGeneralPnCAuthorizationError),
            (.contractCanceled, .warningGeneralPnCAuthorizationError), (.providerUnknown, .warningEMSPUnknown),
            (.refused, .warningGeneralPnCAuthorizationError),
        ])
    func refusal(_ code: ContractRefusal.Code, _ expected: ISO20.ResponseCode) throws {
        var drive = try Self.drive()
        drive.send(try drive.car.contractAuthorization())
        let step = drive.event(.contractJudged(.refused(ContractRefusal(code, "because"))))
        #expect(step.code == expected)
        #expect(step.reason == "because")
        guard case .common(.authorizationRes(let response))? = step.response else { throw TestSetup.Missing() }
        #expect(response.evseProcessing == .finished)
        var other = drive
        #expect(other.send(try other.car.request(.serviceDiscovery)).code == .failedSequenceError)
        drive.send(drive.car.externalAuthorization)
        #expect(drive.event(.externalJudged(.accepted(ExternalApproval(token: "card")))).code == .ok)
    }

    @Test("a service that is not offered, or another's content, is a warning")
    func selection() throws {
        var drive = try Self.drive { $0.authorization = [.plugAndCharge] }
        #expect(drive.send(drive.car.externalAuthorization).code == .warningAuthorizationSelectionInvalid)
        #expect(try drive.perform(.authorization).code == .ok)
        drive = try Self.drive()
        #expect(
            drive.send(try drive.car.contractAuthorization(as: .eim)).code == .warningAuthorizationSelectionInvalid)
    }

    @Test("EIM waits for the customer, and a refusal is Finished with its warning")
    func external() throws {
        var drive = try Self.drive(TestSetup())
        var step = drive.send(drive.car.externalAuthorization)
        #expect(step.started(.ongoing) == .seconds(180))
        step = drive.fire(.performance)
        guard case .common(.authorizationRes(let waiting))? = step.response else { throw TestSetup.Missing() }
        #expect(waiting.evseProcessing == .ongoingWaitingForCustomerInteraction)
        drive.send(drive.car.externalAuthorization)
        step = drive.event(.externalJudged(.refused("canceled")))
        guard case .common(.authorizationRes(let refused))? = step.response else { throw TestSetup.Missing() }
        #expect(refused.responseCode == .warningEIMAuthorizationFailure)
        #expect(refused.evseProcessing == .finished)
        #expect(try drive.perform(.authorization).code == .ok)
    }

    @Test(
        "whoever is not judged in time is not authorized",
        arguments: [
            (true, ISO20.ResponseCode.warningGeneralPnCAuthorizationError), (false, .warningEIMAuthorizationFailure),
        ])
    func overdue(_ isContract: Bool, _ expected: ISO20.ResponseCode) throws {
        var drive = try Self.drive(TestSetup(isContract: isContract))
        drive.send(try drive.car.request(.authorization))
        var between = drive
        #expect(drive.fire(.ongoing).code == expected)
        between.fire(.performance)
        #expect(between.fire(.ongoing).response == nil)
        #expect(between.send(try between.car.request(.authorization)).code == expected)
        // A late verdict changes nothing.
        #expect(drive.event(.contractJudged(.accepted(drive.pki.approval))).actions.isEmpty)
    }

    @Test("a verdict of the other kind grants nothing")
    func otherVerdict() throws {
        var drive = try Self.drive()
        drive.send(try drive.car.contractAuthorization())
        #expect(drive.event(.externalJudged(.accepted(ExternalApproval(token: "x")))).actions.isEmpty)
    }

    @Test("P-256 in -20 needs the quirk josev, and is a security event then", arguments: [true, false])
    func josev(_ isAllowed: Bool) throws {
        var drive = try StationDrive(Self.contract, pki: try StationPKI.small.get()) {
            if isAllowed { $0.quirks = [.josev] }
        }
        try drive.reach(.authorization)
        let step = drive.send(try drive.car.contractAuthorization())
        if isAllowed {
            #expect(step.hasSecurityEvent)
            #expect(step.notes.contains { if case .quirkUsed(.josev, _) = $0 { true } else { false } })
            #expect(drive.event(.contractJudged(.accepted(drive.pki.approval))).code == .ok)
        } else {
            #expect(step.code == .failedSignatureError)
        }
    }
}

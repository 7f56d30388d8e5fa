import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GFraming
import V2GKeys
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GSession
import V2GSessionISO20

@Suite struct SECCInstallationTests {
    private static func drive() throws -> StationDrive {
        var drive = try StationDrive(TestSetup(isContract: true))
        try drive.reach(.authorization)
        return drive
    }

    private static func relayed(_ step: Step) -> [UInt8]? {
        for case .relay(let octets) in step.actions { return octets }
        return nil
    }

    @Test("the request goes to the backend as it came, and the answer back as it is")
    func relay() throws {
        var drive = try Self.drive()
        let request = try drive.car.installationRequest()
        let octets = try ISO20Edition.encode(request).payload
        var step = drive.event(.received(request, octets: octets))
        #expect(step.started(.performance) == .milliseconds(4_500))
        var asked: ProvisioningQuestion?
        for case .provision(let question) in step.actions { asked = question }
        #expect(asked?.request == octets)
        #expect(asked?.session == drive.car.session)
        let answer = try drive.car.installation(session: drive.car.session)
        step = drive.event(.provisioned(.answered(answer)))
        #expect(Self.relayed(step) == answer)
        #expect(try drive.perform(.authorization).code == .ok)
    }

    @Test("an answer of another session gets the car's, its signature stays")
    func otherSession() throws {
        var drive = try Self.drive()
        drive.send(try drive.car.installationRequest())
        let step = drive.event(.provisioned(.answered(try drive.car.installation(session: .drawn(from: .system)))))
        let header = try #require(step.response.flatMap { ISO20Edition.outline(of: $0)?.header })
        #expect(header.session == drive.car.session)
    }

    @Test("while the backend works the car is kept waiting, with a valid dummy")
    func ongoing() throws {
        var drive = try Self.drive()
        drive.send(try drive.car.installationRequest())
        let step = drive.fire(.performance)
        guard case .common(.certificateInstallationRes(let response))? = step.response else {
            throw TestSetup.Missing()
        }
        #expect(response.responseCode == .ok)
        #expect(response.evseProcessing == .ongoing)
        var late = drive
        #expect(drive.send(try drive.car.installationRequest()).response == nil)
        let answer = try drive.car.installation(session: drive.car.session)
        #expect(Self.relayed(drive.event(.provisioned(.answered(answer)))) == answer)
        // The answer may also come between two requests.
        #expect(late.event(.provisioned(.answered(answer))).response == nil)
        #expect(Self.relayed(late.send(try late.car.installationRequest())) == answer)
    }

    @Test("[X_SECC_-20_CertificateInstallation_005] several contracts are fetched one after the other")
    func several() throws {
        var drive = try Self.drive()
        for remaining: UInt8 in [2, 1, 0] {
            drive.send(try drive.car.installationRequest())
            let answer = try drive.car.installation(session: drive.car.session, remaining: remaining)
            #expect(Self.relayed(drive.event(.provisioned(.answered(answer)))) == answer)
        }
        #expect(try drive.perform(.authorization).code == .ok)
    }

    @Test("a request without the provisioning key's signature does not reach the backend", arguments: [true, false])
    func forged(_ isSigned: Bool) throws {
        var drive = try Self.drive()
        let step = drive.send(
            try drive.car.installationRequest(key: try SoftwareKey.generate(.p521), isSigned: isSigned))
        #expect(step.code == .failedSignatureError)
        #expect(!step.actions.contains { if case .provision = $0 { true } else { false } })
    }

    @Test(
        "what the backend refuses becomes the edition's code",
        arguments: [
            (ProvisioningRefusalCode.noCertificateAvailable, ISO20.ResponseCode.warningNoContractMatchingPCIDFound),
            (.certificateExpired, .warningCertificateExpired), (.certificateRevoked, .warningCertificateRevoked),
            (.contractCanceled, .warningNoCertificateAvailable), (.unavailable, .warningNoCertificateAvailable),
            (.signatureInvalid, .failedSignatureError),
        ])
    func refusal(_ code: ProvisioningRefusalCode, _ expected: ISO20.ResponseCode) throws {
        var drive = try Self.drive()
        drive.send(try drive.car.installationRequest())
        let step = drive.event(.provisioned(.refused(code, "because")))
        #expect(step.code == expected)
        #expect((step.end != nil) == (expected.family == .failed))
        if expected.family == .warning { #expect(try drive.perform(.authorization).code == .ok) }
    }

    @Test("an answer that is none, is late, or has failed, is not taken for a contract")
    func unusable() throws {
        var junk = try Self.drive()
        junk.send(try junk.car.installationRequest())
        #expect(junk.event(.provisioned(.answered([0x80, 1, 2]))).code == .warningNoCertificateAvailable)
        var late = try Self.drive()
        late.send(try late.car.installationRequest())
        #expect(late.fire(.ongoing).code == .warningNoCertificateAvailable)
        var failed = try Self.drive()
        failed.send(try failed.car.installationRequest())
        let answer = try failed.car.installation(session: failed.car.session, code: .failed)
        let step = failed.event(.provisioned(.answered(answer)))
        #expect(Self.relayed(step) == answer)
        #expect(step.end?.outcome == .refused)
    }
}

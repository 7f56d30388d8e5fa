import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GCertificates
import V2GFraming
import V2GKeys
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport
import V2GX509

@Suite struct SECCProvisioningTests {
    private func install(_ rig: inout SECCRig, by key: SoftwareKey? = nil, leaf: Issued? = nil) throws {
        let request = try rig.installation(leaf: leaf?.certificate.der)
        let signer = key ?? leaf?.key ?? rig.party.provisioning[0].key
        let signature = try rig.party.sign(.certificateInstallationReq(request), by: signer)
        rig.send(.certificateInstallationReq(request), signature: signature)
    }

    private func update(_ rig: inout SECCRig, by key: SoftwareKey? = nil, emaid: String? = nil) throws {
        let request = try rig.update(emaid: emaid)
        let signature = try rig.party.sign(.certificateUpdateReq(request), by: key ?? rig.chain[0].key)
        rig.send(.certificateUpdateReq(request), signature: signature)
    }

    /// The backend's answer; the core looks at its kind, session and code.
    private func answer(
        _ pair: ISO2Pair, _ session: V2GSessionID, _ code: ISO2.ResponseCode = .ok
    ) throws -> [UInt8] {
        let body: ISO2.BodyElement =
            pair == .certificateUpdate
            ? .certificateUpdateRes(try ContractInstaller2.failedUpdateResponse(code))
            : .certificateInstallationRes(try ContractInstaller2.failedResponse(code))
        return try ISO2Edition.encode(ISO2.V2GMessage(session, body)).payload
    }

    private func asked(_ rig: SECCRig) -> ProvisioningQuestion? {
        for case .provision(let question) in rig.actions { return question }
        return nil
    }

    private func relayed(_ actions: [ISO2SECC.Action]) -> [UInt8]? {
        for case .relay(let octets) in actions { return octets }
        return nil
    }

    @Test(
        """
        [TC_SECC_CMN_VTB_CertificateInstallation_001] [TC_SECC_CMN_VTB_Authorization_012] \
        [TC_SECC_CMN_VTB_Authorization_016] a request is relayed as it came, the answer as it comes, and the car goes on
        """)
    func installation() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        try install(&rig)
        let question = try #require(asked(rig))
        #expect(question.kind == .installation)
        #expect(question.session == rig.session)
        let decoded = try ISO2Edition.decode(.init(payloadType: .sapOrISO2, payload: question.request), quirks: [])
        #expect(ISO2Edition.name(of: decoded.message) == "CertificateInstallationReq")
        #expect(rig.actions.starts(.performance) == .milliseconds(4_300))

        let octets = try answer(.certificateInstallation, rig.session)
        let actions = rig.feed(.provisioned(.answered(octets)))
        #expect(relayed(actions) == octets)
        #expect(actions.end == nil)
        try rig.advance(from: .selection, to: .looped)
    }

    @Test(
        """
        [TC_SECC_CMN_VTB_CertificateUpdate_001] [TC_SECC_CMN_VTB_Authorization_013] \
        [TC_SECC_CMN_VTB_Authorization_017] an update is relayed, and the car goes on
        """)
    func update() throws {
        var rig = try SECCRig.at(.selection, .dcPnC)
        try update(&rig)
        #expect(asked(rig)?.kind == .update)
        let octets = try answer(.certificateUpdate, rig.session)
        #expect(relayed(rig.feed(.provisioned(.answered(octets)))) == octets)
        try rig.advance(from: .selection, to: .authorization)
    }

    @Test func anAnswerOfAnotherSessionGetsOurs() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        try install(&rig)
        let other = try #require(V2GSessionID([1, 1, 1, 1, 1, 1, 1, 1]))
        let actions = rig.feed(.provisioned(.answered(try answer(.certificateInstallation, other))))
        #expect(relayed(actions) == nil)
        #expect(rig.message.flatMap { V2GSessionID($0.header) } == rig.session)
        #expect(rig.response?.kind.pair == .certificateInstallation)
        #expect(rig.code == .ok)
    }

    @Test func anAnswerThatIsNoneIsRefusedCleanly() throws {
        let session = try #require(V2GSessionID([1]))
        for octets in [[], [0x80], [0xff], try answer(.certificateUpdate, session)] {
            var rig = try SECCRig.at(.selection, .acPnC)
            try install(&rig)
            let actions = rig.feed(.provisioned(.answered(octets)))
            #expect(relayed(actions) == nil)
            #expect(rig.code == .failed)
            #expect(actions.end?.outcome == .refused)
        }
    }

    @Test(
        """
        [TC_SECC_CMN_VTB_CertificateUpdate_007] [TC_SECC_CMN_VTB_CertificateUpdate_008] \
        [TC_SECC_CMN_VTB_CertificateUpdate_009] [TC_SECC_CMN_VTB_CertificateUpdate_010] \
        [TC_SECC_CMN_VTB_CertificateUpdate_011] the backend's refusal of a chain reaches the car and ends the session
        """)
    func refusedByTheBackend() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        try update(&rig)
        let octets = try answer(.certificateUpdate, rig.session, .failedCertChainError)
        let actions = rig.feed(.provisioned(.answered(octets)))
        #expect(relayed(actions) == octets)
        #expect(actions.end?.outcome == .refused)
        #expect(actions.end?.linger == .seconds(5))
    }

    @Test(
        "each refusal has its code, and a response with all its elements",
        arguments: [
            (
                "TC_SECC_CMN_VTB_CertificateInstallation_008", ProvisioningRefusalCode.noCertificateAvailable,
                ISO2.ResponseCode.failedNoCertificateAvailable
            ),
            ("TC_SECC_CMN_VTB_CertificateUpdate_012", .contractCanceled, .failedContractCanceled),
            ("TC_SECC_CMN_VTB_CertificateUpdate_014", .noCertificateAvailable, .failedNoCertificateAvailable),
            ("TC_SECC_CMN_VTB_CertificateUpdate_016", .certificateExpired, .failedCertificateExpired),
            ("TC_SECC_CMN_VTB_CertificateUpdate_017", .unavailable, .failed),
            ("revoked", .certificateRevoked, .failedCertificateRevoked),
            ("signature", .signatureInvalid, .failedSignatureError),
        ])
    func refusals(_ row: (String, ProvisioningRefusalCode, ISO2.ResponseCode)) throws {
        for isUpdate in [false, true] {
            var rig = try SECCRig.at(.selection, .acPnC)
            if isUpdate { try update(&rig) } else { try install(&rig) }
            rig.feed(.provisioned(.refused(row.1, "because")))
            #expect(rig.code == row.2)
            #expect(rig.end?.reason == "because")
            let message = try #require(rig.message)
            let frame = try ISO2Edition.encode(message)
            let again = try ISO2Edition.decode(frame, quirks: [])
            #expect(again.message == message)
        }
    }

    @Test("[X_SECC_-2_CertificateInstallation_003] a backend that is silent is answered for in time")
    func silentBackend() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        try install(&rig)
        #expect(rig.fire(.performance).end?.outcome == .refused)
        #expect(rig.code == .failed)
        #expect(rig.feed(.provisioned(.answered([]))).isEmpty)  // too late
    }

    @Test("[TC_SECC_CMN_VTB_CertificateInstallation_005] [TC_SECC_CMN_VTB_CertificateUpdate_005] another key")
    func otherKey() throws {
        for isUpdate in [false, true] {
            var rig = try SECCRig.at(.selection, .acPnC)
            let key = try SoftwareKey.generate(.p256)
            if isUpdate { try update(&rig, by: key) } else { try install(&rig, by: key) }
            #expect(rig.code == .failedSignatureError)
            #expect(asked(rig) == nil)
        }
    }

    @Test("[TC_SECC_CMN_VTB_CertificateInstallation_006] [TC_SECC_CMN_VTB_CertificateUpdate_006] an altered body")
    func altered() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        let signature = try rig.party.sign(
            .certificateInstallationReq(try rig.installation(id: "id9")), by: rig.party.provisioning[0].key)
        rig.send(.certificateInstallationReq(try rig.installation()), signature: signature)
        #expect(rig.code == .failedSignatureError)

        var other = try SECCRig.at(.selection, .acPnC)
        let signed = try other.party.sign(
            .certificateUpdateReq(try other.update(emaid: "DEABC000000001")), by: other.chain[0].key)
        other.send(.certificateUpdateReq(try other.update()), signature: signed)
        #expect(other.code == .failedSignatureError)
    }

    @Test("[TC_SECC_CMN_VTB_CertificateInstallation_007] [X_SECC_-2_CertificateInstallation_001] expired or not yet")
    func expired() throws {
        let fixture = ChainFixture(.iso2)
        for days in [-1, 400] as [Int64] {
            let leaf = try fixture.chain(.oem) { role, template in
                guard role == .oem else { return }
                if days < 0 {
                    template.notAfter = fixture.now.advanced(bySeconds: -86_400)
                } else {
                    template.notBefore = fixture.now.advanced(bySeconds: 86_400)
                }
            }[0]
            var rig = try SECCRig.at(.selection, .acPnC)
            try install(&rig, leaf: leaf)
            #expect(rig.code == .failedCertificateExpired)
            #expect(asked(rig) == nil)
        }
    }

    @Test("[TC_SECC_CMN_VTB_CertificateUpdate_013] [TC_SECC_CMN_VTB_CertificateUpdate_015] another eMAID")
    func otherEMAID() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        try update(&rig, emaid: "DEABC000000001")
        #expect(rig.code == .failedNoCertificateAvailable)
    }

    @Test func junkIsRefusedBeforeTheBackendSeesIt() throws {
        for junk in [[], [0], [UInt8](repeating: 0x30, count: 800)] as [[UInt8]] {
            var rig = try SECCRig.at(.selection, .acPnC)
            rig.send(.certificateInstallationReq(try rig.installation(leaf: junk)))
            #expect(rig.code == .failed)
            #expect(asked(rig) == nil)
        }
    }

    @Test func aStationThatDoesNotInstallSaysSo() throws {
        var rig = try SECCRig.at(.selection, .acPnC, offer: { $0.installsContracts = false })
        try install(&rig)
        #expect(rig.code == .failed)
        #expect(asked(rig) == nil)
    }
}

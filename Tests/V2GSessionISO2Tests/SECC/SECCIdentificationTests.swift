import CryptoOpenSSL
import SchemaTypes
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport
import V2GX509

@Suite struct SECCIdentificationTests {
    @Test(
        """
        [TC_SECC_CMN_VTB_PaymentDetails_001] [TC_SECC_CMN_VTB_PaymentDetails_002] \
        [TC_SECC_CMN_VTB_PaymentDetails_003] a good contract gets a fresh challenge
        """)
    func goodContract() throws {
        var challenges: Set<[UInt8]> = []
        for _ in 0..<3 {
            let rig = try SECCRig.at(.paymentDetails, .acPnC)
            #expect(rig.code == .ok)
            #expect(rig.challenge.count == 16)
            challenges.insert(rig.challenge)
        }
        #expect(challenges.count == 3)
    }

    @Test func theQuestionIsWhatTheCarSent() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        rig.judges = false
        let actions = rig.feed(
            .received(ISO2.V2GMessage(rig.session, try rig.paymentDetails()), octets: []))
        #expect(!actions.sends)
        #expect(actions.starts(.performance) == .milliseconds(4_300))  // in time for 4.5 s
        #expect(actions.cancels(.sequence))
        guard case .judgeContract(let question) = actions.last else {
            Issue.record("nobody is asked")
            return
        }
        #expect(question.edition == .iso2)
        #expect(question.session == rig.session)
        #expect(question.chain == rig.chain.sent.map(\.der))
        #expect(question.emaid == rig.chain[0].certificate.subject.commonName)
    }

    @Test("[X_SECC_-2_PaymentDetails_004] an eMAID may have separators, another case or no check digit")
    func spellings() throws {
        let emaid = try #require(EMAID(try SECCParty.shared.get().contract[0].certificate.subject.commonName ?? ""))
        for spelling in [emaid.normalized.lowercased(), String(emaid.normalized.prefix(14))] {
            var rig = try SECCRig.at(.selection, .acPnC)
            rig.send(try rig.paymentDetails(emaid: spelling))
            #expect(rig.code == .ok)
        }
    }

    @Test("a contract that ends within 21 days gets OK_CertificateExpiresSoon")
    func expiresSoon() throws {
        let rig = try SECCRig.at(
            .authorization, .acPnC,
            prepare: { rig in
                rig.chain = rig.party.endingSoon.chain
                rig.verdict = .accepted(rig.party.endingSoon.approval)
            })
        #expect(rig.code == .ok)
        var other = try SECCRig.at(.selection, .acPnC)
        other.chain = other.party.endingSoon.chain
        other.verdict = .accepted(other.party.endingSoon.approval)
        other.send(try other.paymentDetails())
        #expect(other.code == .okCertificateExpiresSoon)
    }

    @Test(
        "a refused contract is answered by the code of its reason",
        arguments: [
            (
                "TC_SECC_CMN_VTB_PaymentDetails_007", ContractRefusal.Code.certificateExpired,
                ISO2.ResponseCode.failedCertificateExpired
            ),
            ("TC_SECC_CMN_VTB_PaymentDetails_008", .notAllowedHere, .failedCertificateNotAllowedAtThisEVSE),
            ("TC_SECC_CMN_VTB_PaymentDetails_009", .refused, .failed),
            ("TC_SECC_CMN_VTB_PaymentDetails_010", .noCertificateAvailable, .failedNoCertificateAvailable),
            ("not yet valid", .certificateNotYetValid, .failedCertificateExpired),
            ("X_SECC_-2_PaymentDetails_001", .certificateRevoked, .failedCertificateRevoked),
            ("X_SECC_-2_PaymentDetails_002", .chainError, .failedCertChainError),
            ("canceled", .contractCanceled, .failedContractCanceled),
            ("provider unknown", .providerUnknown, .failed),
        ])
    func refusedContract(_ row: (String, ContractRefusal.Code, ISO2.ResponseCode)) throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        rig.verdict = .refused(ContractRefusal(row.1, "because"))
        rig.send(try rig.paymentDetails())
        #expect(rig.code == row.2)
        #expect(rig.end?.outcome == .refused)
        #expect(rig.end?.reason == "because")
        guard case .paymentDetailsRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        #expect(response.genChallenge.octets == [UInt8](repeating: 0, count: 16))
        let message = try #require(rig.message)
        #expect(throws: Never.self) { try ISO2Edition.encode(message) }
    }

    @Test("[X_SECC_-2_PaymentDetails_003] a verdict about another contract or eMAID is no verdict")
    func otherVerdict() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        rig.chain = rig.party.other
        rig.send(try rig.paymentDetails())
        #expect(rig.code == .failed)
        var named = try SECCRig.at(.selection, .acPnC)
        named.send(try named.paymentDetails(emaid: "DEABC000000001"))
        #expect(named.code == .failed)
        #expect(!named.actions.energizes)
    }

    @Test func aVerdictThatDoesNotComeIsFailedInTime() throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        rig.judges = false
        rig.send(try rig.paymentDetails())
        #expect(rig.fire(.performance).end?.outcome == .refused)
        #expect(rig.code == .failed)
    }

    @Test(
        "junk in place of a contract certificate ends this session and nothing else",
        arguments: [[], [0], [0x30, 0x82, 0xff, 0xff], [UInt8](repeating: 0xff, count: 800)])
    func junkCertificate(_ junk: [UInt8]) throws {
        var rig = try SECCRig.at(.selection, .acPnC)
        let chain = ISO2.CertificateChain(certificate: try ISO2.Certificate(junk))
        rig.send(
            .paymentDetailsReq(
                ISO2.PaymentDetailsReq(emaid: try rig.party.emaid(rig.chain), contractSignatureCertChain: chain)))
        #expect(rig.code == .failed)
    }

    @Test(
        """
        [TC_SECC_CMN_VTB_Authorization_002] [TC_SECC_CMN_VTB_Authorization_015] signed authorization is Finished at \
        once
        """, arguments: [Kind.acPnC, .dcPnC])
    func signed(_ kind: Kind) throws {
        let rig = try SECCRig.at(.authorization, kind)
        guard case .authorizationRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        #expect(response.responseCode == .ok)
        #expect(response.evseProcessing == .finished)
        #expect(rig.actions.notes.contains { if case .authorized(.plugAndCharge, _) = $0 { true } else { false } })
        #expect(rig.actions.notes.contains { if case .signatureVerified = $0 { true } else { false } })
    }

    @Test("[TC_SECC_CMN_VTB_Authorization_007] [X_SECC_-2_Authorization_001] an old challenge is refused")
    func challenge() throws {
        let earlier = try SECCRig.at(.paymentDetails, .acPnC)
        for challenge in [earlier.challenge, [UInt8](repeating: 0, count: 16)] {
            var rig = try SECCRig.at(.paymentDetails, .acPnC)
            let request = try rig.authorizationReq(challenge)
            let signature = try rig.party.sign(.authorizationReq(request), by: rig.chain[0].key)
            rig.send(.authorizationReq(request), signature: signature)
            #expect(rig.code == .failedChallengeInvalid)
            #expect(rig.end?.outcome == .refused)
        }
        var rig = try SECCRig.at(.paymentDetails, .acPnC)
        rig.send(.authorizationReq(ISO2.AuthorizationReq(id: try XMLID("id1"))))
        #expect(rig.code == .failedChallengeInvalid)
    }

    @Test("[TC_SECC_CMN_VTB_Authorization_010] [X_SECC_-2_Authorization_002] the signature of another key is refused")
    func otherKey() throws {
        for key in [try SoftwareKey.generate(.p256), try SECCParty.shared.get().other[0].key] {
            var rig = try SECCRig.at(.paymentDetails, .acPnC)
            try rig.authorize(by: key)
            #expect(rig.code == .failedSignatureError)
            #expect(rig.end?.outcome == .refused)
        }
    }

    @Test("[TC_SECC_CMN_VTB_Authorization_011] [X_SECC_-2_Authorization_004] a body altered after signing is refused")
    func altered() throws {
        for id in ["id2", nil] {
            var rig = try SECCRig.at(.paymentDetails, .acPnC)
            let signature = try rig.party.sign(.authorizationReq(try rig.authorizationReq()), by: rig.chain[0].key)
            rig.send(.authorizationReq(try rig.authorizationReq(id: id)), signature: signature)
            #expect(rig.code == .failedSignatureError)
        }
    }

    @Test("[X_SECC_-2_Authorization_003] a missing signature is refused")
    func unsigned() throws {
        var rig = try SECCRig.at(.paymentDetails, .acPnC)
        rig.send(.authorizationReq(try rig.authorizationReq()))
        #expect(rig.code == .failedSignatureError)
        #expect(!rig.actions.energizes)
    }

    @Test("[X_SECC_-2_Authorization_005] other algorithms are refused")
    func otherAlgorithm() throws {
        var rig = try SECCRig.at(.paymentDetails, .acPnC)
        let request = try rig.authorizationReq()
        var signature = try rig.party.sign(.authorizationReq(request), by: rig.chain[0].key)
        signature.signedInfo.signatureMethod = try XMLDSig.SignatureMethod(
            algorithm: XMLString("http://www.w3.org/2000/09/xmldsig#rsa-sha1"))
        rig.send(.authorizationReq(request), signature: signature)
        #expect(rig.code == .failedSignatureError)
    }

    @Test func aRefusalAfterPaymentDetailsIsPlainFailed() throws {
        var rig = try SECCRig.at(.paymentDetails, .acPnC)
        let actions = rig.feed(.contractJudged(.refused(ContractRefusal(.certificateRevoked, "revoked meanwhile"))))
        #expect(actions.end == nil)
        try rig.authorize()
        #expect(rig.code == .failed)
        #expect(rig.end?.reason == "revoked meanwhile")
    }

    @Test("[TC_SECC_CMN_VTB_Authorization_001] external identification that was quick is Finished at once")
    func external() throws {
        let rig = try SECCRig.at(.authorization, .acEIM)
        guard case .authorizationRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        #expect(response.evseProcessing == .finished)
    }

    @Test("[TC_SECC_CMN_VTB_Authorization_014] a customer is waited for, and not for ever")
    func customer() throws {
        var rig = try SECCRig.at(.selection, .acEIM, prepare: { $0.identifies = false })
        #expect(rig.actions.contains { if case .judgeExternal = $0 { true } else { false } })
        for attempt in 0..<3 {
            try rig.authorize()
            guard case .authorizationRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
            #expect(response.responseCode == .ok)
            #expect(response.evseProcessing == .ongoingWaitingForCustomerInteraction)
            #expect(rig.actions.starts(.ongoing) == (attempt == 0 ? .seconds(180) : nil))
            #expect(!rig.actions.contains { if case .judgeExternal = $0 { true } else { false } })
        }
        var late = rig
        late.fire(.ongoing)
        try late.authorize()
        #expect(late.code == .failed)
        #expect(late.end?.outcome == .timedOut)

        rig.feed(.externalJudged(.accepted(ExternalApproval(token: "card"))))
        try rig.authorize()
        guard case .authorizationRes(let response) = rig.response else { throw SECCRig.NoAnswer() }
        #expect(response.evseProcessing == .finished)
        #expect(rig.actions.cancels(.ongoing))
    }

    @Test func aDeniedCustomerIsFailed() throws {
        var rig = try SECCRig.at(.selection, .acEIM, prepare: { $0.identifies = false })
        rig.feed(.externalJudged(.refused("card unknown")))
        try rig.authorize()
        #expect(rig.code == .failed)
        #expect(rig.actions.reason?.contains("card unknown") == true)
    }

    @Test func externalMeansDoNotGrantAContractSession() throws {
        var rig = try SECCRig.at(.paymentDetails, .acPnC)
        rig.feed(.externalJudged(.accepted(ExternalApproval(token: "card"))))
        rig.send(.authorizationReq(ISO2.AuthorizationReq()))
        #expect(rig.code == .failedChallengeInvalid)
    }
}

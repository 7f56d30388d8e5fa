import CryptoOpenSSL
import Testing
import V2GCertificateAuthority
import V2GCertificates
import V2GDER
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// What a certification request may say, and what of it counts.
@Suite struct CsrTests {
    @Test func onlyTheKeyAndTheCommonNameAreTaken() async throws {
        let pki = try await TestPKI.built()
        var greedy = try TestRequest("DE*ABC*E1")
        greedy.names += [NameAttribute(.organizationName, "Evil"), NameAttribute(.domainComponent, "V2G")]
        greedy.challengePassword = "secret"
        greedy.extensions = [
            .subjectAlternativeNames([.dns("evil.example")]), .extendedKeyUsage([.anyExtendedKeyUsage]),
            .basicConstraints(BasicConstraints(isCA: true)), .keyUsage([.keyCertSign, .cRLSign]),
        ]
        let issued = try await pki.authority.issue(try pki.request(greedy), role: .secc)
        let body = issued.certificate.body
        #expect(body.subjectPublicKeyInfo.key == greedy.key.publicKey)
        #expect(body.subject.commonName == "DE*ABC*E1")
        #expect(body.subject.organization == pki.plan.organization)
        #expect(body.subject.domainComponents == ["CPO"])
        #expect(try body.subjectAlternativeNames() == nil)
        #expect(try body.extendedKeyUsage() == nil)
        #expect(try body.basicConstraints()?.isCA != true)
        let usage = try #require(try body.keyUsage())
        #expect(usage.contains(.digitalSignature) && !usage.contains(.keyCertSign) && !usage.contains(.cRLSign))
        let told = issued.ignored.joined(separator: "\n")
        for word in [
            "subject O", "subject DC", "challenge password", "2.5.29.17", "2.5.29.37", "2.5.29.19", "2.5.29.15",
        ] {
            #expect(told.contains(word), "\(word) is not told")
        }
        #expect(issued.ignored.count == 7)
        // Negative control: a request that asks for nothing has nothing ignored, and its body is the same but for the rest.
        let modest = try await pki.authority.issue(try pki.request(try TestRequest("DE*ABC*E2")), role: .secc)
        #expect(modest.ignored.isEmpty)
        #expect(modest.certificate.body.extensions.map(\.type) == body.extensions.map(\.type))
    }

    @Test func aFlippedBitInRequestOrSignatureIsRefused() throws {
        let der = try TestRequest("DE*ABC*E1").der()
        let verifier = ProductSignatureVerifier()
        #expect(throws: Never.self) { try ProvenRequest(der: der, verifier: verifier) }
        let parsed = try CertificationRequest(der: der)
        let place = try #require(der.firstRange(of: Array("DE*ABC*E1".utf8))).lowerBound
        for (index, code) in [(place, IssuanceError.Code.possessionNotProven), (der.count - 3, .possessionNotProven)] {
            var bent = der
            bent[index] ^= 1
            let error = #expect(throws: IssuanceError.self) { try ProvenRequest(der: bent, verifier: verifier) }
            #expect(error?.code == code)
        }
        // Another's request with one's own key in it.
        let thief = try SoftwareKey.generate(.p256)
        let swapped = CertificationRequest.assemble(
            body: CertificationRequest.body(subject: parsed.subject, key: thief.publicKey), algorithm: .ecdsaSHA256,
            signature: parsed.signature)
        let error = #expect(throws: IssuanceError.self) { try ProvenRequest(der: swapped, verifier: verifier) }
        #expect(error?.code == .possessionNotProven)
    }

    @Test(arguments: [0, 1, 10])
    func whatIsNoRequestIsRefusedAsMalformed(_ cut: Int) throws {
        let der = try TestRequest("DE*ABC*E1").der()
        let bytes = cut == 0 ? [] : cut == 1 ? Array(der.dropLast()) : der + [0]
        let error = #expect(throws: IssuanceError.self) {
            try ProvenRequest(der: bytes, verifier: ProductSignatureVerifier())
        }
        #expect(error?.code == .requestMalformed)
    }

    /// Keys that no edition knows are refused before anything else, by their rule.
    @Test(arguments: ["V2G.KEY.RSA", "V2G.KEY.CURVE", "V2G.KEY.TYPE", "V2G.KEY.POINT"])
    func aKeyOfNoEditionIsRefusedByItsRule(_ rule: String) throws {
        var request = try TestRequest("DE*ABC*E1")
        var writer = DERWriter()
        writer.writeSequence { information in
            information.writeSequence { algorithm in
                switch rule {
                case "V2G.KEY.RSA":
                    algorithm.write(V2GDER.ObjectIdentifier.rsaEncryption)
                    algorithm.writeNull()
                case "V2G.KEY.CURVE":
                    algorithm.write(V2GDER.ObjectIdentifier.ecPublicKey)
                    algorithm.write(V2GDER.ObjectIdentifier.secp384r1)
                case "V2G.KEY.TYPE": algorithm.write(V2GDER.ObjectIdentifier.ed25519)
                default:
                    algorithm.write(V2GDER.ObjectIdentifier.ecPublicKey)
                    algorithm.write(V2GDER.ObjectIdentifier.secp256r1)
                }
            }
            switch rule {
            case "V2G.KEY.RSA":
                information.writeBitString([0x30, 0x06, 0x02, 0x01, 0x03, 0x02, 0x01, 0x03])
            case "V2G.KEY.CURVE": information.writeBitString([4] + [UInt8](repeating: 7, count: 96))
            case "V2G.KEY.TYPE": information.writeBitString([UInt8](repeating: 7, count: 32))
            default: information.writeBitString([2] + [UInt8](repeating: 7, count: 32))  // compressed
            }
        }
        request.information = writer.bytes
        let der = try request.der()
        let error = #expect(throws: IssuanceError.self) {
            try ProvenRequest(der: der, verifier: ProductSignatureVerifier())
        }
        #expect(error?.code == .lintFailed)
        #expect(error?.message.hasPrefix(rule) == true, "\(error?.message ?? "accepted")")
    }

    @Test func aCurveOfTheOtherEditionIsRefusedByItsRule() async throws {
        let two = try await TestPKI.built(.iso2)
        let twenty = try await TestPKI.built(.iso20, algorithm: .ed448)
        for (pki, algorithm) in [(two, KeyAlgorithm.p521), (two, .ed448), (twenty, .p256)] {
            let key = try SoftwareKey.generate(algorithm)
            let error = await refusal { try await pki.issue(.secc, "DE*ABC*E1", key: key) }
            #expect(error?.code == .lintFailed, "\(algorithm)")
            let expected = algorithm == .ed448 ? "V2G.KEY.TYPE" : "V2G.KEY.CURVE"
            #expect(error?.findings.contains { $0.rule.id == expected } == true, "\(error?.message ?? "accepted")")
        }
    }

    @Test func edition20MixesEd448AndP521() async throws {
        for (authority, leaf) in [(KeyAlgorithm.p521, KeyAlgorithm.ed448), (.ed448, .p521)] {
            let pki = try await TestPKI.built(.iso20, algorithm: authority)
            let issued = try await pki.issue(.secc, "DE*ABC*E1", key: try SoftwareKey.generate(leaf))
            #expect(issued.certificate.publicKey?.algorithm == leaf)
            #expect(issued.certificate.signatureAlgorithm.signatureAlgorithm == authority.signatureAlgorithm)
        }
    }

    // MARK: Names

    @Test func severalCommonNamesAreNoName() async throws {
        let pki = try await TestPKI.built()
        var request = try TestRequest("DE*ABC*E1")
        request.names.append(NameAttribute(.commonName, "DE*ABC*E2"))
        let proven = try pki.request(request)
        #expect(proven.commonName == nil)
        let error = await refusal { _ = try await pki.authority.issue(proven, role: .secc) }
        #expect(error?.code == .nameRefused)
        // The operator's word settles it, and the names passed over are told.
        var options = IssueOptions()
        options.commonName = "DE*ABC*E3"
        let issued = try await pki.authority.issue(proven, role: .secc, options: options)
        #expect(issued.certificate.subject.commonName == "DE*ABC*E3")
        #expect(issued.ignored == ["all 2 common names"])
    }

    @Test func aSecondCommonNameThatCannotBeReadStillCounts() throws {
        var request = try TestRequest("DE*ABC*E1")
        request.names.append(NameAttribute(.commonName, "DE*ABC*E2"))
        // The second name's UTF-8 is broken; PoP is made over the broken bytes.
        var body = CertificationRequest.body(subject: DistinguishedName(request.names), key: request.key.publicKey)
        let place = try #require(body.firstRange(of: Array("DE*ABC*E2".utf8))).lowerBound
        body[place - 2] = 0x0c  // UTF8String, whatever it was
        body[place + 3] = 0xff
        let der = CertificationRequest.assemble(
            body: body, algorithm: .ecdsaSHA256, signature: try request.key.sign(body))
        let proven = try ProvenRequest(der: der, verifier: ProductSignatureVerifier())
        #expect(proven.commonName == nil)
    }

    @Test func theSubjectOptionOverridesTheRequest() async throws {
        let pki = try await TestPKI.built()
        let issued = try await pki.issue(.secc, "whatever the factory wrote") { $0.commonName = "DE*ABC*E7" }
        #expect(issued.certificate.subject.commonName == "DE*ABC*E7")
        // Negative control: without it the name's rule refuses.
        let error = await refusal { try await pki.issue(.secc, "whatever the factory wrote") }
        #expect(error?.findings.isEmpty == false)
    }

    @Test func aWrongCheckDigitIsNotIssued() async throws {
        let pki = try await TestPKI.built()
        let right = "DEABCC000000013"
        let emaid = try #require(EMAID(right))
        // One character off, so that the check digit cannot fit.
        var wrong = String(right.dropLast())
        wrong += right.last == "3" ? "4" : "3"
        if case .wrong = emaid.checkDigitState { Issue.record("the sample is wrong itself") }
        let error = await refusal { try await pki.issue(.contract, wrong) }
        #expect(error?.code == .lintFailed)
        #expect(
            error?.findings.contains { $0.rule.id == "V2G.CN.EMAID-CHECK-DIGIT" } == true,
            "\(error?.message ?? "accepted")")
        #expect(try await pki.issue(.contract, right).certificate.subject.commonName == right)
        #expect(try await pki.issuances(.cancelled, role: .contract).count == 1)
    }

    // MARK: Host names

    @Test func stationAndCsmsTakeHostNames() async throws {
        let pki = try await TestPKI.built()
        let host = try #require(HostName("CSMS.Example"))
        for role in [Role.station, .csms] {
            let issued = try await pki.issue(role, "backend \(role.rawValue)") { $0.hosts = [host] }
            #expect(try issued.certificate.body.subjectAlternativeNames() == [.dns("csms.example")])
        }
        let bare = try await pki.issue(.station, "station without")
        #expect(try bare.certificate.body.subjectAlternativeNames() == nil)
        // A server's name is its common name when nothing else is given; without any host name it is refused.
        let named = try await pki.issue(.csms, "backend.example")
        #expect(try named.certificate.body.subjectAlternativeNames() == [.dns("backend.example")])
        let error = await refusal { try await pki.issue(.csms, "no host") }
        #expect(error?.code == .lintFailed)
    }

    @Test(arguments: [Role.secc, .contract, .oem, .cps])
    func rolesOnTheCableTakeNoHostNames(_ role: Role) async throws {
        let pki = try await TestPKI.built()
        let host = try #require(HostName("evil.example"))
        let profile = try #require(CertificateProfile.profile(role, .iso2))
        let error = await refusal {
            try await pki.issue(role, ProfileFixture.commonName(profile)) { $0.hosts = [host] }
        }
        #expect(error?.code == .nameRefused)
        #expect(try await pki.issuances(role: role).isEmpty)
        #expect(try await pki.issue(role, ProfileFixture.commonName(profile)).chain.count == 2)
    }

    @Test(arguments: [
        "", ".", "a..b", "-a.example", "a-.example", "*.example", "a b", "ä.example", "\u{212a}.example", "a_b.example",
        "10.0.0.1",
        String(repeating: "a", count: 64) + ".example", String(repeating: "a.", count: 127) + "aa", "a.example.",
    ])
    func whatIsNoHostNameIsRefused(_ text: String) {
        #expect(HostName(text) == nil)
    }

    @Test(arguments: [
        "a", "localhost", "a-b.example", "1a.example", "xn--4ca.example", String(repeating: "a", count: 63),
    ])
    func hostNamesAreTaken(_ text: String) {
        #expect(HostName(text)?.description == text)
    }

    // MARK: One key, one role, one name

    @Test func aKeyServesOneRoleUnderOneName() async throws {
        let pki = try await TestPKI.built()
        let key = try SoftwareKey.generate(.p256)
        let first = try await pki.issue(.secc, "DE*ABC*E1", key: key)
        for (role, name) in [(Role.secc, "DE*ABC*E2"), (.station, "DE*ABC*E1"), (.cps, "DE*ABC*E1")] {
            let error = await refusal { try await pki.issue(role, name, key: key) }
            #expect(error?.code == .keyInUse, "\(role) \(name)")
        }
        let renewal = try await pki.issue(.secc, "DE*ABC*E1", key: key)
        #expect(renewal.certificate.body.serialNumber != first.certificate.body.serialNumber)
        #expect(renewal.certificate.publicKey == first.certificate.publicKey)
        // Negative control: the same name with another key is another holder of it.
        #expect(try await pki.issue(.secc, "DE*ABC*E1").certificate.publicKey != key.publicKey)
    }

    @Test func aRefusedRequestDoesNotUseUpItsKey() async throws {
        let pki = try await TestPKI.built()
        let key = try SoftwareKey.generate(.p256)
        let error = await refusal { try await pki.issue(.secc, "not a station", key: key) }
        #expect(error?.code == .lintFailed)
        #expect(try await pki.issue(.contract, "DEABCC000000013", key: key).authority == "mo_sub2")
    }

    @Test func aCompromisedKeyIsNeverCertifiedAgain() async throws {
        let pki = try await TestPKI.built()
        for (number, reason) in [RevocationReason.keyCompromise, .superseded, .certificateHold].enumerated() {
            let key = try SoftwareKey.generate(.p256)
            let name = "DE*ABC*E\(number)"
            let first = try await pki.issue(.secc, name, key: key).certificate
            _ = try await pki.authority.revoke(serial: first.body.serialNumber.magnitude, reason: reason)
            let error = await refusal { try await pki.issue(.secc, name, key: key) }
            #expect(error?.code == (reason == .keyCompromise ? .keyCompromised : nil), "\(reason)")
        }
    }

    // MARK: Authorities and roles

    @Test func anAuthorityIssuesOnlyItsRoles() async throws {
        let pki = try await TestPKI.built()
        for (role, authority) in [
            (Role.secc, "mo_sub2"), (.secc, "cpo_sub1"), (.secc, "v2g_root"), (.contract, "cpo_sub2"),
            (.cps, "cpo_sub2"),
            (.oem, "oem_sub1"), (.csms, "cpo_sub2"),
        ] {
            let error = await refusal { try await pki.issue(role, "DE*ABC*E1") { $0.authority = authority } }
            #expect(error?.code == .issuerUnsuitable, "\(role) by \(authority)")
            #expect(error?.message.contains("V2G.CA.ISSUER-ROLE") == true)
        }
        let error = await refusal { try await pki.issue(.secc, "DE*ABC*E1") { $0.authority = "nobody" } }
        #expect(error?.code == .unknownAuthority)
        #expect(error?.message.contains("cpo_sub2") == true)
        #expect(try await pki.issuances(role: .secc).isEmpty)
        #expect(try await pki.issue(.secc, "DE*ABC*E1") { $0.authority = "cpo_sub2" }.authority == "cpo_sub2")
    }

    /// A request names a holder, never an authority: sub-CAs and links come from the plan alone.
    @Test(arguments: Role.allCases.filter(\.isCA))
    func aRequestNeverBecomesAnAuthority(_ role: Role) async throws {
        let pki = try await TestPKI.built()
        for authority in ["v2g_root", "cpo_sub1", "mo_root", "mo_sub1", "oem_root", "oem_sub1", "csms_root"] {
            let error = await refusal { try await pki.issue(role, "Another CA") { $0.authority = authority } }
            #expect(error?.code == .issuerUnsuitable, "\(role) by \(authority)")
        }
        #expect(pki.log.events.isEmpty)
    }

    @Test func edition2HasNoVehicles() async throws {
        let pki = try await TestPKI.built()
        let error = await refusal { try await pki.issue(.vehicle, "WMIV1234567890ABCDEX") }
        #expect(error?.code == .lintFailed)
        #expect(error?.message.contains("iso20") == true)
    }

    @Test(arguments: [Int.max, Int.min, 0, -1, 93, 40_000])
    func aValidityOutOfBoundsIsRefused(_ days: Int) async throws {
        let pki = try await TestPKI.built()
        let error = await refusal { try await pki.issue(.secc, "DE*ABC*E1") { $0.validityDays = days } }
        #expect(error?.code == .lintFailed)
        #expect(pki.log.events.allSatisfy { if case .signed = $0 { false } else { true } })
    }

    @Test func aLeafStaysWithinItsIssuersValidity() async throws {
        let pki = try await TestPKI.built()
        let issuer = try pki.published("cpo_sub2").body
        let end = issuer.notAfter.seconds - pki.clock.now.seconds
        pki.clock.advance(seconds: end - 10 * 86_400)
        let leaf = try await pki.issue(.secc, "DE*ABC*E1").certificate.body
        #expect(leaf.notAfter == issuer.notAfter)
        pki.clock.advance(days: 11)
        let error = await refusal { try await pki.issue(.secc, "DE*ABC*E2") }
        #expect(error?.code == .issuerUnsuitable)
    }
}

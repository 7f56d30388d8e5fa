import CryptoOpenSSL
import EXICodec
import SchemaTypes
import Testing
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GPrimitives
import V2GSession
import V2GSessionISO20
import V2GSignatures
import V2GTestSupport
import V2GX509

/// What a pair is made of.
struct PairCase: Sendable, CustomTestStringConvertible {
    let isDC: Bool
    let isBidirectional: Bool
    let control: VehicleProfile.Control
    let method: AuthorizationMethod

    static let all = [true, false].flatMap { isDC in
        [true, false].flatMap { isBidirectional in
            VehicleProfile.Control.allCases.flatMap { control in
                AuthorizationMethod.allCases.map {
                    PairCase(isDC: isDC, isBidirectional: isBidirectional, control: control, method: $0)
                }
            }
        }
    }

    var energy: VehicleProfile.Energy {
        isDC
            ? CarBench.dc { $0.isBidirectional = isBidirectional }
            : CarBench.ac { $0.isBidirectional = isBidirectional }
    }

    var testDescription: String {
        "\(isDC ? "DC" : "AC")\(isBidirectional ? " BPT" : "") \(control.rawValue) \(method.rawValue)"
    }

    func pair(
        profile: (inout VehicleProfile) -> Void = { _ in }, offer: (inout StationOffer) -> Void = { _ in }
    ) throws -> PairBench {
        try PairBench.pair(energy, control, method, profile: profile, offer: offer)
    }
}

@Suite("our car at our station, ISO 15118-20") struct ISO20PairTests {
    @Test("a whole session", arguments: PairCase.all)
    func whole(kind: PairCase) throws {
        var pair = try kind.pair()
        pair.run()
        #expect(pair.driver.end?.outcome == .completed, "\(pair.driver.end?.reason ?? "")")
        #expect(pair.stationEnd?.outcome == .completed, "\(pair.stationEnd?.reason ?? "")")
        #expect(pair.power.contains { $0.energizes })
        #expect(pair.isOff)
        #expect(pair.hasGrant)
    }

    @Test("megawatt", arguments: [true, false])
    func megawatt(isBidirectional: Bool) throws {
        var pair = try PairBench.pair(
            CarBench.dc {
                $0.isMegawatt = true
                $0.isBidirectional = isBidirectional
            })
        pair.run()
        #expect(pair.driver.end?.outcome == .completed, "\(pair.driver.end?.reason ?? "")")
    }

    @Test("metering is confirmed with valid signatures", arguments: PairCase.all.filter { $0.method == .plugAndCharge })
    func metering(kind: PairCase) throws {
        var pair = try kind.pair(profile: { $0.stopsAfterLoops = 8 }, offer: { $0.receiptEvery = 2 })
        pair.run()
        #expect(pair.driver.end?.outcome == .completed, "\(pair.driver.end?.reason ?? "")")
        #expect(pair.receipts.count >= 2)
        for receipt in pair.receipts {
            #expect(throws: Never.self) {
                _ = try pair.driver.pki.verifier.verify(
                    receipt.signature, over: [.signedMeteringData(receipt.request.signedMeteringData)],
                    by: pair.driver.pki.contract[0].key.publicKey)
            }
        }
    }

    @Test("the station's schedule renegotiation", arguments: PairCase.all)
    func renegotiation(kind: PairCase) throws {
        var pair = try kind.pair(profile: { $0.stopsAfterLoops = 8 })
        pair.operatorRequests = [3: .renegotiate]
        pair.run()
        #expect(pair.driver.end?.outcome == .completed, "\(pair.driver.end?.reason ?? "")")
        #expect(pair.driver.names.count { $0 == "ScheduleExchangeReq" } > 1)
        #expect(pair.driver.notes.contains(.phase("renegotiation")))
        #expect(pair.driver.commands.count { $0 == .closeContactor } == 1, "power stays on")
    }

    @Test("the driver's schedule renegotiation", arguments: PairCase.all.filter { $0.method == .external })
    func driversRenegotiation(kind: PairCase) throws {
        var pair = try kind.pair(profile: { $0.stopsAfterLoops = 8 })
        pair.userRequests = [3: .renegotiate]
        pair.run()
        #expect(pair.driver.end?.outcome == .completed, "\(pair.driver.end?.reason ?? "")")
        #expect(pair.driver.notes.contains(.phase("renegotiation")))
    }

    @Test("pause and resume", arguments: PairCase.all)
    func pauseAndResume(kind: PairCase) throws {
        var first = try kind.pair(profile: { $0.pausesAfterLoops = 2 })
        first.run()
        #expect(first.driver.end?.outcome == .paused, "\(first.driver.end?.reason ?? "")")
        #expect(first.stationEnd?.outcome == .paused, "\(first.stationEnd?.reason ?? "")")
        let carPause = try #require(first.driver.kept.last)
        let stationPause = try #require(first.kept.last)
        #expect(carPause.id == stationPause.id)

        let profile = try VehiclePKI.shared.get().profile(kind.energy, kind.control, [kind.method])
        var second = try PairBench(
            profile, PairBench.offer(kind.energy), carPause: carPause, stationPause: stationPause)
        second.run()
        #expect(second.driver.end?.outcome == .completed, "\(second.driver.end?.reason ?? "")")
        #expect(second.driver.notes.contains(.phase("resumed")))
        #expect(!second.driver.names.contains("AuthorizationReq"), "authorization stays valid")
        #expect(second.driver.names[1].contains("ChargeParameterDiscovery"))
        #expect(second.driver.forgotten == [carPause.id])

        // Another car's certificate: the session is not joined.
        var stranger = try PairBench(
            profile, PairBench.offer(kind.energy), carPause: carPause, stationPause: stationPause,
            vehicleDigest: [UInt8](repeating: 6, count: 64))
        stranger.hasGrant = false
        stranger.run()
        #expect(stranger.driver.end?.outcome == .completed)
        #expect(!stranger.driver.notes.contains(.phase("resumed")))
        #expect(stranger.driver.forgotten.contains(carPause.id))
    }

    @Test("the station asks for a pause or an end", arguments: [OperatorRequest.pause, .stop])
    func stationAsks(request: OperatorRequest) throws {
        for kind in PairCase.all {
            var pair = try kind.pair(profile: { $0.stopsAfterLoops = 50 })
            pair.operatorRequests = [3: request]
            pair.run()
            #expect(pair.driver.end?.outcome == (request == .pause ? .paused : .stopped), "\(kind.testDescription)")
            #expect(pair.driver.names.count { $0.contains("ChargeLoop") } < 8)
            #expect(pair.isOff)
        }
    }

    @Test("the driver stops or pauses", arguments: [UserRequest.stop, .pause])
    func driverAsks(request: UserRequest) throws {
        for kind in PairCase.all {
            var pair = try kind.pair(profile: { $0.stopsAfterLoops = 50 })
            pair.userRequests = [3: request]
            pair.run()
            #expect(pair.driver.end?.outcome == (request == .pause ? .paused : .stopped), "\(kind.testDescription)")
        }
    }

    @Test(
        "the driver stops or pauses at any message",
        arguments: PairCase.all.filter { $0.method == .external && !$0.isBidirectional })
    func driverAsksAnywhere(kind: PairCase) throws {
        var whole = try kind.pair()
        whole.run()
        for request in [UserRequest.stop, .pause] {
            for index in 1..<whole.messages.count {
                var pair = try kind.pair()
                pair.userRequestAtMessage = (index, request)
                pair.run()
                let ends = [pair.driver.end?.outcome, pair.stationEnd?.outcome]
                #expect(
                    ends.allSatisfy { [.completed, .stopped, .paused].contains($0) },
                    "message \(index): \(pair.driver.end?.reason ?? "")")
                #expect(pair.isOff)
            }
        }
    }

    @Test("no energy now: the car pauses", arguments: PairCase.all)
    func goToPause(kind: PairCase) throws {
        var pair = try kind.pair()
        pair.goToPause = true
        pair.run()
        #expect(pair.driver.end?.outcome == .paused, "\(pair.driver.end?.reason ?? "")")
        #expect(!pair.driver.commands.contains(.closeContactor))
    }

    @Test("a contract is installed and used at once")
    func installation() async throws {
        let pki = try VehiclePKI.shared.get()
        let pcid = try #require(PCID("WMIV1234567890ABCD"))
        let wrapped = try WrappedContract20(
            wrapping: try pki.contract[0].key.exportPrivateScalar(), of: pki.contract.sent.map(\.der),
            for: pki.provisioning[0].key.publicKey, pcid: pcid)
        let response = try await ContractInstaller20.makeResponse(
            wrapped, header: ISO20.MessageHeader(session: .zero, at: pki.now), cpsChain: pki.cps.sent.map(\.der),
            cpsKey: pki.cps[0].key)
        let contract = try await ContractInstaller20.accept(
            response, policy: pki.policy, at: pki.now, oemKey: pki.provisioning[0].key, pcid: pcid)
        let octets = try ISO20Common.Element.certificateInstallationRes(response).encodedDocument()

        for isSlow in [true, false] {
            var pair = try PairBench.pair(
                CarBench.dc(),
                profile: {
                    $0.contract = nil
                    $0.contractKey = nil
                })
            pair.installations = [octets]
            if isSlow { pair.judgingTakes = .seconds(4) }
            pair.driver.installer = { message in
                guard case .common(.certificateInstallationRes(let arrived)) = message,
                    arrived.signedInstallationData == response.signedInstallationData,
                    arrived.header.signature == response.header.signature
                else { return .failure(InstallationFailure("another answer")) }
                return .success(contract)
            }
            pair.run()
            #expect(pair.driver.end?.outcome == .completed, "\(pair.driver.end?.reason ?? "")")
            #expect(pair.driver.notes.contains(.contractInstalled(contract.emaid)))
            #expect(pair.driver.installations.count == 1)
        }
        // Two contracts wait: both are fetched, and the first is used. The third that is promised does not come.
        for promised in [UInt8(1), 2] {
            var several = try PairBench.pair(
                CarBench.dc(),
                profile: {
                    $0.contract = nil
                    $0.contractKey = nil
                })
            several.installations = try [promised, promised - 1].map { remaining in
                var answer = response
                answer.remainingContractCertificateChains = remaining
                return try ISO20Common.Element.certificateInstallationRes(answer).encodedDocument()
            }
            several.driver.installer = { _ in .success(contract) }
            several.run()
            #expect(several.driver.end?.outcome == .completed, "\(several.driver.end?.reason ?? "")")
            #expect(several.driver.installations.count == 2)
            #expect(several.driver.names.count { $0 == "CertificateInstallationReq" } == Int(promised) + 1)
        }
        var none = try PairBench.pair(
            CarBench.dc(),
            profile: {
                $0.contract = nil
                $0.contractKey = nil
            })
        none.run()
        #expect(none.driver.end?.outcome == .refused, "no contract waits, and the car wants nothing else")
        #expect(!none.hasGrant)
    }

    @Test("a refused contract falls back to external identification")
    func fallsBack() throws {
        var pair = try PairBench.pair(CarBench.dc(), profile: { $0.authorization = [.plugAndCharge, .external] })
        pair.refusesContracts = true
        pair.run()
        #expect(pair.driver.end?.outcome == .completed, "\(pair.driver.end?.reason ?? "")")
        #expect(pair.driver.notes.contains { if case .authorized(.external, _) = $0 { true } else { false } })
        var strict = try PairBench.pair(CarBench.dc())
        strict.refusesContracts = true
        strict.run()
        #expect(strict.driver.end?.outcome == .refused)
        #expect(!strict.power.contains { $0.energizes })
    }

    @Test("a customer who is refused gets no energy")
    func externalRefused() throws {
        var pair = try PairBench.pair(CarBench.ac(), .scheduled, .external)
        pair.externalVerdicts = [.refused("card unknown")]
        pair.run()
        #expect(pair.driver.end?.outcome == .refused)
        #expect(!pair.power.contains { $0.energizes })
    }

    @Test("slow backends are waited for, and not for ever")
    func slowBackends() throws {
        var slow = try PairBench.pair(CarBench.dc())
        slow.judgingTakes = .seconds(20)
        slow.schedulesTake = .seconds(20)
        slow.isolationTakes = .seconds(20)
        slow.run()
        #expect(slow.driver.end?.outcome == .completed, "\(slow.driver.end?.reason ?? "")")
        var patient = try PairBench.pair(CarBench.dc(), .scheduled, .external)
        patient.judgingTakes = .seconds(150)
        patient.run()
        #expect(patient.driver.end?.outcome == .completed, "customers are not bound by 60 s")
        for bend in [
            { (pair: inout PairBench) in pair.judgingTakes = .seconds(500) },
            { (pair: inout PairBench) in pair.schedulesTake = .seconds(500) },
            { (pair: inout PairBench) in pair.isolationTakes = .seconds(500) },
        ] {
            var never = try PairBench.pair(CarBench.dc())
            bend(&never)
            never.run()
            #expect(never.driver.end != nil && never.driver.end?.outcome != .completed)
            #expect(never.clock < .seconds(70))
            #expect(never.stationEnd != nil)
        }
    }

    @Test("the loss of any message ends both sides safely", arguments: PairCase.all.filter { !$0.isBidirectional })
    func loss(kind: PairCase) throws {
        var whole = try kind.pair(offer: { $0.receiptEvery = 1 })
        whole.run()
        let count = whole.messages.count
        #expect(count > 20)
        for index in 1...count {
            var pair = try kind.pair(offer: { $0.receiptEvery = 1 })
            pair.loses = index
            pair.run()
            #expect(pair.driver.end != nil, "message \(index)")
            #expect(pair.driver.end?.outcome != .completed, "message \(index)")
            #expect(pair.stationEnd != nil, "message \(index)")
            #expect(pair.isOff, "the outlet is off after message \(index)")
            #expect(!pair.driver.isContactorClosed)
            #expect(pair.clock < .seconds(70))
        }
    }
}

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

/// Random cars, backends and equipment before the station's core. Whatever they do, the outlet gets power only under a
/// grant that somebody gave in this session.
@Suite struct RandomWalkTests {
    private static let walksPerSeed = 1_250

    @Test("10,000 random walks never reach a closed contactor without a grant", arguments: UInt64(1)...8)
    func powerNeedsAGrant(_ seed: UInt64) async throws {
        let pki = try await CarPKI.shared.value
        let parts = try WalkParts(pki)
        var energized = 0
        var ended = 0
        for number in 0..<Self.walksPerSeed {
            var walk = try Walk(parts, seed: seed &* 1_000_003 &+ UInt64(number))
            try walk.run(steps: 60)
            if let violation = walk.violation {
                Issue.record(
                    "seed \(seed), walk \(number): \(violation)\n\(walk.trace.map { "\($0)".prefix(200) }.joined(separator: "\n"))"
                )
                return
            }
            if walk.hasPower { energized += 1 }
            if walk.hasEnded { ended += 1 }
        }
        // The walks come far enough to prove something, and are wild enough to be refused.
        #expect(energized > Self.walksPerSeed / 50, "\(energized) walks reached power")
        #expect(ended > Self.walksPerSeed / 2, "\(ended) walks ended")
    }

    /// The control: when the walk forgets that it accepted the customer, it has to find power that nobody granted.
    @Test func theWalksNoticePowerWithoutAGrant() async throws {
        let parts = try WalkParts(try await CarPKI.shared.value)
        var found = 0
        for number in 0..<500 {
            var walk = try Walk(parts, seed: UInt64(number), remembersVerdicts: false)
            try walk.run(steps: 60)
            if walk.violation != nil { found += 1 }
        }
        #expect(found > 5)
    }

    /// The other way round: stations that answer at random, cars and drivers that interfere.
    @Test(
        "2,000 random stations never make the car close its contactors without an answer that allows it",
        arguments: 1...4)
    func aCarIsNotMisled(_ seed: UInt64) async throws {
        let pki = try await CarPKI.shared.value
        var closed = 0
        for number in 0..<500 {
            var walk = try CarWalk(pki, seed: seed &* 7_919 &+ UInt64(number))
            try walk.run(steps: 80)
            if let violation = walk.violation { Issue.record("seed \(seed), walk \(number): \(violation)") }
            if walk.bench.commands.contains(.closeContactor) { closed += 1 }
        }
        #expect(closed > 25, "\(closed) walks closed the contactors")
    }
}

/// A car before a station that answers well mostly, and anyhow else.
private struct CarWalk {
    private var random: SeededGenerator
    private(set) var bench: CarBench
    private(set) var violation: String?
    private let isDC: Bool

    init(_ pki: CarPKI, seed: UInt64) throws {
        random = SeededGenerator(seed)
        isDC = random.chance(50)
        bench = try CarBench(pki, isDC ? .dc(DCVehicle()) : .ac(ACVehicle()))
        bench.station.receiptEvery = 2
    }

    mutating func run(steps: Int) throws {
        try step(.start)
        for _ in 0..<steps where violation == nil && bench.end == nil {
            bench.uptime += .milliseconds(Int.random(in: 0...50, using: &random))
            if random.chance(3) {
                try step(wild())
            } else if bench.isWaitingForItself {
                try bench.giveNext()
            } else if let request = bench.open, let answer = try answer(request) {
                try step(.received(answer))
            } else {
                try bench.fireNext()
            }
        }
        if bench.end != nil, bench.isContactorClosed || bench.isPilotReady || !bench.timers.isEmpty {
            violation = "the end is not safe: \(bench.end?.reason ?? "")"
        }
    }

    /// The contactors close on the answer to PowerDeliveryReq(Start), and DC on a pre-charge that reached its voltage.
    private mutating func step(_ event: EVCCEvent<ISO2Edition>) throws {
        let before = bench.actions.count
        let request = bench.open?.body.bodyElement
        if case .received = event { bench.takeOpen() }
        try bench.give(event)
        let closes = bench.actions[before...].contains {
            if case .vehicle(.closeContactor) = $0 { true } else { false }
        }
        guard closes else { return }
        guard case .received(let message) = event else {
            violation = "the contactors closed on \(event)"
            return
        }
        switch (request, message.body.bodyElement) {
        case (.powerDeliveryReq(let request), .powerDeliveryRes(let response))
        where request.chargeProgress == .start && response.responseCode == .ok && !isDC:
            break
        case (.preChargeReq, .preChargeRes(let response))
        where response.responseCode == .ok && abs((response.evsePresentVoltage.volts?.value ?? 0) - 400) < 20:
            break
        default: violation = "the contactors closed on \(message.body.bodyElement?.name ?? "nothing")"
        }
        if message.header.sessionID.octets != bench.station.sessionID { violation = "another session's answer counted" }
    }

    private mutating func answer(_ request: ISO2.V2GMessage) throws -> ISO2.V2GMessage? {
        guard let good = try bench.station.answer(request) else { return nil }
        guard random.chance(6) else { return good }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: return good.with(ISO2.ResponseCode.allCases.randomElement(using: &random) ?? .failed)
        case 1:
            var other = good
            other.header.sessionID = V2GSessionID.zero.iso2
            return other
        case 2:
            return ISO2.V2GMessage(
                V2GSessionID(bench.station.sessionID) ?? .zero,
                .powerDeliveryRes(
                    ISO2.PowerDeliveryRes(
                        responseCode: .ok,
                        evseStatus: .acEVSEStatus(
                            ISO2.ACEVSEStatus(notificationMaxDelay: 0, evseNotification: .none, rcd: false)))))
        case 3:
            bench.station.preChargeVoltage = Volts(Double(Int.random(in: -100...900, using: &random)))
            bench.station.presentCurrent = Amperes(Double(Int.random(in: -100...900, using: &random)))
            return good
        default: return nil
        }
    }

    private mutating func wild() -> EVCCEvent<ISO2Edition> {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return .timerFired(SessionTimer.allCases.randomElement(using: &random) ?? .message)
        case 1: return .userRequest([.stop, .pause, .renegotiate].randomElement(using: &random) ?? .stop)
        case 2: return .signed(.success([0x30, 0]))
        case 3: return .installed(.failure(InstallationFailure("late")))
        case 4:
            var readings = VehicleReadings()
            readings.controlPilot = random.chance(90) ? .c : .f
            readings.stateOfCharge = Double(Int.random(in: -50...200, using: &random))
            return .vehicle(readings)
        default: return random.chance(20) ? .linkLost("gone") : .start
        }
    }
}

/// SplitMix64: the same walk for the same seed.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// What walks are made of, made once.
private struct WalkParts {
    let evseID: EVSEID
    let approval: ContractApproval
    let chain: ISO2.CertificateChain
    let emaid: ISO2.EMAIDString
    /// A signature of a stranger over some AuthorizationReq.
    let forged: XMLDSig.Signature
    let pki: CarPKI

    init(_ pki: CarPKI) throws {
        self.pki = pki
        evseID = try #require(EVSEID("DE*ABC*E0001"))
        let credential = try pki.credential
        chain = try ISO2.CertificateChain(der: credential.chain)
        emaid = try ISO2.EMAIDString(credential.emaid.normalized)
        let question = ContractQuestion(
            edition: .iso2, session: .zero, emaid: emaid.string, chain: credential.chain)
        guard case .accepted(let approval) = PairBackend(pki: pki).judge(question, at: pki.now) else {
            throw WalkError.noContract
        }
        self.approval = approval
        let request = ISO2.AuthorizationReq(
            id: try XMLID("id1"), genChallenge: try ISO2.GenChallenge([UInt8](repeating: 1, count: 16)))
        let pending = try PendingSignature(
            [.authorizationReq(request)], signer: pki.newContract[0].key.publicKey,
            profile: SignatureProfile(edition: .iso2))
        forged = try pending.completed(with: try pki.newContract[0].key.sign(pending.octets))
    }

    enum WalkError: Error { case noContract }
}

private struct Walk {
    private let parts: WalkParts
    private var random: SeededGenerator
    private var core: ISO2SECC
    private let isDC: Bool
    private var uptime = Duration.zero

    private var session: V2GSessionID?
    private var last: ISO2.BodyElement?
    private var isContract = false
    private var challenge: ISO2.GenChallenge?
    private var pending: [String] = []
    private var loops = 0
    private var isExternalAccepted = false
    private var readings = EVSEReadings()
    private let remembersVerdicts: Bool

    private(set) var hasPower = false
    private(set) var hasEnded = false
    private(set) var violation: String?
    private(set) var trace: [SECCEvent<ISO2Edition>] = []

    init(_ parts: WalkParts, seed: UInt64, remembersVerdicts: Bool = true) throws {
        self.parts = parts
        self.remembersVerdicts = remembersVerdicts
        random = SeededGenerator(seed)
        isDC = random.chance(50)
        var offer = StationOffer(evseID: parts.evseID, energy: isDC ? .dc(DCOffer()) : .ac(ACOffer()))
        offer.receiptEvery = 2
        core = ISO2SECC(
            offer: offer, link: SessionLink(security: random.chance(80) ? .tls12 : .plain),
            signatures: MessageSignatureVerifier(profile: SignatureProfile(edition: .iso2)), paused: { _ in nil })
    }

    private var moment: SessionMoment { SessionMoment(uptime: uptime, wall: parts.pki.now) }

    mutating func run(steps: Int) throws {
        judge(core.begin(at: moment))
        for _ in 0..<steps where violation == nil {
            uptime += .milliseconds(Int.random(in: 0...400, using: &random))
            let event = random.chance(92) ? try cooperative() : try wild()
            trace.append(event)
            judge(core.handle(event, at: moment))
        }
    }

    /// What must hold of everything that the core wants done.
    private mutating func judge(_ actions: [SECCAction<ISO2Edition>]) {
        for action in actions {
            switch action {
            case .power(let command):
                guard let grant = command.grant else { continue }
                hasPower = true
                if hasEnded { violation = "power after the end: \(command)" }
                if grant.session != session { violation = "a grant of another session" }
                switch grant.method {
                case .external: if !isExternalAccepted { violation = "nobody accepted the customer" }
                case .contract: violation = "nobody signed with the contract's key"
                }
            case .send(let message):
                last = message.body.bodyElement
                if case .sessionSetupRes = last { session = V2GSessionID(message.header.sessionID.octets) }
                if case .paymentDetailsRes(let response) = last { challenge = response.genChallenge }
                pending.removeAll { $0 == "equipment" }
            case .judgeContract: pending.append("contract")
            case .judgeExternal: pending.append("external")
            case .provision: pending.append("provision")
            case .makeSchedules: pending.append("schedules")
            case .startTimer(.contactor, after: _), .startTimer(.performance, after: _): pending.append("equipment")
            case .end: hasEnded = true
            case .relay, .startTimer, .cancelTimer, .keepReceipt, .keepPaused, .forgetPaused, .note: break
            }
        }
    }

    // MARK: Events

    /// What helps the session on, mostly.
    private mutating func cooperative() throws -> SECCEvent<ISO2Edition> {
        guard let waiting = pending.first else { return try request(successor()) }
        pending.removeFirst()
        switch waiting {
        case "contract": return .contractJudged(.accepted(parts.approval))
        case "external": return externalVerdict()
        case "provision": return .provisioned(.refused(.unavailable, "no backend"))
        case "schedules":
            return .schedulesMade(ISO2Edition.Schedules(tuples: [ScriptedStation.tuple(1, [(0, 11_000)])]))
        default:
            readings.controlPilot = .c
            readings.isolation = .valid
            readings.contactor = isStop ? .open : .closed
            return .equipment(readings)
        }
    }

    private var isStop = false

    private mutating func externalVerdict() -> SECCEvent<ISO2Edition> {
        guard random.chance(70) else { return .externalJudged(.refused("unknown card")) }
        isExternalAccepted = remembersVerdicts
        return .externalJudged(.accepted(ExternalApproval(token: "card")))
    }

    /// Anything at all.
    private mutating func wild() throws -> SECCEvent<ISO2Edition> {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .timerFired(SessionTimer.allCases.randomElement(using: &random) ?? .sequence)
        case 1: return .contractJudged(.accepted(parts.approval))
        case 2: return .contractJudged(.refused(ContractRefusal(.certificateRevoked, "revoked")))
        case 3: return .schedulesMade(ISO2Edition.Schedules(tuples: []))
        case 4: return .provisioned(.answered([0x80, 1, 2, 3]))
        case 5: return .operatorRequest(random.chance(50) ? .stop : .renegotiate)
        case 6, 7:
            readings.controlPilot = ControlPilot.allCases.randomElement(using: &random) ?? .b
            readings.contactor = ContactorState.allCases.randomElement(using: &random) ?? .open
            readings.isolation = IsolationState.allCases.randomElement(using: &random) ?? .notTested
            readings.fault = random.chance(10) ? .internalError : nil
            return .equipment(readings)
        case 8: return random.chance(20) ? .linkLost("gone") : .timerFired(.performance)
        default: return try request(ISO2Pair.allCases.randomElement(using: &random) ?? .sessionSetup)
        }
    }

    private mutating func successor() -> ISO2Pair {
        switch last {
        case nil: return .sessionSetup
        case .sessionSetupRes: return .serviceDiscovery
        case .serviceDiscoveryRes: return .paymentServiceSelection
        case .paymentServiceSelectionRes:
            return isContract ? (random.chance(80) ? .paymentDetails : .authorization) : .authorization
        case .paymentDetailsRes: return .authorization
        case .authorizationRes(let response):
            return response.evseProcessing == .finished ? .chargeParameterDiscovery : .authorization
        case .chargeParameterDiscoveryRes(let response):
            guard response.evseProcessing == .finished else { return .chargeParameterDiscovery }
            return isDC ? .cableCheck : .powerDelivery
        case .cableCheckRes(let response): return response.evseProcessing == .finished ? .preCharge : .cableCheck
        case .preChargeRes: return .powerDelivery
        case .powerDeliveryRes: return isStop ? .sessionStop : (isDC ? .currentDemand : .chargingStatus)
        case .chargingStatusRes(let response): return afterLoop(response.receiptRequired)
        case .currentDemandRes(let response): return afterLoop(response.receiptRequired)
        case .meteringReceiptRes: return isDC ? .currentDemand : .chargingStatus
        default: return ISO2Pair.allCases.randomElement(using: &random) ?? .sessionStop
        }
    }

    private mutating func afterLoop(_ receipt: Bool?) -> ISO2Pair {
        if receipt == true { return .meteringReceipt }
        loops += 1
        return random.chance(30) ? .powerDelivery : (isDC ? .currentDemand : .chargingStatus)
    }

    // MARK: Requests

    private mutating func request(_ pair: ISO2Pair) throws -> SECCEvent<ISO2Edition> {
        var id = session ?? .zero
        if random.chance(2) { id = random.chance(50) ? .zero : V2GSessionID([1, 2, 3]) ?? .zero }
        let isForged = (pair == .authorization || pair == .meteringReceipt) && random.chance(30)
        let message = ISO2.V2GMessage(id, try body(pair), signature: isForged ? parts.forged : nil)
        return .received(message, octets: [])
    }

    private mutating func body(_ pair: ISO2Pair) throws -> ISO2.BodyElement {
        let status = ISO2.DCEVStatus(evReady: true, evErrorCode: .noError, evRESSSOC: ISO2.PercentValue(clamping: 50))
        switch pair {
        case .sessionSetup:
            return .sessionSetupReq(ISO2.SessionSetupReq(evccID: try ISO2.EvccID([2, 0, 0, 0, 0, 1])))
        case .serviceDiscovery:
            return .serviceDiscoveryReq(ISO2.ServiceDiscoveryReq(serviceScope: nil, serviceCategory: nil))
        case .serviceDetail: return .serviceDetailReq(ISO2.ServiceDetailReq(serviceID: random.chance(70) ? 2 : 9))
        case .paymentServiceSelection:
            isContract = random.chance(40)
            let charging = ISO2.SelectedService(serviceID: random.chance(95) ? 1 : 7, parameterSetID: nil)
            return .paymentServiceSelectionReq(
                ISO2.PaymentServiceSelectionReq(
                    selectedPaymentOption: isContract ? .contract : .externalPayment,
                    selectedServiceList: ISO2.SelectedServiceList(selectedService: try BoundedList([charging]))))
        case .certificateInstallation, .certificateUpdate:
            return .certificateInstallationReq(
                ISO2.CertificateInstallationReq(
                    id: try XMLID("id1"), oemProvisioningCert: parts.chain.certificate,
                    listOfRootCertificateIDs: ISO2.ListOfRootCertificateIDs(
                        rootCertificateID: try BoundedList([
                            XMLDSig.X509IssuerSerial(
                                x509IssuerName: try XMLString("CN=Root"), x509SerialNumber: UnboundedInteger(1))
                        ]))))
        case .paymentDetails:
            return .paymentDetailsReq(
                ISO2.PaymentDetailsReq(emaid: parts.emaid, contractSignatureCertChain: parts.chain))
        case .authorization:
            let repeats = isContract && random.chance(70)
            return .authorizationReq(
                ISO2.AuthorizationReq(id: repeats ? try XMLID("id1") : nil, genChallenge: repeats ? challenge : nil))
        case .chargeParameterDiscovery: return .chargeParameterDiscoveryReq(parameters(status))
        case .powerDelivery:
            isStop = loops > 0 && random.chance(70)
            let progress: ISO2.ChargeProgress = isStop ? .stop : (random.chance(90) ? .start : .renegotiate)
            return .powerDeliveryReq(
                ISO2.PowerDeliveryReq(
                    chargeProgress: progress, saScheduleTupleID: ISO2.SAID(clamping: random.chance(95) ? 1 : 5),
                    chargingProfile: nil, evPowerDeliveryParameter: nil))
        case .chargingStatus: return .chargingStatusReq(ISO2.ChargingStatusReq())
        case .meteringReceipt:
            return .meteringReceiptReq(
                ISO2.MeteringReceiptReq(
                    id: try XMLID("id1"), sessionID: (session ?? .zero).iso2, saScheduleTupleID: nil,
                    meterInfo: ISO2.MeterInfo(meterID: try ISO2.MeterID("M1"))))
        case .cableCheck: return .cableCheckReq(ISO2.CableCheckReq(dcEVStatus: status))
        case .preCharge:
            return .preChargeReq(
                ISO2.PreChargeReq(
                    dcEVStatus: status, evTargetVoltage: .init(Volts(400)), evTargetCurrent: .init(Amperes(2))))
        case .currentDemand:
            return .currentDemandReq(
                ISO2.CurrentDemandReq(
                    dcEVStatus: status,
                    evTargetCurrent: .init(Amperes(Double(Int.random(in: -10...900, using: &random)))),
                    chargingComplete: false, evTargetVoltage: .init(Volts(400))))
        case .weldingDetection: return .weldingDetectionReq(ISO2.WeldingDetectionReq(dcEVStatus: status))
        case .sessionStop:
            return .sessionStopReq(ISO2.SessionStopReq(chargingSession: random.chance(70) ? .terminate : .pause))
        }
    }

    private mutating func parameters(_ status: ISO2.DCEVStatus) -> ISO2.ChargeParameterDiscoveryReq {
        let asksDC = random.chance(95) == isDC
        let parameter: ISO2.EVChargeParameter =
            asksDC
            ? .dcEVChargeParameter(
                ISO2.DCEVChargeParameter(
                    departureTime: nil, dcEVStatus: status, evMaximumCurrentLimit: .init(Amperes(200)),
                    evMaximumVoltageLimit: .init(Volts(450))))
            : .acEVChargeParameter(
                ISO2.ACEVChargeParameter(
                    departureTime: nil, eAmount: .init(WattHours(10_000)), evMaxVoltage: .init(Volts(400)),
                    evMaxCurrent: .init(Amperes(32)), evMinCurrent: .init(Amperes(6))))
        return ISO2.ChargeParameterDiscoveryReq(
            maxEntriesSAScheduleTuple: nil, requestedEnergyTransferMode: asksDC ? .dcExtended : .acThreePhaseCore,
            evChargeParameter: parameter)
    }
}

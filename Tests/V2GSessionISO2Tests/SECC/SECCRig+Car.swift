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

// The good case, and its requests one by one.
extension SECCRig {
    /// A rig whose station has sent the response that the stage is named by.
    static func at(
        _ stage: Stage, _ kind: Kind, security: SessionLink.Security = .tls12,
        prepare: (inout SECCRig) -> Void = { _ in }, offer edit: (inout StationOffer) -> Void = { _ in }
    ) throws -> SECCRig {
        var rig = try SECCRig(kind, security: security, offer: edit)
        prepare(&rig)
        try rig.advance(to: stage)
        return rig
    }

    mutating func advance(from start: Stage = .begun, to stage: Stage) throws {
        for step in Stage.allCases where step.rawValue > start.rawValue && step.rawValue <= stage.rawValue {
            try take(step)
        }
    }

    private mutating func take(_ stage: Stage) throws {
        switch stage {
        case .begun: return
        case .sessionSetup:
            send(.sessionSetupReq(ISO2.SessionSetupReq(evccID: try ISO2.EvccID([0, 1, 2, 3, 4, 5]))))
            session = try #require(message.flatMap { V2GSessionID($0.header) })
        case .serviceDiscovery: send(.serviceDiscoveryReq(ISO2.ServiceDiscoveryReq()))
        case .serviceDetail: send(.serviceDetailReq(ISO2.ServiceDetailReq(serviceID: 1)))
        case .selection: send(try selection())
        case .paymentDetails:
            guard kind.isPnC else { return }
            send(try paymentDetails())
            if case .paymentDetailsRes(let response) = response { challenge = response.genChallenge.octets }
        case .authorization: try authorize()
        case .parameters: send(parameters())
        case .cableCheck, .preCharge, .welding:
            guard kind.isDC else { return }
            send(stage == .cableCheck ? cableCheck : stage == .preCharge ? preCharge() : weldingDetection)
        case .started: send(powerDelivery(.start))
        case .looped: send(loop())
        case .stopped:
            send(powerDelivery(.stop))
            report { $0.controlPilot = .b }
            return
        }
        try #require(code.map { !$0.isFailure } ?? false, "\(stage): \(actions.reason ?? "no answer")")
    }

    func selection(
        _ option: ISO2.PaymentOption? = nil, _ services: [(ISO2.ServiceID, Int16?)] = [(1, nil)]
    ) throws -> ISO2.BodyElement {
        .paymentServiceSelectionReq(
            ISO2.PaymentServiceSelectionReq(
                selectedPaymentOption: option ?? (kind.isPnC ? .contract : .externalPayment),
                selectedServiceList: ISO2.SelectedServiceList(
                    selectedService: try BoundedList(
                        services.map { ISO2.SelectedService(serviceID: $0.0, parameterSetID: $0.1) }))))
    }

    func paymentDetails(emaid: String? = nil) throws -> ISO2.BodyElement {
        .paymentDetailsReq(
            ISO2.PaymentDetailsReq(
                emaid: try emaid.map { try ISO2.EMAIDString($0) } ?? party.emaid(chain),
                contractSignatureCertChain: try party.certificates(chain)))
    }

    func authorizationReq(_ challenge: [UInt8]? = nil, id: String? = "id1") throws -> ISO2.AuthorizationReq {
        ISO2.AuthorizationReq(
            id: try id.map { try XMLID($0) }, genChallenge: try ISO2.GenChallenge(challenge ?? self.challenge))
    }

    @discardableResult
    mutating func authorize(by key: SoftwareKey? = nil) throws -> ISO2.BodyElement? {
        guard kind.isPnC else { return send(.authorizationReq(ISO2.AuthorizationReq())) }
        let request = try authorizationReq()
        let signature = try party.sign(.authorizationReq(request), by: key ?? chain[0].key)
        return send(.authorizationReq(request), signature: signature)
    }

    func parameters(
        _ mode: ISO2.EnergyTransferMode? = nil, current: Amperes = Amperes(32), departure: UInt32? = nil,
        entries: UInt16? = nil, dc: Bool? = nil
    ) -> ISO2.BodyElement {
        let isDC = dc ?? kind.isDC
        let ac = ISO2.ACEVChargeParameter(
            departureTime: departure, eAmount: ISO2.PhysicalValue(WattHours(20_000)),
            evMaxVoltage: ISO2.PhysicalValue(Volts(400)), evMaxCurrent: ISO2.PhysicalValue(current),
            evMinCurrent: ISO2.PhysicalValue(Amperes(6)))
        let direct = ISO2.DCEVChargeParameter(
            departureTime: departure, dcEVStatus: Self.ready, evMaximumCurrentLimit: ISO2.PhysicalValue(current),
            evMaximumVoltageLimit: ISO2.PhysicalValue(Volts(450)))
        return .chargeParameterDiscoveryReq(
            ISO2.ChargeParameterDiscoveryReq(
                maxEntriesSAScheduleTuple: entries,
                requestedEnergyTransferMode: mode ?? (isDC ? .dcExtended : .acThreePhaseCore),
                evChargeParameter: isDC ? .dcEVChargeParameter(direct) : .acEVChargeParameter(ac)))
    }

    static let ready = ISO2.DCEVStatus(
        evReady: true, evErrorCode: .noError, evRESSSOC: ISO2.PercentValue(clamping: 50))

    var cableCheck: ISO2.BodyElement { .cableCheckReq(ISO2.CableCheckReq(dcEVStatus: Self.ready)) }

    func preCharge(_ volts: Double = 400, _ amperes: Double = 1) -> ISO2.BodyElement {
        .preChargeReq(
            ISO2.PreChargeReq(
                dcEVStatus: Self.ready, evTargetVoltage: ISO2.PhysicalValue(Volts(volts)),
                evTargetCurrent: ISO2.PhysicalValue(Amperes(amperes))))
    }

    func powerDelivery(
        _ progress: ISO2.ChargeProgress, tuple: UInt8 = 1, profile: ISO2.ChargingProfile? = nil,
        error: ISO2.DCEVErrorCode? = nil
    ) -> ISO2.BodyElement {
        let status = error.map { ISO2.DCEVStatus(evReady: true, evErrorCode: $0, evRESSSOC: Self.ready.evRESSSOC) }
        return .powerDeliveryReq(
            ISO2.PowerDeliveryReq(
                chargeProgress: progress, saScheduleTupleID: ISO2.SAID(clamping: tuple), chargingProfile: profile,
                evPowerDeliveryParameter: status.map {
                    .dcEVPowerDeliveryParameter(
                        ISO2.DCEVPowerDeliveryParameter(dcEVStatus: $0, chargingComplete: false))
                }))
    }

    func profile(_ entries: [(UInt32, Double)]) throws -> ISO2.ChargingProfile {
        ISO2.ChargingProfile(
            profileEntry: try BoundedList(
                entries.map {
                    ISO2.ProfileEntry(
                        chargingProfileEntryStart: $0.0, chargingProfileEntryMaxPower: ISO2.PhysicalValue(Watts($0.1)))
                }))
    }

    func loop(_ volts: Double = 400, _ amperes: Double = 20) -> ISO2.BodyElement {
        kind.isDC ? currentDemand(volts, amperes) : .chargingStatusReq(ISO2.ChargingStatusReq())
    }

    func currentDemand(_ volts: Double = 400, _ amperes: Double = 20) -> ISO2.BodyElement {
        .currentDemandReq(
            ISO2.CurrentDemandReq(
                dcEVStatus: Self.ready, evTargetCurrent: ISO2.PhysicalValue(Amperes(amperes)),
                chargingComplete: false, evTargetVoltage: ISO2.PhysicalValue(Volts(volts))))
    }

    var weldingDetection: ISO2.BodyElement {
        .weldingDetectionReq(ISO2.WeldingDetectionReq(dcEVStatus: Self.ready))
    }

    func sessionStop(_ kind: ISO2.ChargingSession = .terminate) -> ISO2.BodyElement {
        .sessionStopReq(ISO2.SessionStopReq(chargingSession: kind))
    }

    /// What the last loop response showed.
    var shownMeter: ISO2.MeterInfo? {
        switch response {
        case .chargingStatusRes(let response): response.meterInfo
        case .currentDemandRes(let response): response.meterInfo
        default: nil
        }
    }

    var receiptRequired: Bool? {
        switch response {
        case .chargingStatusRes(let response): response.receiptRequired
        case .currentDemandRes(let response): response.receiptRequired
        default: nil
        }
    }

    func receipt() throws -> ISO2.MeteringReceiptReq {
        ISO2.MeteringReceiptReq(
            id: try XMLID("id1"), sessionID: session.iso2, saScheduleTupleID: ISO2.SAID(clamping: 1),
            meterInfo: try #require(shownMeter))
    }

    @discardableResult
    mutating func send(
        _ receipt: ISO2.MeteringReceiptReq, signed: ISO2.MeteringReceiptReq? = nil, by key: SoftwareKey? = nil,
        session: V2GSessionID? = nil
    ) throws -> ISO2.BodyElement? {
        let signature = try party.sign(.meteringReceiptReq(signed ?? receipt), by: key ?? chain[0].key)
        return send(.meteringReceiptReq(receipt), signature: signature, session: session)
    }

    func installation(id: String = "id1", leaf: [UInt8]? = nil) throws -> ISO2.CertificateInstallationReq {
        ISO2.CertificateInstallationReq(
            id: try XMLID(id),
            oemProvisioningCert: try ISO2.Certificate(leaf ?? party.provisioning[0].certificate.der),
            listOfRootCertificateIDs: try Self.roots())
    }

    func update(emaid: String? = nil) throws -> ISO2.CertificateUpdateReq {
        ISO2.CertificateUpdateReq(
            id: try XMLID("id1"), contractSignatureCertChain: try party.certificates(chain, id: "id2"),
            emaid: try emaid.map { try ISO2.EMAIDString($0) } ?? party.emaid(chain),
            listOfRootCertificateIDs: try Self.roots())
    }

    private static func roots() throws -> ISO2.ListOfRootCertificateIDs {
        ISO2.ListOfRootCertificateIDs(
            rootCertificateID: try BoundedList([
                XMLDSig.X509IssuerSerial(
                    x509IssuerName: try XMLString("CN=V2G Root"), x509SerialNumber: UnboundedInteger(1))
            ]))
    }
}

import SchemaTypes
import V2GMessagesISO2
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSession
import V2GSessionISO2

/// A station that answers as it is told: well by default, and as a test bends it otherwise.
struct ScriptedStation {
    var sessionID: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    var setupCode = ISO2.ResponseCode.okNewSessionEstablished
    var options: [ISO2.PaymentOption] = [.contract, .externalPayment]
    var modes: [ISO2.EnergyTransferMode] = [.acThreePhaseCore, .acSinglePhaseCore, .dcExtended]
    var certificateSets: [Int16]? = [1, 2]
    var pki: CarPKI
    var challenge = [UInt8](repeating: 7, count: 16)
    var detailsCode = ISO2.ResponseCode.ok
    /// Answers of this kind before Finished, by pair.
    var ongoing: [ISO2Pair: Int] = [:]
    var ongoingKind = ISO2.EVSEProcessing.ongoing
    var tuples: [ISO2.SAScheduleTuple] = []
    var tariffSignature: XMLDSig.Signature?
    var notification: [ISO2Pair: ISO2.EVSENotification] = [:]
    var dcStatusCode: [ISO2Pair: ISO2.DCEVSEStatusCode] = [:]
    var isolation: ISO2.IsolationLevel? = .valid
    var rcd = false
    var maximumCurrent = Amperes(200)
    var maximumVoltage = Volts(500)
    var minimumVoltage = Volts(150)
    var acCurrent = Amperes(32)
    var preChargeVoltage = Volts(400)
    var presentVoltage = Volts(400)
    var presentCurrent = Amperes(100)
    var weldingVoltage = Volts(5)
    var loopCurrentLimit: Amperes?
    var loopTuple: UInt8?
    var receiptEvery: Int?
    var meterReading: UInt64? = 1_000
    /// What a test does to an answer last of all; `nil` leaves the request unanswered.
    var bend: (ISO2.V2GMessage, ISO2Pair) -> ISO2.V2GMessage? = { message, _ in message }

    private var counts: [ISO2Pair: Int] = [:]
    private var loops = 0
    private var chosenTuple: UInt8 = 1

    init(_ pki: CarPKI) {
        self.pki = pki
        tuples = [Self.tuple(1, [(0, 22_000)])]
    }

    static func tuple(
        _ id: UInt8, _ entries: [(start: UInt32, watts: Double)], until end: UInt32 = 86_400,
        tariff: ISO2.SalesTariff? = nil
    ) -> ISO2.SAScheduleTuple {
        let list = entries.enumerated().map { index, entry in
            ISO2.PMaxScheduleEntry(
                timeInterval: .relativeTimeInterval(
                    ISO2.RelativeTimeInterval(
                        start: Ranged(clamping: entry.start),
                        duration: index == entries.count - 1 ? Ranged(clamping: end - min(end, entry.start)) : nil)),
                pMax: ISO2.PhysicalValue(Watts(entry.watts)))
        }
        return ISO2.SAScheduleTuple(
            saScheduleTupleID: ISO2.SAID(clamping: id),
            pMaxSchedule: ISO2.PMaxSchedule(pMaxScheduleEntry: BoundedList(unchecked: list)), salesTariff: tariff)
    }

    static func tariff(_ id: UInt8, level: UInt8) throws -> ISO2.SalesTariff {
        let entry = ISO2.SalesTariffEntry(
            timeInterval: .relativeTimeInterval(
                ISO2.RelativeTimeInterval(start: Ranged(clamping: 0), duration: Ranged(clamping: 86_400))),
            ePriceLevel: level)
        return ISO2.SalesTariff(
            id: try XMLID("t\(id)"), salesTariffID: ISO2.SAID(clamping: id), salesTariffDescription: nil,
            numEPriceLevels: 3, salesTariffEntry: try BoundedList([entry]))
    }

    mutating func answer(_ request: ISO2.V2GMessage) throws -> ISO2.V2GMessage? {
        guard let element = request.body.bodyElement, let id = V2GSessionID(sessionID) else { return nil }
        let pair = element.kind.pair
        counts[pair, default: 0] += 1
        var signature: XMLDSig.Signature?
        let body = try body(element, pair, &signature)
        return bend(ISO2.V2GMessage(id, body, signature: signature), pair)
    }

    private mutating func body(
        _ request: ISO2.BodyElement, _ pair: ISO2Pair, _ signature: inout XMLDSig.Signature?
    ) throws -> ISO2.BodyElement {
        switch pair {
        case .sessionSetup:
            return .sessionSetupRes(
                ISO2.SessionSetupRes(
                    responseCode: setupCode, evseID: try ISO2.EvseID("DE*ABC*E0001"), evseTimeStamp: nil))
        case .serviceDiscovery: return try services()
        case .serviceDetail:
            let sets = try certificateSets.map {
                try $0.map {
                    ISO2.ParameterSet(
                        parameterSetID: $0,
                        parameter: try BoundedList([
                            ISO2.Parameter(
                                name: try XMLString("Service"),
                                parameterValue: .stringValue(try XMLString($0 == 1 ? "Installation" : "Update")))
                        ]))
                }
            }
            return .serviceDetailRes(
                ISO2.ServiceDetailRes(
                    responseCode: .ok, serviceID: 2,
                    serviceParameterList: sets.map {
                        ISO2.ServiceParameterList(parameterSet: BoundedList(unchecked: $0))
                    }))
        case .paymentServiceSelection:
            return .paymentServiceSelectionRes(ISO2.PaymentServiceSelectionRes(responseCode: .ok))
        case .certificateInstallation:
            signature = pki.installationResponse.1
            return .certificateInstallationRes(pki.installationResponse.0)
        case .certificateUpdate:
            signature = pki.updateResponse.1
            return .certificateUpdateRes(pki.updateResponse.0)
        case .paymentDetails:
            return .paymentDetailsRes(
                ISO2.PaymentDetailsRes(
                    responseCode: detailsCode, genChallenge: try ISO2.GenChallenge(challenge),
                    evseTimeStamp: pki.now.seconds))
        case .authorization:
            return .authorizationRes(ISO2.AuthorizationRes(responseCode: .ok, evseProcessing: processing(pair)))
        case .chargeParameterDiscovery:
            signature = tariffSignature
            return try chargeParameters(request)
        case .powerDelivery:
            if case .powerDeliveryReq(let request) = request { chosenTuple = request.saScheduleTupleID.value }
            return .powerDeliveryRes(ISO2.PowerDeliveryRes(responseCode: .ok, evseStatus: status(pair)))
        case .chargingStatus, .currentDemand: return try loop(pair)
        case .meteringReceipt:
            return .meteringReceiptRes(ISO2.MeteringReceiptRes(responseCode: .ok, evseStatus: status(pair)))
        case .cableCheck:
            return .cableCheckRes(
                ISO2.CableCheckRes(responseCode: .ok, dcEVSEStatus: dcStatus(pair), evseProcessing: processing(pair)))
        case .preCharge:
            return .preChargeRes(
                ISO2.PreChargeRes(
                    responseCode: .ok, dcEVSEStatus: dcStatus(pair),
                    evsePresentVoltage: ISO2.PhysicalValue(preChargeVoltage)))
        case .weldingDetection:
            return .weldingDetectionRes(
                ISO2.WeldingDetectionRes(
                    responseCode: .ok, dcEVSEStatus: dcStatus(pair),
                    evsePresentVoltage: ISO2.PhysicalValue(weldingVoltage)))
        case .sessionStop: return .sessionStopRes(ISO2.SessionStopRes(responseCode: .ok))
        }
    }

    private func processing(_ pair: ISO2Pair) -> ISO2.EVSEProcessing {
        (counts[pair] ?? 0) <= (ongoing[pair] ?? 0) ? ongoingKind : .finished
    }

    private var isDC = true

    private func status(_ pair: ISO2Pair) -> ISO2.EVSEStatus {
        isDC ? .dcEVSEStatus(dcStatus(pair)) : .acEVSEStatus(acStatus(pair))
    }

    private func acStatus(_ pair: ISO2Pair) -> ISO2.ACEVSEStatus {
        ISO2.ACEVSEStatus(
            notificationMaxDelay: 0, evseNotification: notification[pair] ?? .none, rcd: rcd)
    }

    private func dcStatus(_ pair: ISO2Pair) -> ISO2.DCEVSEStatus {
        ISO2.DCEVSEStatus(
            notificationMaxDelay: 0, evseNotification: notification[pair] ?? .none, evseIsolationStatus: isolation,
            evseStatusCode: dcStatusCode[pair] ?? .evSEReady)
    }

    private func services() throws -> ISO2.BodyElement {
        let charge = ISO2.ChargeService(
            serviceID: 1, serviceName: nil, serviceCategory: .evCharging, serviceScope: nil, freeService: false,
            supportedEnergyTransferMode: ISO2.SupportedEnergyTransferMode(energyTransferMode: try BoundedList(modes)))
        let certificates = ISO2.Service(
            serviceID: 2, serviceName: nil, serviceCategory: .contractCertificate, serviceScope: nil, freeService: true)
        return .serviceDiscoveryRes(
            ISO2.ServiceDiscoveryRes(
                responseCode: .ok, paymentOptionList: ISO2.PaymentOptionList(paymentOption: try BoundedList(options)),
                chargeService: charge,
                serviceList: certificateSets == nil ? nil : ISO2.ServiceList(service: try BoundedList([certificates]))))
    }

    private mutating func chargeParameters(_ request: ISO2.BodyElement) throws -> ISO2.BodyElement {
        if case .chargeParameterDiscoveryReq(let request) = request {
            isDC = request.requestedEnergyTransferMode.isDC
        }
        let parameter: ISO2.EVSEChargeParameter =
            isDC
            ? .dcEVSEChargeParameter(
                ISO2.DCEVSEChargeParameter(
                    dcEVSEStatus: dcStatus(.chargeParameterDiscovery), evseMaximumCurrentLimit: .init(maximumCurrent),
                    evseMaximumPowerLimit: .init(Watts(100_000)), evseMaximumVoltageLimit: .init(maximumVoltage),
                    evseMinimumCurrentLimit: .init(Amperes(0)), evseMinimumVoltageLimit: .init(minimumVoltage),
                    evseCurrentRegulationTolerance: nil, evsePeakCurrentRipple: .init(Amperes(1)),
                    evseEnergyToBeDelivered: nil))
            : .acEVSEChargeParameter(
                ISO2.ACEVSEChargeParameter(
                    acEVSEStatus: acStatus(.chargeParameterDiscovery), evseNominalVoltage: .init(Volts(230)),
                    evseMaxCurrent: .init(acCurrent)))
        let processing = processing(.chargeParameterDiscovery)
        let list = ISO2.SAScheduleList(saScheduleTuple: try BoundedList(tuples))
        return .chargeParameterDiscoveryRes(
            ISO2.ChargeParameterDiscoveryRes(
                responseCode: .ok, evseProcessing: processing,
                saSchedules: processing == .finished ? .saScheduleList(list) : nil, evseChargeParameter: parameter))
    }

    private mutating func loop(_ pair: ISO2Pair) throws -> ISO2.BodyElement {
        loops += 1
        let reading = meterReading.map { $0 + UInt64(loops) * 10 }
        let meter = ISO2.MeterInfo(
            meterID: try ISO2.MeterID("M1"), meterReading: reading, sigMeterReading: nil, meterStatus: nil, tMeter: nil)
        let receipt = receiptEvery.map { loops % $0 == 0 }
        let tuple = ISO2.SAID(clamping: loopTuple ?? chosenTuple)
        let id = try ISO2.EvseID("DE*ABC*E0001")
        if pair == .chargingStatus {
            return .chargingStatusRes(
                ISO2.ChargingStatusRes(
                    responseCode: .ok, evseID: id, saScheduleTupleID: tuple,
                    evseMaxCurrent: loopCurrentLimit.map { .init($0) }, meterInfo: meterReading == nil ? nil : meter,
                    receiptRequired: receipt, acEVSEStatus: acStatus(pair)))
        }
        return .currentDemandRes(
            ISO2.CurrentDemandRes(
                responseCode: .ok, dcEVSEStatus: dcStatus(pair), evsePresentVoltage: .init(presentVoltage),
                evsePresentCurrent: .init(presentCurrent), evseCurrentLimitAchieved: false,
                evseVoltageLimitAchieved: false, evsePowerLimitAchieved: false, evseMaximumVoltageLimit: nil,
                evseMaximumCurrentLimit: loopCurrentLimit.map { .init($0) }, evseMaximumPowerLimit: nil, evseID: id,
                saScheduleTupleID: tuple, meterInfo: meterReading == nil ? nil : meter, receiptRequired: receipt))
    }
}

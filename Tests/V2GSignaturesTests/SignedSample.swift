import EXICodec
import SchemaTypes
import Testing
import V2GCertificates
import V2GMessagesISO2
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GMessagesXMLDSig
import V2GSignatures

/// One of the elements that ISO 15118 signs, as a message would bring it.
struct SignedSample: Sendable, CustomTestStringConvertible {
    enum Body: Sendable, Hashable {
        case iso2(ISO2.Element)
        case iso20(ISO20Common.Element)
    }

    let name: String
    let body: Body
    /// The event code in the fragment grammar, where it is published.
    let code: Int?

    var testDescription: String { name }
    var edition: Edition {
        switch body {
        case .iso2: .iso2
        case .iso20: .iso20
        }
    }

    var fragment: [UInt8] {
        get throws {
            switch body {
            case .iso2(let element): try element.encodedFragment()
            case .iso20(let element): try element.encodedFragment()
            }
        }
    }

    func signable() throws -> SignableElement {
        switch body {
        case .iso2(.authorizationReq(let value)): return try .authorizationReq(value)
        case .iso2(.meteringReceiptReq(let value)): return try .meteringReceiptReq(value)
        case .iso2(.certificateInstallationReq(let value)): return try .certificateInstallationReq(value)
        case .iso2(.certificateUpdateReq(let value)): return try .certificateUpdateReq(value)
        case .iso2(.contractSignatureCertChain(let value)): return try .contractSignatureCertChain(value)
        case .iso2(.contractSignatureEncryptedPrivateKey(let value)):
            return try .contractSignatureEncryptedPrivateKey(value)
        case .iso2(.dhPublicKey(let value)): return try .dhPublicKey(value)
        case .iso2(.emaid(let value)): return try .emaid(value)
        case .iso2(.salesTariff(let value)): return try .salesTariff(value)
        case .iso20(.pncAReqAuthorizationMode(let value)): return try .pncAReqAuthorizationMode(value)
        case .iso20(.oemProvisioningCertificateChain(let value)): return try .oemProvisioningCertificateChain(value)
        case .iso20(.signedInstallationData(let value)): return try .signedInstallationData(value)
        case .iso20(.signedMeteringData(let value)): return try .signedMeteringData(value)
        case .iso20(.absolutePriceSchedule(let value)): return try .absolutePriceSchedule(value)
        case .iso20(.priceLevelSchedule(let value)): return try .priceLevelSchedule(value)
        default: throw NotSigned()
        }
    }

    /// Every other value that comes of this one by the change of one bit of its encoding.
    func mutants() throws -> [SignedSample] {
        var found: [SignedSample] = []
        let original = try fragment
        for bit in 8..<(original.count * 8) {
            var octets = original
            octets[bit / 8] ^= 0x80 >> UInt8(bit % 8)
            let changed: Body?
            switch body {
            case .iso2: changed = (try? ISO2.Element(decodingFragment: octets.span)).map { .iso2($0) }
            case .iso20: changed = (try? ISO20Common.Element(decodingFragment: octets.span)).map { .iso20($0) }
            }
            guard let changed, changed != body else { continue }
            found.append(SignedSample(name: "\(name), bit \(bit)", body: changed, code: nil))
        }
        return found
    }

    struct NotSigned: Error {}
}

extension SignedSample {
    static func octets(_ count: Int, from start: UInt8 = 0) -> [UInt8] {
        (0..<count).map { start &+ UInt8(truncatingIfNeeded: $0) }
    }

    static func iso2() throws -> [SignedSample] {
        let id = try XMLID("id1")
        let certificate = try ISO2.Certificate(octets(40, from: 0x30))
        let roots = ISO2.ListOfRootCertificateIDs(
            rootCertificateID: try BoundedList([
                XMLDSig.X509IssuerSerial(
                    x509IssuerName: try XMLString("CN=V2G Root,O=Example,C=DE,DC=V2G"),
                    x509SerialNumber: try UnboundedInteger(decimal: "123456789012345678901234567890"))
            ]))
        let chain = ISO2.CertificateChain(
            id: id, certificate: certificate,
            subCertificates: ISO2.SubCertificates(certificate: try BoundedList([certificate, certificate])))
        let meter = ISO2.MeterInfo(meterID: try ISO2.MeterID("METER-1"), meterReading: 123_456, tMeter: 1_700_000_000)
        let tariff = ISO2.SalesTariff(
            id: id, salesTariffID: try ISO2.SAID(1), salesTariffDescription: try ISO2.TariffDescription("night"),
            numEPriceLevels: 2,
            salesTariffEntry: try BoundedList([
                ISO2.SalesTariffEntry(
                    timeInterval: .relativeTimeInterval(
                        ISO2.RelativeTimeInterval(start: try Ranged(0), duration: try Ranged(3_600))),
                    ePriceLevel: 1)
            ]))
        let challenge = try ISO2.GenChallenge(octets(16))
        let samples: [(String, ISO2.Element, Int?)] = [
            ("AuthorizationReq", .authorizationReq(ISO2.AuthorizationReq(id: id, genChallenge: challenge)), 4),
            (
                "CertificateInstallationReq",
                .certificateInstallationReq(
                    ISO2.CertificateInstallationReq(
                        id: id, oemProvisioningCert: certificate, listOfRootCertificateIDs: roots)), 15
            ),
            (
                "CertificateUpdateReq",
                .certificateUpdateReq(
                    ISO2.CertificateUpdateReq(
                        id: id, contractSignatureCertChain: ISO2.CertificateChain(certificate: certificate),
                        emaid: try ISO2.EMAIDString("NLTNM000122045U"), listOfRootCertificateIDs: roots)), 17
            ),
            ("ContractSignatureCertChain", .contractSignatureCertChain(chain), 33),
            (
                "ContractSignatureEncryptedPrivateKey",
                .contractSignatureEncryptedPrivateKey(
                    ISO2.ContractSignatureEncryptedPrivateKey(id: id, value: try ISO2.PrivateKey(octets(48)))), 34
            ),
            (
                "DHpublickey",
                .dhPublicKey(ISO2.DiffieHellmanPublickey(id: id, value: try ISO2.DHpublickey(octets(65)))), 45
            ),
            (
                "MeteringReceiptReq",
                .meteringReceiptReq(
                    ISO2.MeteringReceiptReq(
                        id: id, sessionID: try ISO2.SessionID(octets(8)), saScheduleTupleID: try ISO2.SAID(1),
                        meterInfo: meter)), 121
            ),
            ("SalesTariff", .salesTariff(tariff), 174),
            (
                "eMAID",
                .emaid(ISO2.EMAID(id: try XMLID("id4"), value: try ISO2.EMAIDString("NLTNM000122045U"))), 236
            ),
        ]
        return samples.map { SignedSample(name: $0.0, body: .iso2($0.1), code: $0.2) }
    }

    static func iso20() throws -> [SignedSample] {
        let id = try XMLID("id1")
        let certificate = try ISO20Common.Certificate(octets(40, from: 0x30))
        let subCertificates = ISO20Common.SubCertificates(certificate: try BoundedList([certificate]))
        let chain = ISO20Common.ContractCertificateChain(certificate: certificate, subCertificates: subCertificates)
        let fee = ISO20.RationalNumber(exponent: -2, value: 35)
        let rule = ISO20Common.PriceRule(
            energyFee: fee, renewableGenerationPercentage: 40,
            powerRangeStart: ISO20.RationalNumber(exponent: 0, value: 0))
        let samples: [(String, ISO20Common.Element, Int?)] = [
            (
                "AbsolutePriceSchedule",
                .absolutePriceSchedule(
                    ISO20Common.AbsolutePriceSchedule(
                        id: id, timeAnchor: 1_700_000_000, priceScheduleID: try ISO20.NumericID(1),
                        currency: try ISO20Common.Currency("EUR"), language: try ISO20Common.Language("ENG"),
                        priceAlgorithm: try ISO20.Identifier("urn:iso:std:iso:15118:-20:PriceAlgorithm:1-Power"),
                        priceRuleStacks: ISO20Common.PriceRuleStackList(
                            priceRuleStack: try BoundedList([
                                ISO20Common.PriceRuleStack(duration: 3_600, priceRule: try BoundedList([rule]))
                            ])))), 0
            ),
            (
                "OEMProvisioningCertificateChain",
                .oemProvisioningCertificateChain(
                    ISO20Common.SignedCertificateChain(
                        id: id, certificate: certificate, subCertificates: subCertificates)), 128
            ),
            (
                "PnC_AReqAuthorizationMode",
                .pncAReqAuthorizationMode(
                    ISO20Common.PnCAReqAuthorizationMode(
                        id: id, genChallenge: try ISO20Common.GenChallenge(octets(16)),
                        contractCertificateChain: chain)), 151
            ),
            (
                "PriceLevelSchedule",
                .priceLevelSchedule(
                    ISO20Common.PriceLevelSchedule(
                        id: id, timeAnchor: 1_700_000_000, priceScheduleID: try ISO20.NumericID(1),
                        numberOfPriceLevels: 2,
                        priceLevelScheduleEntries: ISO20Common.PriceLevelScheduleEntryList(
                            priceLevelScheduleEntry: try BoundedList([
                                ISO20Common.PriceLevelScheduleEntry(duration: 3_600, priceLevel: 1)
                            ])))), 167
            ),
            (
                "SignedInstallationData",
                .signedInstallationData(
                    ISO20Common.SignedInstallationData(
                        id: id, contractCertificateChain: chain, ecdhCurve: .secp521,
                        dhPublicKey: try ISO20Common.DhPublicKey(octets(133)),
                        encryptedPrivateKey: .secp521EncryptedPrivateKey(
                            try ISO20Common.Secp521EncryptedPrivateKey(octets(94))))), 231
            ),
            (
                "SignedMeteringData",
                .signedMeteringData(
                    ISO20Common.SignedMeteringData(
                        id: id, sessionID: try ISO20.SessionID(octets(8)),
                        meterInfo: ISO20.MeterInfo(
                            meterID: try ISO20.MeterID("METER-1"), chargedEnergyReadingWh: 12_345,
                            meterTimestamp: 1_700_000_000),
                        smdtControlMode: .scheduledSMDTControlMode(
                            ISO20Common.ScheduledSMDTControlMode(
                                selectedScheduleTupleID: try ISO20.NumericID(1))))), 232
            ),
        ]
        return samples.map { SignedSample(name: $0.0, body: .iso20($0.1), code: $0.2) }
    }

    static func all() throws -> [SignedSample] { try iso2() + iso20() }
}

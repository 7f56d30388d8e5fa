import EXICodec
import Testing

/// Bytes of an independent encoder, both ways.
@Suite struct VectorTests {
    @Test(arguments: try Vector.load(Vector.usual))
    func decodesToItsJSONAndBackToTheSameBytes(_ vector: Vector) throws {
        let reading = try vector.set.read(vector.bytes, vector.grammar)
        #expect(reading.json == vector.json)
        #expect(Hex.text(reading.rewritten) == vector.hex)
        #expect(reading.notes == EXINotes())
        #expect(Hex.text(try vector.set.write(vector.json, vector.grammar)) == vector.hex)
        let options = EXIOptions(acceptsStringTableHits: false)
        #expect(try vector.set.read(vector.bytes, vector.grammar, options: options) == reading)
    }

    @Test(arguments: MessageSet.allCases)
    func everyFileNamesWhoMadeItsBytes(_ set: MessageSet) throws {
        for name in Vector.usual + ["references"] {
            guard let file = try VectorFile.load(name, of: set) else { continue }
            #expect(file.provenance["encoder"]?.contains("EXIficient") == true, "\(set) \(name)")
            for key in ["grammars", "settings", "documents"] { #expect(file.provenance[key] != nil, "\(set) \(name)") }
            #expect(!file.vectors.isEmpty)
        }
    }

    /// The messages of each set; -2 and DIN name theirs below `Body`.
    static let messages: [(MessageSet, Int, [String])] = [
        (.sap, 2, ["supportedAppProtocolReq", "supportedAppProtocolRes"]),
        (.din, 34, ["ContractAuthenticationReq", "CurrentDemandRes", "CertificateUpdateRes", "SessionStopRes"]),
        (.iso2, 34, ["AuthorizationReq", "CertificateInstallationRes", "CurrentDemandReq", "MeteringReceiptRes"]),
        (
            .iso20Common, 26,
            ["SessionSetupReq", "CertificateInstallationRes", "ScheduleExchangeRes", "VehicleCheckOutRes"]
        ),
        (.iso20AC, 4, ["AC_ChargeParameterDiscoveryReq", "AC_ChargeLoopRes"]),
        (.iso20DC, 10, ["DC_CableCheckReq", "DC_ChargeLoopReq", "DC_WeldingDetectionRes"]),
        (.iso20ACDP, 8, ["ACDP_VehiclePositioningReq", "ACDP_SystemStatusRes"]),
        (.iso20WPT, 12, ["WPT_FinePositioningSetupReq", "WPT_ChargeLoopRes", "WPT_PairingReq"]),
    ]

    @Test(arguments: messages)
    func everyMessageOfASetHasAVector(_ set: MessageSet, _ count: Int, _ some: [String]) throws {
        let vectors = try Vector.load(["messages"], of: [set])
        let names = Set(vectors.map { String($0.name.prefix { $0 != " " }) })
        #expect(names.count == count, "\(names.sorted())")
        for name in some { #expect(names.contains(name)) }
        #expect(Set(vectors.map(\.hex)).count == vectors.count)
    }

    /// Every element that some edition signs, and SignedInfo by the grammar of its set and by its own.
    @Test(arguments: [
        (
            MessageSet.iso2,
            [
                "AuthorizationReq", "CertificateInstallationReq", "CertificateUpdateReq", "ContractSignatureCertChain",
                "ContractSignatureEncryptedPrivateKey", "DHpublickey", "MeteringReceiptReq", "SalesTariff",
                "SignedInfo",
                "eMAID",
            ]
        ),
        (
            .iso20Common,
            [
                "AbsolutePriceSchedule", "OEMProvisioningCertificateChain", "PnC_AReqAuthorizationMode",
                "PriceLevelSchedule", "SignedInfo", "SignedInstallationData", "SignedMeteringData",
            ]
        ),
        (
            .din,
            [
                "ContractAuthenticationReq", "CertificateInstallationReq", "CertificateUpdateReq",
                "CertificateInstallationRes", "CertificateUpdateRes", "MeteringReceiptReq", "SalesTariff", "SignedInfo",
            ]
        ),
        (.xmldsig, ["SignedInfo"]),
    ])
    func everySignedElementHasAFragmentVector(_ set: MessageSet, _ elements: [String]) throws {
        let vectors = try Vector.load(["signed"], of: [set])
        #expect(vectors.allSatisfy { $0.grammar == .fragment })
        #expect(Set(vectors.map { String($0.name.prefix { $0 != " " }) }) == Set(elements))
    }

    @Test func anotherBitIsNotTheSameMessage() throws {
        // The comparison above can fail: one bit of a value changed gives other JSON.
        let vector = try #require(try Vector.load("published").first { $0.name == "SessionSetupReq" })
        var bytes = vector.bytes
        bytes[bytes.count - 3] ^= 0x10
        #expect(try vector.set.read(bytes).json != vector.json)
    }
}

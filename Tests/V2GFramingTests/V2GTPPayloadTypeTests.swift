import Testing
import V2GFraming

@Suite struct V2GTPPayloadTypeTests {
    @Test func everyNumberHasTheFamilyOfTheTable() {
        let exi: Set<UInt16> = [
            0x8001, 0x8002, 0x8003, 0x8004, 0x8005, 0x8006, 0x8010, 0x8011, 0x8101, 0x8102, 0x8103, 0x8104,
        ]
        for number in UInt16.min...UInt16.max {
            let type = V2GTPPayloadType(rawValue: number)
            switch type.family {
            case .exi: #expect(exi.contains(number))
            case .sdp: #expect((0x9000...0x9005).contains(number))
            case .manufacturer: #expect(number >= 0xa000)
            case .reserved: #expect(number < 0xa000 && !exi.contains(number) && !(0x9000...0x9005).contains(number))
            }
            #expect(type.isReserved == (type.family == .reserved))
            #expect(type.isReserved || number >= 0xa000 || V2GTPPayloadType.named.contains(type))
        }
        #expect(V2GTPPayloadType.named.count == 18)
        #expect(Set(V2GTPPayloadType.named).count == 18)
        #expect(!V2GTPPayloadType.named.contains { $0.isReserved })
    }

    @Test(arguments: [
        (UInt16(0x8002), EXISchemaSet.iso20Common), (0x8003, .iso20AC), (0x8004, .iso20DC), (0x8005, .iso20ACDP),
        (0x8006, .iso20WPT), (0x8101, .iso20Common), (0x8102, .iso20Common), (0x8103, .iso20ACDP),
        (0x8104, .iso20ACDP),
    ])
    func numberOfEdition20FixesTheSchemaSet(_ number: UInt16, _ set: EXISchemaSet) {
        let type = V2GTPPayloadType(rawValue: number)
        #expect(type.family == .exi(.fixed(set)))
        #expect(type.possibleSchemaSets == [set])
        #expect(type.schemaSet(in: .iso20) == set)
        for context in [EXISetContext.negotiating, .din, .iso2] { #expect(type.schemaSet(in: context) == nil) }
        #expect(type.isSideStream == (number > 0x8100))
        if !type.isSideStream { #expect(set.payloadType == type) }
    }

    @Test func type8001NeedsTheContext() {
        let type = V2GTPPayloadType.sapOrISO2
        #expect(type.possibleSchemaSets == [.sap, .din, .iso2])
        #expect(type.schemaSet(in: .negotiating) == .sap)
        #expect(type.schemaSet(in: .din) == .din)
        #expect(type.schemaSet(in: .iso2) == .iso2)
        #expect(type.schemaSet(in: .iso20) == nil)
        #expect(type.schemaSet(in: .iso20, toleratesISO2TypeInISO20: true) == .iso20Common)
        #expect(type.schemaSet(in: .iso2, toleratesISO2TypeInISO20: true) == .iso2)
        for set in [EXISchemaSet.sap, .din, .iso2] { #expect(set.payloadType == type) }
    }

    @Test(arguments: [UInt16(0x8010), 0x8011, 0x9000, 0x9005, 0xa000, 0xffff, 0x0000, 0x8000, 0x8007])
    func otherNumbersHaveNoSchemaSet(_ number: UInt16) {
        let type = V2GTPPayloadType(rawValue: number)
        #expect(type.possibleSchemaSets.isEmpty)
        for context in EXISetContext.allCases {
            #expect(type.schemaSet(in: context, toleratesISO2TypeInISO20: true) == nil)
        }
    }

    @Test func schemaSetsHaveTheNamesOfTheCommandLine() {
        #expect(
            EXISchemaSet.allCases.map(\.rawValue) == [
                "sap", "din", "iso2", "iso20-common", "iso20-ac", "iso20-dc", "iso20-acdp", "iso20-wpt", "xmldsig",
            ])
        #expect(EXISchemaSet.allCases.filter(\.isISO20).count == 5)
        #expect(EXISchemaSet.xmldsig.payloadType == nil)
    }

    @Test func numbersAreShownWithFourDigits() {
        #expect(V2GTPPayloadType.sapOrISO2.description == "0x8001")
        #expect(V2GTPPayloadType(rawValue: 0x1f).description == "0x001f")
    }
}

import Testing
import V2GFraming

@Suite struct SAPNegotiationTests {
    private static func offer(
        _ namespace: SAPNamespace, _ major: UInt32, _ minor: UInt32, id: UInt8, priority: UInt8
    ) throws -> SAPOffer {
        try #require(SAPOffer(namespace: namespace, major: major, minor: minor, schemaID: id, priority: priority))
    }

    /// A DC station of all editions.
    private static let station: [SAPSupportedProtocol] = [.din(), .iso2(), .iso20(.iso20DC)]

    private static func negotiate(
        _ offers: [SAPOffer], _ transport: SAPTransport, supported: [SAPSupportedProtocol] = station
    ) -> SAPResult {
        SAPNegotiation.negotiate(offers: offers, supported: supported, transport: transport)
    }

    @Test("[TC_SECC_CMN_VTB_SupportedAppProtocol_001] lowest priority number wins whatever the order")
    func lowestPriorityNumberWinsWhateverTheOrder() throws {
        let offers = [
            try Self.offer(.iso2, 2, 0, id: 1, priority: 2), try Self.offer(.iso20DC, 1, 0, id: 2, priority: 1),
            try Self.offer(.din, 2, 0, id: 3, priority: 3),
        ]
        for shuffled in [offers, offers.reversed(), [offers[2], offers[0], offers[1]]] {
            let result = Self.negotiate(shuffled, .tls13)
            #expect(result.responseCode == .okSuccessfulNegotiation && result.schemaID == 2)
            guard case .selected(let selection) = result else { return }
            #expect(selection.exiSetContext == .iso20 && !selection.isMinorDeviation)
            #expect(selection.passedOver.map(\.offer) == shuffled.filter { $0 != offers[1] })
            #expect(selection.passedOver.contains { $0.rejection == .rankedBehind(offers[1]) })
        }
    }

    @Test("[TC_SECC_CMN_VTB_SupportedAppProtocol_004] a car may rank DIN first; a station of AC takes -2")
    func carRanksDINFirstAndTheStationOfACTakesEdition2() throws {
        let offers = [
            try Self.offer(.din, 2, 0, id: 0, priority: 1), try Self.offer(.iso2, 2, 0, id: 1, priority: 2),
        ]
        #expect(Self.negotiate(offers, .plain).schemaID == 0)
        let result = Self.negotiate(offers, .plain, supported: [.iso2()])
        #expect(result.schemaID == 1)
        #expect(result.verdicts.map(\.offer) == [offers[0]])
        #expect(result.verdicts.map(\.rejection) == [.notServed])
    }

    @Test func unknownAndForeignNamespacesAreSkipped() throws {
        let offers = [
            try Self.offer(.teslaDIN, 0, 7, id: 1, priority: 1),
            try Self.offer(SAPNamespace(rawValue: "urn:example:own"), 1, 0, id: 2, priority: 2),
            try Self.offer(.din, 2, 0, id: 3, priority: 3),
        ]
        let result = Self.negotiate(offers, .plain)
        #expect(result.schemaID == 3)
        #expect(result.verdicts.map(\.rejection) == [.foreign, .unknownNamespace])
    }

    @Test("[TC_SECC_CMN_VTB_SupportedAppProtocol_006] other minor version is a deviation and other major is refused")
    func otherMinorVersionIsADeviationAndOtherMajorIsRefused() throws {
        let minor = Self.negotiate([try Self.offer(.iso2, 2, 7, id: 9, priority: 1)], .tls12)
        #expect(minor.responseCode == .okSuccessfulNegotiationWithMinorDeviation && minor.schemaID == 9)
        for major: UInt32 in [0, 1, 3, .max] {
            let result = Self.negotiate([try Self.offer(.iso2, major, 0, id: 9, priority: 1)], .tls12)
            #expect(result.responseCode == .failedNoNegotiation && result.schemaID == nil)
            #expect(result.verdicts.map(\.rejection) == [.majorVersion(served: [2])])
        }
    }

    @Test func equalMinorVersionIsPreferredAmongTheStationsOwn() throws {
        let supported = [0, 1, 2].map {
            SAPSupportedProtocol(namespace: .iso20DC, major: 1, minor: $0, transports: [.tls13])
        }
        let result = Self.negotiate([try Self.offer(.iso20DC, 1, 1, id: 4, priority: 1)], .tls13, supported: supported)
        #expect(result.responseCode == .okSuccessfulNegotiation)
        guard case .selected(let selection) = result else { return }
        #expect(selection.supported.minor == 1)
    }

    @Test(
        "[X_SECC_-20_TLS_001] edition 20 is never selected below TLS13",
        arguments: [
            SAPNamespace.iso20AC, .iso20DC, .iso20WPT, .iso20ACDP, .iso20ACDERIEC, .iso20ACDERSAE,
            SAPNamespace(rawValue: "urn:iso:std:iso:15118:-20:NEW"),
        ])
    func edition20IsNeverSelectedBelowTLS13(_ namespace: SAPNamespace) throws {
        // A list that allows it everywhere: the rule does not depend on it.
        let careless = [
            SAPSupportedProtocol(namespace: namespace, major: 1, minor: 0, transports: Set(SAPTransport.allCases))
        ]
        let offers = [try Self.offer(namespace, 1, 0, id: 1, priority: 1)]
        for transport in [SAPTransport.plain, .tls12] {
            let result = Self.negotiate(offers, transport, supported: careless)
            #expect(result.responseCode == .failedNoNegotiation)
            #expect(result.verdicts.map(\.rejection) == [.needsTLS13(transport)])
        }
        #expect(Self.negotiate(offers, .tls13, supported: careless).schemaID == 1)
    }

    @Test func edition20FallsBackToEdition2WithoutTLS13() throws {
        let offers = [
            try Self.offer(.iso20DC, 1, 0, id: 1, priority: 1), try Self.offer(.iso2, 2, 0, id: 2, priority: 2),
        ]
        #expect(Self.negotiate(offers, .tls13).schemaID == 1)
        #expect(Self.negotiate(offers, .tls12).schemaID == 2)
        #expect(Self.negotiate(offers, .plain).schemaID == 2)
    }

    @Test func dinIsServedWithoutTLSUnlessAllowed() throws {
        let offers = [try Self.offer(.din, 2, 0, id: 1, priority: 1)]
        #expect(Self.negotiate(offers, .plain).schemaID == 1)
        for transport in [SAPTransport.tls12, .tls13] {
            #expect(
                Self.negotiate(offers, transport).verdicts.map(\.rejection) == [.transport(transport, served: [.plain])]
            )
            #expect(Self.negotiate(offers, transport, supported: [.din(overTLS: true)]).schemaID == 1)
        }
    }

    @Test func edition2IsServedEverywhereUnlessRestricted() throws {
        let offers = [try Self.offer(.iso2, 2, 0, id: 1, priority: 1)]
        for transport in SAPTransport.allCases { #expect(Self.negotiate(offers, transport).schemaID == 1) }
        let strict = [SAPSupportedProtocol.iso2(withoutTLS: false, overTLS13: false)]
        #expect(Self.negotiate(offers, .tls12, supported: strict).schemaID == 1)
        #expect(Self.negotiate(offers, .plain, supported: strict).schemaID == nil)
        #expect(Self.negotiate(offers, .tls13, supported: strict).schemaID == nil)
    }

    @Test func draftIsNeverSelected() throws {
        let careless = [
            SAPSupportedProtocol(namespace: .iso2Draft, major: 1, minor: 0, transports: Set(SAPTransport.allCases))
        ]
        for transport in SAPTransport.allCases {
            let result = Self.negotiate(
                [try Self.offer(.iso2Draft, 1, 0, id: 1, priority: 1)], transport, supported: careless)
            #expect(result.verdicts.map(\.rejection) == [.draft])
        }
    }

    @Test(arguments: [UInt8(0), 1, 10, 111, 222, 255])
    func schemaIDIsEchoed(_ id: UInt8) throws {
        #expect(Self.negotiate([try Self.offer(.iso2, 2, 0, id: id, priority: 20)], .tls12).schemaID == id)
    }

    @Test func onEqualPriorityTheFirstOfTheListWins() throws {
        let din = try Self.offer(.din, 2, 0, id: 1, priority: 1)
        let iso2 = try Self.offer(.iso2, 2, 0, id: 2, priority: 1)
        #expect(Self.negotiate([din, iso2], .plain).schemaID == 1)
        let reversed = Self.negotiate([iso2, din], .plain)
        #expect(reversed.schemaID == 2)
        #expect(reversed.verdicts.map(\.offer) == [din])
        #expect(reversed.verdicts.map(\.rejection) == [.rankedBehind(iso2)])
    }

    @Test func differentProtocolsUnderOneSchemaIDAreNotSelected() throws {
        let din = try Self.offer(.din, 2, 0, id: 1, priority: 1)
        let iso2 = try Self.offer(.iso2, 2, 0, id: 1, priority: 2)
        let result = Self.negotiate([din, iso2], .plain)
        #expect(result.responseCode == .failedNoNegotiation)
        #expect(result.verdicts.map(\.rejection) == [.sharedSchemaID(with: iso2), .sharedSchemaID(with: din)])
        let tolerant = SAPNegotiation.negotiate(
            offers: [iso2, din], supported: Self.station, transport: .plain, sharedSchemaIDs: .selectByPriority)
        guard case .selected(let selection) = tolerant else {
            Issue.record("nothing was selected")
            return
        }
        #expect(selection.offer == din)
    }

    @Test func anOfferWithItsOwnSchemaIDIsSelectedBesideSharedOnes() throws {
        let offers = [
            try Self.offer(.teslaDIN, 0, 7, id: 1, priority: 1), try Self.offer(.din, 2, 0, id: 1, priority: 2),
            try Self.offer(.iso2, 2, 0, id: 2, priority: 3),
        ]
        #expect(Self.negotiate(offers, .plain).schemaID == 2)
    }

    @Test func sameProtocolUnderOneSchemaIDIsNotAmbiguous() throws {
        let offers = [
            try Self.offer(.iso2, 2, 1, id: 1, priority: 1), try Self.offer(.iso2, 2, 0, id: 1, priority: 2),
        ]
        let result = Self.negotiate(offers, .tls12)
        #expect(result.schemaID == 1 && result.responseCode == .okSuccessfulNegotiationWithMinorDeviation)
    }

    @Test func noOffersAndNoProtocolsFail() throws {
        #expect(Self.negotiate([], .plain) == .failed([]))
        let offers = [try Self.offer(.iso2, 2, 0, id: 1, priority: 1)]
        #expect(Self.negotiate(offers, .plain, supported: []).verdicts.map(\.rejection) == [.notServed])
    }

    @Test func everyOfferOfAFailureIsExplained() throws {
        let offers = [
            try Self.offer(.iso20DC, 1, 0, id: 1, priority: 1), try Self.offer(.iso2, 1, 0, id: 2, priority: 2),
            try Self.offer(.iso2Draft, 1, 0, id: 3, priority: 3), try Self.offer(.din, 2, 0, id: 4, priority: 4),
            try Self.offer(.teslaDIN, 0, 7, id: 5, priority: 5),
            try Self.offer(.iso20AC, 1, 0, id: 6, priority: 6),
            try Self.offer(SAPNamespace(rawValue: "urn:x\n\u{1b}[31m"), 1, 0, id: 7, priority: 7),
        ]
        let result = Self.negotiate(offers, .tls12)
        #expect(result.responseCode == .failedNoNegotiation && result.schemaID == nil)
        #expect(
            result.verdicts.map(\.rejection) == [
                .needsTLS13(.tls12), .majorVersion(served: [2]), .draft, .transport(.tls12, served: [.plain]), .foreign,
                .notServed, .unknownNamespace,
            ])
        for (verdict, offer) in zip(result.verdicts, offers) {
            #expect(verdict.description.hasPrefix(offer.description + ": "))
            #expect(verdict.description.utf8.allSatisfy { (0x20...0x7e).contains($0) })
        }
    }

    @Test func namespacesAreComparedByteByByte() throws {
        // The Kelvin sign is canonically equal to K, and a composed letter to its parts.
        #expect(SAPNamespace(rawValue: "\u{212a}") != SAPNamespace(rawValue: "K"))
        #expect(SAPNamespace(rawValue: "\u{e9}") != SAPNamespace(rawValue: "e\u{301}"))
        #expect(SAPNamespace(rawValue: "URN:ISO:15118:2:2013:MSGDEF") != .iso2)
        let offers = [
            try Self.offer(SAPNamespace(rawValue: "urn:iso:15118:2:2013:MsgDef "), 2, 0, id: 1, priority: 1)
        ]
        #expect(Self.negotiate(offers, .tls12).verdicts.map(\.rejection) == [.unknownNamespace])
    }

    @Test func offersCannotHoldWhatTheSchemaForbids() {
        func offer(_ namespace: String, _ priority: UInt8) -> SAPOffer? {
            SAPOffer(
                namespace: SAPNamespace(rawValue: namespace), major: 0, minor: 0, schemaID: 0, priority: priority)
        }
        for priority in UInt8.min...UInt8.max {
            #expect((offer("a", priority) != nil) == (1...20).contains(priority))
        }
        #expect(offer(String(repeating: "a", count: 100), 1) != nil)
        #expect(offer(String(repeating: "a", count: 101), 1) == nil)
    }

    @Test func responseCodesHaveTheNamesOfTheSchema() {
        #expect(
            SAPResponseCode.allCases.map(\.rawValue) == [
                "OK_SuccessfulNegotiation", "OK_SuccessfulNegotiationWithMinorDeviation", "Failed_NoNegotiation",
            ])
    }

    /// Any offers: the answer is lawful, complete and the best that the car's ranking allows.
    @Test(arguments: 1...300)
    func anyOffersGiveALawfulAnswer(_ seed: UInt64) throws {
        var random = Seeded(seed)
        let namespaces: [SAPNamespace] = [
            .din, .iso2, .iso2Draft, .iso20AC, .iso20DC, .teslaDIN, SAPNamespace(rawValue: "urn:x"),
        ]
        let offers = try (0..<Int.random(in: 0...20, using: &random)).map { _ in
            try Self.offer(
                namespaces.randomElement(using: &random) ?? .din, .random(in: 1...2, using: &random),
                .random(in: 0...1, using: &random), id: .random(in: 0...255, using: &random),
                priority: .random(in: 1...20, using: &random))
        }
        for transport in SAPTransport.allCases {
            let result = Self.negotiate(offers, transport)
            switch result {
            case .failed(let verdicts):
                #expect(verdicts.map(\.offer) == offers)
            case .selected(let selection):
                #expect(offers.contains(selection.offer))
                #expect(selection.passedOver.count == offers.count - 1)
                let family = selection.offer.namespace.family
                #expect(family != .iso20 || transport == .tls13)
                #expect(family != .din || transport == .plain)
                #expect([.din, .iso2, .iso20].contains(family))
                for verdict in selection.passedOver {
                    if case .rankedBehind = verdict.rejection {
                        #expect(verdict.offer.priority >= selection.offer.priority)
                    }
                }
            }
        }
    }
}

import SchemaTypes
import Testing
import V2GCertificates
import V2GMessagesISO2
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport

/// The catalogue's rows of ChargeParameterDiscovery that end well: how the session came there, what the car asks for.
@Suite struct SECCScheduleRowTests {
    enum Path: Sendable {
        case fresh, renegotiated, resumed
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let id: String
        let kind: Kind
        let path: Path
        let departs: Bool
        let limits: Bool
        let tariff: Bool

        init(_ id: String, _ kind: Kind, _ path: Path, departs: Bool, limits: Bool, tariff: Bool) {
            self.id = id
            self.kind = kind
            self.path = path
            self.departs = departs
            self.limits = limits
            self.tariff = tariff
        }

        var testDescription: String { id }
    }

    @Test(
        "Finished brings schedules as the car asked for them",
        arguments: [
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_001", .acPnC, .fresh, departs: false, limits: false,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_002", .acPnC, .renegotiated, departs: false, limits: false,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_006", .acPnC, .fresh, departs: true, limits: false,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_007", .acPnC, .resumed, departs: false, limits: false,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_008", .acPnC, .fresh, departs: false, limits: false,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_009", .acPnC, .renegotiated, departs: false, limits: false,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_010", .acPnC, .fresh, departs: true, limits: false,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_011", .acPnC, .resumed, departs: false, limits: false,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_012", .acPnC, .fresh, departs: false, limits: true,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_013", .acPnC, .fresh, departs: false, limits: true,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_015", .acPnC, .fresh, departs: true, limits: true, tariff: true
            ),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_016", .acPnC, .fresh, departs: true, limits: true,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_017", .acPnC, .resumed, departs: true, limits: false,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_018", .acPnC, .resumed, departs: true, limits: false,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_019", .acPnC, .resumed, departs: false, limits: true,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_020", .acPnC, .resumed, departs: false, limits: true,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_021", .acPnC, .resumed, departs: true, limits: true,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_022", .acPnC, .resumed, departs: true, limits: true,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_023", .acPnC, .renegotiated, departs: true, limits: false,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_024", .acPnC, .renegotiated, departs: true, limits: false,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_025", .acPnC, .renegotiated, departs: false, limits: true,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_026", .acPnC, .renegotiated, departs: false, limits: true,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_027", .acPnC, .renegotiated, departs: true, limits: true,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_028", .acPnC, .renegotiated, departs: true, limits: true,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_029", .acPnC, .resumed, departs: false, limits: false,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_030", .acPnC, .resumed, departs: false, limits: false,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_031", .acPnC, .resumed, departs: true, limits: false,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_032", .acPnC, .resumed, departs: true, limits: false,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_033", .acPnC, .resumed, departs: false, limits: true,
                tariff: false),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_034", .acPnC, .resumed, departs: false, limits: true,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_035", .acPnC, .resumed, departs: true, limits: true,
                tariff: true),
            Case(
                "TC_SECC_AC_VTB_ChargeParameterDiscovery_036", .acPnC, .resumed, departs: true, limits: true,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_001", .dcPnC, .fresh, departs: false, limits: false,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_005", .dcPnC, .renegotiated, departs: false, limits: false,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_006", .dcPnC, .fresh, departs: true, limits: false,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_007", .dcPnC, .resumed, departs: false, limits: false,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_008", .dcPnC, .fresh, departs: false, limits: false,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_009", .dcPnC, .renegotiated, departs: false, limits: false,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_010", .dcPnC, .fresh, departs: true, limits: false,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_011", .dcPnC, .resumed, departs: false, limits: false,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_012", .dcPnC, .fresh, departs: false, limits: true,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_013", .dcPnC, .fresh, departs: false, limits: true,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_015", .dcPnC, .fresh, departs: true, limits: true, tariff: true
            ),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_016", .dcPnC, .fresh, departs: true, limits: true,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_017", .dcPnC, .resumed, departs: true, limits: false,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_018", .dcPnC, .resumed, departs: true, limits: false,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_019", .dcPnC, .resumed, departs: false, limits: true,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_020", .dcPnC, .resumed, departs: false, limits: true,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_021", .dcPnC, .resumed, departs: true, limits: true,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_022", .dcPnC, .resumed, departs: true, limits: true,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_023", .dcPnC, .renegotiated, departs: true, limits: false,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_024", .dcPnC, .renegotiated, departs: true, limits: false,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_025", .dcPnC, .renegotiated, departs: false, limits: true,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_026", .dcPnC, .renegotiated, departs: false, limits: true,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_027", .dcPnC, .renegotiated, departs: true, limits: true,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_028", .dcPnC, .renegotiated, departs: true, limits: true,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_029", .dcPnC, .resumed, departs: false, limits: false,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_030", .dcPnC, .resumed, departs: false, limits: false,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_031", .dcPnC, .resumed, departs: true, limits: false,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_032", .dcPnC, .resumed, departs: true, limits: false,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_033", .dcPnC, .resumed, departs: false, limits: true,
                tariff: false),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_034", .dcPnC, .resumed, departs: false, limits: true,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_035", .dcPnC, .resumed, departs: true, limits: true,
                tariff: true),
            Case(
                "TC_SECC_DC_VTB_ChargeParameterDiscovery_036", .dcPnC, .resumed, departs: true, limits: true,
                tariff: false),
        ])
    func schedules(_ row: Case) throws {
        var rig = try rig(row)
        try prepare(&rig, row)
        rig.send(rig.parameters(departure: row.departs ? 7_200 : nil, entries: row.limits ? 2 : nil))
        guard case .chargeParameterDiscoveryRes(let response) = rig.response,
            case .saScheduleList(let list) = response.saSchedules
        else { throw SECCRig.NoAnswer() }
        #expect(response.responseCode == .ok)
        #expect(response.evseProcessing == .finished)
        #expect(list.saScheduleTuple.count <= (row.limits ? 2 : 3))
        for tuple in list.saScheduleTuple.elements {
            let entries = tuple.pMaxSchedule.pMaxScheduleEntry.elements
            #expect(!row.limits || entries.count <= 2)
            let last = try #require(entries.last?.timeInterval)
            #expect(last.start + (last.duration ?? 0) == Int64(86_400))  // covers the day, and so the departure
            #expect((tuple.salesTariff != nil) == row.tariff)
        }
        #expect((rig.message?.header.signature != nil) == row.tariff)
        #expect(rig.question?.departure == (row.departs ? 7_200 : nil))
        #expect((rig.question?.resumed != nil) == (row.path == .resumed))
        // And the charging goes on from there.
        try rig.advance(from: .parameters, to: .looped)
    }

    private func prepare(_ rig: inout SECCRig, _ row: Case) throws {
        rig.schedules.tuples = [
            try SECCRig.tuple(1, [(0, 11_000), (3_600, 7_000), (7_200, 9_000)]),
            try SECCRig.tuple(2, [(0, 9_000)]),
        ]
        guard row.tariff else { return }
        for index in rig.schedules.tuples.indices {
            rig.schedules.tuples[index].salesTariff = ISO2.SalesTariff(
                id: try XMLID("id\(index + 1)"), salesTariffID: ISO2.SAID(clamping: index + 1),
                salesTariffEntry: try BoundedList([
                    ISO2.SalesTariffEntry(
                        timeInterval: .relativeTimeInterval(ISO2.RelativeTimeInterval(start: Ranged(clamping: 0))),
                        consumptionCost: try BoundedList([]))
                ]))
        }
        // Any signature: the station passes on what the mobility operator made.
        rig.schedules.signature = try rig.party.sign(
            .authorizationReq(try rig.authorizationReq()), by: rig.chain[1].key)
    }

    private func rig(_ row: Case) throws -> SECCRig {
        switch row.path {
        case .fresh: return try SECCRig.at(.authorization, row.kind)
        case .renegotiated:
            var rig = try SECCRig.at(.looped, row.kind)
            rig.feed(.operatorRequest(.renegotiate))
            rig.send(rig.loop())
            rig.send(rig.powerDelivery(.renegotiate))
            return rig
        case .resumed:
            var earlier = try SECCRig.at(.welding, row.kind)
            earlier.send(earlier.sessionStop(.pause))
            var kept: PausedSession<ISO2Edition>?
            for case .keepPaused(let paused) in earlier.actions { kept = paused }
            let old = try #require(kept)
            var rig = try SECCRig(row.kind, paused: { $0 == old.id ? old : nil })
            rig.session = old.id
            try rig.advance(to: .authorization)
            #expect(rig.session == old.id)
            return rig
        }
    }
}

import Foundation
import Testing

@testable import EXISchemaCompiler

enum StandardSchemas {
    /// `V2G_SCHEMAS`, or `.cache/schemas` of the repository; nil when the schemas are not there.
    static let folder: URL? = {
        let named = ProcessInfo.processInfo.environment["V2G_SCHEMAS"].map { URL(fileURLWithPath: $0) }
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let found = named ?? root.appendingPathComponent(".cache/schemas")
        let main = found.appendingPathComponent(SchemaSet.iso20Common.mainFile)
        return FileManager.default.fileExists(atPath: main.path) ? found : nil
    }()
}

/// The nine sets, where their schemas were fetched: codes that were read off other encoders.
@Suite(.enabled(if: StandardSchemas.folder != nil))
struct StandardSetTests {
    private func plan(_ set: SchemaSet) throws -> GrammarPlan {
        try set.plan(schemas: try #require(StandardSchemas.folder))
    }

    /// Fragment codes: one for each name, then SE(*) and ED.
    private func fragmentCode(_ localName: String, _ plan: GrammarPlan) -> Int? {
        plan.fragmentElements.firstIndex { $0.name.localName == localName }
    }

    private func width(_ count: Int) -> Int {
        count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
    }

    @Test(arguments: SchemaSet.allCases)
    func setIsPlanned(_ set: SchemaSet) throws {
        let plan = try plan(set)
        #expect(plan.set == set.rawValue)
        #expect(!plan.globalElements.isEmpty)
        #expect(plan.sources.first?.file == set.mainFile.split(separator: "/").last.map(String.init))
        #expect(plan.sources.allSatisfy { $0.sha256.count == 64 })
        #expect(plan.namespaces.count == plan.localNames.count)
    }

    @Test(arguments: [
        ("AuthorizationReq", 4), ("CertificateInstallationReq", 15), ("CertificateUpdateReq", 17),
        ("ContractSignatureCertChain", 33), ("ContractSignatureEncryptedPrivateKey", 34), ("DHpublickey", 45),
        ("MeteringReceiptReq", 121), ("SalesTariff", 174), ("SignedInfo", 208), ("eMAID", 236),
    ])
    func fragmentCodesOfISO2(_ name: String, _ code: Int) throws {
        let plan = try plan(.iso2)
        #expect(fragmentCode(name, plan) == code)
        #expect(plan.fragmentElements.count + 1 == 244)
        // SE of each name, SE(*), ED. Without preserve options there is no second level here.
        #expect(width(plan.fragmentElements.count + 2) == 8)
    }

    @Test(arguments: [
        ("AbsolutePriceSchedule", 0), ("OEMProvisioningCertificateChain", 128), ("PnC_AReqAuthorizationMode", 151),
        ("PriceLevelSchedule", 167), ("SignedInfo", 230), ("SignedInstallationData", 231), ("SignedMeteringData", 232),
    ])
    func fragmentCodesOfISO20Common(_ name: String, _ code: Int) throws {
        let plan = try plan(.iso20Common)
        #expect(fragmentCode(name, plan) == code)
        #expect(plan.fragmentElements.count + 1 == 282)
        #expect(width(plan.fragmentElements.count + 2) == 9)
    }

    @Test func fragmentCodesOfXMLDSig() throws {
        let plan = try plan(.xmlDSig)
        #expect(fragmentCode("SignedInfo", plan) == 32)
        #expect(plan.fragmentElements.count + 1 == 46)
        #expect(width(plan.fragmentElements.count + 2) == 6)
    }

    @Test func onlyEMAIDOfISO2IsRelaxed() throws {
        for set in SchemaSet.allCases {
            let relaxed = try plan(set).fragmentElements.filter { $0.type == nil }.map(\.name.localName)
            #expect(relaxed == (set == .iso2 ? ["eMAID"] : []), "\(set)")
        }
    }

    @Test func attributesOfTheRelaxedGrammarOfISO2() throws {
        // The eMAID vector writes its Id with code 4 of nine bits.
        let attributes = try plan(.iso2).fragmentAttributes
        #expect(attributes.count == 10)
        #expect(attributes[4].name == QName("Id", in: "urn:iso:15118:2:2013:MsgDataTypes"))
        #expect(width(attributes.count + 1 + 243 + 3 + 1) == 9)
    }

    @Test func documentCodeOfISO2() throws {
        // The vector of SessionSetupReq begins 80 98: the header, then 76 in seven bits.
        let plan = try plan(.iso2)
        #expect(plan.globalElements.firstIndex { $0.name.localName == "V2G_Message" } == 76)
        #expect(width(plan.globalElements.count + 1) == 7)
    }

    @Test func bodyOfISO2TakesOneMessageByName() throws {
        let plan = try plan(.iso2)
        let body = try #require(plan.complexType("BodyType"))
        let first = try #require(body.automaton.states.first)
        let names = first.compactMap { production in
            if case .element(let member) = production.event { member.name.localName } else { nil }
        }
        #expect(names.count == 35)
        #expect(names == names.sorted { $0.precedesByCodePoints($1) })
        #expect(names.firstIndex(of: "AuthorizationReq") == 0)
        #expect(names.firstIndex(of: "BodyElement") == 2)
        #expect(names.firstIndex(of: "SessionSetupReq") == 29)
        #expect(first.last?.event == .end)
        #expect(width(first.count + 1) == 6)
    }

    @Test func eachEditionTwentySetHasItsOwnCodes() throws {
        let document = [
            (SchemaSet.iso20Common, 54), (.iso20AC, 42), (.iso20DC, 48), (.iso20ACDP, 34), (.iso20WPT, 38), (.din, 81),
        ]
        for (set, count) in document {
            #expect(try plan(set).globalElements.count == count, "\(set)")
        }
    }

    @Test func attributesOfISO20AreQualified() throws {
        let chain = try #require(try plan(.iso20Common).complexType("SignedCertificateChainType"))
        #expect(chain.attributes.map(\.name) == [QName("Id", in: "urn:iso:std:iso:15118:-20:CommonMessages")])
        #expect(chain.attributes.map(\.isRequired) == [true])
    }

    @Test func elementsOfTheHandshakeAreUnqualified() throws {
        let plan = try plan(.appProtocol)
        let type = try #require(plan.complexType("AppProtocolType"))
        guard case .elements(.sequence(let parts, .once), isMixed: false) = type.content,
            case .element(let use, .once)? = parts.first
        else {
            Issue.record("AppProtocolType is no sequence of elements")
            return
        }
        #expect(use.declared == QName("ProtocolNamespace", in: ""))
    }

    @Test func planIsTheSameEachTime() throws {
        for set in [SchemaSet.iso2, .iso20Common] {
            #expect(try PlanPrinter(plan(set)).lines() == PlanPrinter(plan(set)).lines())
        }
    }
}

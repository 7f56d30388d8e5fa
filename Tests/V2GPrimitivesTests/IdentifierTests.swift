import Testing
import V2GPrimitives

@Suite struct IdentifierTests {
    @Test(arguments: ["DE*ABC*E123*4", "de*abc*e1234", "DEABC*E12*34", "deabcE1234"])
    func evseIDIsEqualWithAndWithoutStars(_ text: String) throws {
        let evseID = try #require(EVSEID(text))
        #expect(evseID == EVSEID("DEABCE1234"))
        #expect(evseID.separated == "DE*ABC*E1234")
        #expect(evseID.countryCode == "DE" && evseID.operatorID == "ABC" && evseID.outlet == "1234")
    }

    @Test(arguments: [
        "", "DEABCE", "DE*ABC*E", "DEABCE*", "DEABCS1234", "DE*ABC*E12_3", "DE-ABC-E123", "D1ABCE1",
        "SECCCert", "deliverer",
        "DE*ABC*E1234567890123456789012345678901", "DEABCE" + String(repeating: "1", count: 31), "DEABCE 1",
    ])
    func otherTextIsNoEVSEID(_ text: String) {
        #expect(EVSEID(text) == nil)
    }

    @Test func evseIDLengthLimitsHold() {
        #expect(EVSEID("DEABCE1") != nil)
        #expect(EVSEID("DEABCE" + String(repeating: "1", count: 30)) != nil)
        #expect(EVSEID("DE*ABC*E" + String(repeating: "1", count: 29)) != nil)
        #expect(EVSEID("DE*ABC*E" + String(repeating: "1", count: 30)) == nil)
    }

    private static let controller = "0123456789ABCDEF0123456789ABCDEF"

    @Test(arguments: [
        "DE-ABC-S-\(controller)-X", "DE-ABC-S-\(controller)", "deabcs\(controller)x", "DEABC-S\(controller)0",
    ])
    func seccIDIsReadWithAndWithoutDashes(_ text: String) throws {
        let seccID = try #require(SECCID(text))
        #expect(seccID.countryCode == "DE" && seccID.operatorID == "ABC")
        #expect(seccID.controller.hasPrefix(Self.controller))
    }

    @Test(arguments: [
        "", "DE-ABC-S-1234", "DE-ABC-E-\(controller)-X", "DEABCS\(controller)", "DE-ABC-S-\(controller)-XX",
        "DE-ABC-S-\(controller)*", "DE-ABC-S-" + String(repeating: "1", count: 60),
    ])
    func otherTextIsNoSECCID(_ text: String) {
        #expect(SECCID(text) == nil)
    }

    @Test func anIdentifierIsNeverBothEVSEIDAndSECCID() {
        #expect(SECCID("DEABCE" + Self.controller + "0") == nil)
        #expect(EVSEID("DEABCS" + Self.controller) == nil)
    }

    @Test func pcidIsReadAndOthersRefused() throws {
        let pcid = try #require(PCID("wmi-12345678901234-x"))
        #expect(pcid == PCID("WMI12345678901234X"))
        #expect(pcid.manufacturerID == "WMI" && pcid.checkDigit == "X")
        #expect(PCID("WMI12345678901234")?.checkDigit == nil)
        for text in ["", "WMI1234567890123", "WMI12345678901234XX", "WMI1234567890123*", "WMI12345678901234-"] {
            #expect(PCID(text) == nil)
        }
    }

    @Test func evccIDIsReadAndOthersRefused() throws {
        #expect(EVCCID("wmiv1234567890abcdex")?.normalized == "WMIV1234567890ABCDEX")
        let mac = try #require(EVCCID("02:00:00:aa:bb:cc"))
        #expect(mac == EVCCID(macAddress: [2, 0, 0, 0xaa, 0xbb, 0xcc]))
        #expect(mac.macAddress == [2, 0, 0, 0xaa, 0xbb, 0xcc])
        #expect(EVCCID("WMIV1234567890ABCDEX")?.macAddress == nil)
        #expect(EVCCID(macAddress: [1, 2, 3]) == nil)
        for text in ["", "ABC", "A B C D", "ABCD/", String(repeating: "A", count: 65)] { #expect(EVCCID(text) == nil) }
    }
}

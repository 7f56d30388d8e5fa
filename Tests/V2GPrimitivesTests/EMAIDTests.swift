import Testing
import V2GPrimitives

@Suite struct EMAIDTests {
    @Test(arguments: [
        ("NLTNM000122045", "U"), ("NLTNMC00122045", "K"), ("DE83DUIEN83QGZ", "D"), ("GBTWK012345678", "V"),
        ("GBTWK123456789", "B"), ("CSKTH5U8TC90A1", "S"), ("IHRFRNPCZVPPVE", "W"),
        ("UKSWI123456791", "5"), ("DE8AA00123A563", "M"), ("DEGDFC12022187", "6"),
    ])
    func checkDigitMatchesPublishedVectors(_ id: String, _ digit: Character) throws {
        let emaid = try #require(EMAID(id))
        #expect(emaid.expectedCheckDigit == digit)
        #expect(emaid.checkDigitState == .absent)
        #expect(emaid.withCheckDigit.normalized == id + String(digit))
        #expect(emaid.withCheckDigit.checkDigitState == .valid)
    }

    @Test(arguments: ["UKSWI123456791A", "DE-8AA-00123A563-N", "DE-GDF-C12022187-X"])
    func wrongCheckDigitIsReportedAndStillParsed(_ text: String) throws {
        let emaid = try #require(EMAID(text))
        guard case .wrong(let expected) = emaid.checkDigitState else {
            Issue.record("the check digit of \(text) passed")
            return
        }
        #expect(emaid.withCheckDigit.checkDigit == expected)
    }

    @Test func everySingleWrongCharacterChangesTheCheckDigit() throws {
        let base = Array("DE83DUIEN83QGZ")
        let right = try #require(EMAID(String(base))).expectedCheckDigit
        for position in base.indices {
            let pool = position < 2 ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
            for other in pool where other != base[position] {
                var changed = base
                changed[position] = other
                #expect(try #require(EMAID(String(changed))).expectedCheckDigit != right)
            }
        }
    }

    @Test(arguments: ["DE-83D-UIEN83QGZ-D", "de83duien83qgzd", "DE-83DUIEN83QGZD", "De83d-uien83qgz-d"])
    func separatorsAndCaseDoNotMatter(_ text: String) throws {
        let emaid = try #require(EMAID(text))
        #expect(emaid == EMAID("DE83DUIEN83QGZD"))
        #expect(emaid.separated == "DE-83D-UIEN83QGZ-D")
        #expect(emaid.countryCode == "DE")
        #expect(emaid.providerID == "83D")
        #expect(emaid.instance == "UIEN83QGZ")
        #expect(emaid.checkDigit == "D")
    }

    @Test(arguments: [
        "", "DE", "DE83DUIEN83QG", "DE83DUIEN83QGZDD", "1E83DUIEN83QGZ", "DE--83DUIEN83QGZ", "DE83DUIEN83QGZ-",
        "DE*83D*UIEN83QGZ", " DE83DUIEN83QGZ", "DE83DUIEN83QGZ\n", "DE83DUIEN83QGÄ",
        "D-E83DUIEN83QGZ", "DE8-3DUIEN83QGZ",
    ])
    func otherFormsAreRefused(_ text: String) {
        #expect(EMAID(text) == nil)
    }

    @Test func aMissingCheckDigitStillNamesTheSameContract() throws {
        let short = try #require(EMAID("DE83DUIEN83QGZ"))
        let long = try #require(EMAID("DE83DUIEN83QGZD"))
        let wrong = try #require(EMAID("DE83DUIEN83QGZX"))
        let other = try #require(EMAID("DE83DUIEN83QG0"))
        #expect(short != long)
        #expect(short.namesSameContract(as: long))
        #expect(!long.namesSameContract(as: wrong))
        #expect(!short.namesSameContract(as: other))
    }

    @Test func olderContractIdIsCheckedAndEmbedded() throws {
        let din = try #require(DINContractID("NL-TNM-012204-5"))
        #expect(din.checkDigit == "5")
        #expect(din == DINContractID("nltnm012204"))
        #expect(din == DINContractID("NL*TNM*012204*5"))
        #expect(din.emaid(.iso)?.normalized == "NLTNM000122045U")
        #expect(din.emaid(.emi3)?.normalized == "NLTNMC00122045K")
        #expect(DINContractID(embeddedIn: try #require(EMAID("NLTNM000122045U"))) == din)
        #expect(DINContractID(embeddedIn: try #require(EMAID("NL-TNM-C00122045-K"))) == din)
        #expect(din.instance == "012204" && din.countryCode == "NL" && din.providerID == "TNM")
    }

    @Test(arguments: ["NLTNM0122046", "NLTNM01220", "NLTNM01220455", "N1TNM0122045", "NL-TNM-012204-"])
    func brokenOlderContractIdIsRefused(_ text: String) {
        #expect(DINContractID(text) == nil)
    }

    @Test func anOrdinaryContractEmbedsNoOlderId() throws {
        #expect(DINContractID(embeddedIn: try #require(EMAID("DE83DUIEN83QGZD"))) == nil)
        #expect(DINContractID(embeddedIn: try #require(EMAID("NLTNM000122046"))) == nil)
    }
}

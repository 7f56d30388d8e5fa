import Testing
import V2GSession
import V2GSessionISO2

@Suite struct ISO2EditionTests {
    @Test func quirksHaveAName() {
        #expect(Quirk(rawValue: "josev") == .josev)
    }
}

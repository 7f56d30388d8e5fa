import Testing
import V2GSession
import V2GSessionISO20

@Suite struct ISO20EditionTests {
    @Test func quirksHaveAName() {
        #expect(Quirk(rawValue: "josev") == .josev)
    }
}

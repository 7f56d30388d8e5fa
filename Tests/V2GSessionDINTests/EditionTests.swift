import Testing
import V2GSession
import V2GSessionDIN

@Suite struct DINEditionTests {
    @Test func quirksHaveAName() {
        #expect(Quirk(rawValue: "josev") == .josev)
    }
}

import Testing
import V2GCertificates
import V2GPKIDirectory

@Suite struct PKIDirectoryTests {
    @Test func aMissingDirectoryIsRefusedWithTheRemedy() throws {
        let error = #expect(throws: PKIDirectoryError.self) { try PKIDirectory("/nonexistent/pki") }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("v2g pki init") == true)
    }
}

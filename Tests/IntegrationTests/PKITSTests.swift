import Foundation
import Testing
import V2GCertificates
import V2GDER
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// The public path validation suite of NIST (PKITS 1.0.1), run on the machinery below the role verifier. Its files are
/// fetched by `scripts/setup --peers` and never stored here.
@Suite(.enabled(if: PKITS.directory != nil, "the PKITS files are not here: run scripts/setup --peers or set V2G_PKITS"))
struct PKITSTests {
    @Test func everyCaseIsJudgedAsItMustBe() throws {
        let suite = try PKITS(directory: try #require(PKITS.directory))
        let results = try PKITS.cases.map { try suite.run($0) }
        let wronglyAccepted = results.filter { !$0.expected && $0.refusal == nil }
        #expect(wronglyAccepted.map(\.name) == [])
        let failed = results.filter { $0.outcome == .failed }
        #expect(failed.map { "\($0.name): \($0.refusal ?? [])" } == [])
        let report = PKITS.report(results)
        print(report.summary)
        if let path = ProcessInfo.processInfo.environment["V2G_PKITS_REPORT"] {
            try Data(report.text.utf8).write(to: URL(fileURLWithPath: path))
        }
    }
}

struct PKITS {
    /// One certificate and one setting of the policy inputs.
    struct Case {
        let file: String
        let expected: Bool
        var inputs = PolicyInputs()
        var inputText = ""
    }

    struct Result {
        enum Outcome { case passed, failed, notApplicable }

        let name: String
        let expected: Bool
        let refusal: [String]?
        let outcome: Outcome
        let reason: String?
    }

    static let directory: String? = {
        if let given = ProcessInfo.processInfo.environment["V2G_PKITS"] { return given }
        let cache = URL(fileURLWithPath: FileManager.default.currentDirectoryPath).appendingPathComponent(".cache")
        guard let files = FileManager.default.enumerator(at: cache, includingPropertiesForKeys: nil) else { return nil }
        for case let file as URL in files where file.lastPathComponent == "PKITS_data" { return file.path }
        return nil
    }()

    private let leaves: [String: Certificate]
    private let pool: [Certificate]
    private let lists: [CertificateRevocationList]
    private let unreadable: Set<String>
    private let root: Certificate
    private let time: Timestamp

    init(directory: String) throws {
        var leaves: [String: Certificate] = [:]
        var pool: [Certificate] = []
        var unreadable: Set<String> = []
        for name in try FileManager.default.contentsOfDirectory(atPath: directory + "/certs").sorted() {
            let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: directory + "/certs/" + name)))
            guard let read = try? Certificate(der: bytes) else {
                unreadable.insert(name)
                continue
            }
            if name.hasSuffix("EE.crt") { leaves[name] = read } else { pool.append(read) }
        }
        lists = try FileManager.default.contentsOfDirectory(atPath: directory + "/crls").sorted().compactMap { name in
            try? CertificateRevocationList(
                der: [UInt8](Data(contentsOf: URL(fileURLWithPath: directory + "/crls/" + name))))
        }
        root = try Certificate(
            der: [UInt8](Data(contentsOf: URL(fileURLWithPath: directory + "/certs/TrustAnchorRootCertificate.crt"))))
        self.leaves = leaves
        self.pool = pool
        self.unreadable = unreadable
        time = try #require(Timestamp(rfc3339: "2020-01-01T00:00:00Z"))
    }

    func run(_ test: Case) throws -> Result {
        let name = String(test.file.dropLast(6)) + (test.inputText.isEmpty ? "" : " (\(test.inputText))")
        guard let leaf = leaves[test.file] else {
            // What the parser refuses is refused; it fails only when it should have been accepted.
            #expect(unreadable.contains(test.file), "\(test.file) is missing")
            let reason = Self.unsupported[test.file]
            return Result(
                name: name, expected: test.expected, refusal: ["V2G.DER"],
                outcome: !test.expected ? .passed : reason == nil ? .failed : .notApplicable, reason: reason)
        }
        var validator = GenericPathValidator(anchors: [root], verifier: OpenSSLSignedDataVerifier())
        validator.policies = test.inputs
        // Only what bears the names of this chain matters; the search finds it among everything.
        let refusal = validator.refusal(of: leaf, pool: pool, lists: Self.relevant(lists, leaf, pool), at: time)
        let isRight = (refusal == nil) == test.expected
        let reason = isRight ? nil : Self.unsupported[test.file]
        return Result(
            name: name, expected: test.expected, refusal: refusal,
            outcome: isRight ? .passed : reason != nil && refusal != nil ? .notApplicable : .failed, reason: reason)
    }

    /// The CRLs of every issuer that can stand above the leaf.
    private static func relevant(
        _ lists: [CertificateRevocationList], _ leaf: Certificate, _ pool: [Certificate]
    ) -> [CertificateRevocationList] {
        var names = [leaf.issuer]
        var index = 0
        while index < names.count {
            for upper in pool
            where upper.subject.matches(names[index]) && !names.contains(where: { $0.matches(upper.issuer) }) {
                names.append(upper.issuer)
            }
            index += 1
        }
        return lists.filter { list in names.contains { $0.matches(list.issuer) } }
    }
}

import V2GCertificateAuthority
import V2GCertificates
import V2GPrimitives
import V2GX509

/// Answers one request or many, several at a time: the store shares one commit among them.
struct IssueJob: Sendable {
    enum Target: Sendable {
        case file(String)
        /// One file a serial.
        case folder(String)
    }

    /// One issued certificate, for people and machines.
    struct Result: Encodable, Sendable {
        let serial, subject, role, authority, notBefore, notAfter, out: String
        let ignored: [String]
    }

    struct Refusal: Sendable {
        /// From 1.
        let number: Int
        let reason: String
    }

    private enum Outcome: Sendable {
        case issued(Result)
        case refused(Refusal)
    }

    /// How many requests are worked on at once.
    private static let concurrency = 64

    let authority: CertificateAuthority
    let directory: PKIDirectory
    let role: Role
    let options: IssueOptions
    let target: Target

    /// Answers all requests. A refusal concerns one of them; anything else ends the job.
    func run(_ requests: [[UInt8]]) async throws -> (issued: [Result], refused: [Refusal]) {
        let bar = requests.count > 1 ? ProgressBar(title: "issuing") : nil
        defer { bar?.finish() }
        var tally = Tally()
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            for (index, der) in requests.enumerated() {
                if index >= Self.concurrency, let outcome = try await group.next() {
                    tally.take(outcome)
                    bar?.show(tally.count, of: requests.count, detail: tally.detail)
                }
                group.addTask { try await self.answer(der, number: index + 1) }
            }
            while let outcome = try await group.next() {
                tally.take(outcome)
                bar?.show(tally.count, of: requests.count, detail: tally.detail)
            }
        }
        return (tally.issued, tally.refused.sorted { $0.number < $1.number })
    }

    private struct Tally {
        var issued: [Result] = []
        var refused: [Refusal] = []

        var count: Int { issued.count + refused.count }
        var detail: String { refused.isEmpty ? "" : "\(refused.count) refused" }

        mutating func take(_ outcome: Outcome) {
            switch outcome {
            case .issued(let result): issued.append(result)
            case .refused(let refusal): refused.append(refusal)
            }
        }
    }

    private func answer(_ der: [UInt8], number: Int) async throws -> Outcome {
        do {
            let request = try ProvenRequest(der: der, verifier: KeyAccess.verifier)
            let issued = try await authority.issue(request, role: role, options: options)
            return .issued(try handOver(issued, number: number))
        } catch let error as IssuanceError where error.code.isRefusal {
            return .refused(Refusal(number: number, reason: error.message))
        }
    }

    /// Writes what was issued, which is on record already.
    private func handOver(_ issued: IssuedCertificate, number: Int) throws -> Result {
        let body = issued.certificate.body
        let path =
            switch target {
            case .file(let path): path
            case .folder(let folder): "\(folder)/\(body.serialNumber.hex).pem"
            }
        do {
            try directory.keepCopy(of: issued.certificate)
            try CLIFile.write(Array(issued.pem.utf8), to: path)
        } catch {
            guard let failure = error as? CLIFailure ?? CLIFailure(error) else { throw error }
            throw CLIFailure(
                failure.exit,
                failure.message + " It was issued all the same: 'v2g pki show --serial "
                    + "\(body.serialNumber.hex) --json' has it.")
        }
        if !issued.ignored.isEmpty {
            CLI.note("note: ignored in request \(number): \(issued.ignored.joined(separator: ", "))")
        }
        return Result(
            serial: body.serialNumber.hex, subject: body.subject.description, role: role.rawValue,
            authority: issued.authority, notBefore: body.notBefore.rfc3339, notAfter: body.notAfter.rfc3339, out: path,
            ignored: issued.ignored)
    }
}

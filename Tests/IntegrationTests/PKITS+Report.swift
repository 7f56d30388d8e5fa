extension PKITS {
    /// The results as a document and as one line.
    static func report(_ results: [Result]) -> (text: String, summary: String) {
        func count(_ outcome: Result.Outcome) -> Int { results.count { $0.outcome == outcome } }
        let wrong = results.count { !$0.expected && $0.refusal == nil }
        let summary =
            "PKITS: \(results.count) cases, \(count(.passed)) passed, \(count(.failed)) failed, "
            + "\(count(.notApplicable)) not applicable, \(wrong) wrongly accepted"
        var text = """
            # NIST PKITS

            The path validation machinery below the role verifier, run on the Public Key Interoperability Test Suite of
            NIST with its own CRLs, judged at 2020-01-01. The role profiles are off: the suite's certificates hold RSA and
            DSA keys, which they refuse. Made by `V2G_PKITS_REPORT=docs/pkits.md swift test --filter PKITS`.

            | cases | passed | failed | not applicable | wrongly accepted |
            | ---: | ---: | ---: | ---: | ---: |
            | \(results.count) | \(count(.passed)) | \(count(.failed)) | \(count(.notApplicable)) | \(wrong) |

            A case is not applicable when it should be accepted and is refused because it uses what this project leaves out
            on purpose. Such a refusal fails closed.

            | not applicable | reason |
            | --- | --- |

            """
        for result in results where result.outcome == .notApplicable {
            text += "| \(result.name) | \(result.reason ?? "") |\n"
        }
        if count(.failed) > 0 {
            text += "\n| failed | expected | found |\n| --- | --- | --- |\n"
            for result in results where result.outcome == .failed {
                let found = result.refusal.map { "refused by \($0.joined(separator: ", "))" } ?? "accepted"
                text += "| \(result.name) | \(result.expected ? "accepted" : "refused") | \(found) |\n"
            }
        }
        return (text, summary)
    }
}

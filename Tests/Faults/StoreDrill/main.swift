import Glibc
import V2GCertificateAuthority
import V2GPrimitives
import V2GX509

// A small user of the certificate store, to be killed and starved by the fault loop, and the judge of what is left.
//
//   StoreDrill init DIR             makes the store and one authority
//   StoreDrill issue DIR NUMBER     recovers, plans, completes; prints what it acknowledges
//   StoreDrill revoke DIR           revokes the oldest good certificate; prints what it acknowledges
//   StoreDrill check DIR LEDGER     exits 1 and says why when an invariant is broken
//
// The ledger has one acknowledgement a line: "issued SERIAL SHA256", "revoked SERIAL", "certificate FILE.pem". Exit code
// 3 means that the environment failed.

let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
    complain("use: StoreDrill init|issue|revoke|check DIR [NUMBER|LEDGER]")
    exit(2)
}
do {
    switch arguments[1] {
    case "init": try await Drill(directory: arguments[2], creation: .ifMissing).initialize()
    case "issue": try await Drill(directory: arguments[2]).issue(arguments.count > 3 ? arguments[3] : "0")
    case "revoke": try await Drill(directory: arguments[2]).revoke()
    case "check": try await Judge(directory: arguments[2], ledger: arguments.count > 3 ? arguments[3] : nil).judge()
    default:
        complain("unknown command \(arguments[1])")
        exit(2)
    }
} catch let error as StoreError {
    complain("\(error.code): \(error.message)")
    exit(arguments[1] == "check" ? 1 : 3)
} catch {
    complain("\(error)")
    exit(1)
}

func complain(_ message: String) {
    let bytes = Array((message + "\n").utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
}

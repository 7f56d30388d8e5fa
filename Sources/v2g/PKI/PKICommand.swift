import ArgumentParser

struct PKICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki",
        abstract: "Run a V2G certificate authority: make it, issue, revoke, publish, roll over.",
        subcommands: [
            PKIInit.self, PKICSR.self, PKIIssue.self, PKIReissue.self, PKIRevoke.self, PKIList.self, PKIShow.self,
            PKICRL.self, PKIAudit.self, PKIRollover.self, PKIServe.self,
        ])
}

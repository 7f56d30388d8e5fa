import Testing
import V2GCertificates
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// One verification, ready to be bent.
struct Question {
    var role: Role
    var edition: Edition = .iso2
    var anchors: AnchorStore
    var chain: [Certificate]
    var intermediates: [Certificate] = []
    var evidence = RevocationEvidence.none
    var time: Timestamp
    var settings = ChainVerifier.Settings()

    init(_ role: Role, _ chain: [Issued], _ fixture: ChainFixture) {
        self.role = role
        edition = fixture.edition
        anchors = chain.anchors
        self.chain = chain.sent
        time = fixture.now
        settings.revocation = .ifPresented
    }

    func verify() throws(ChainRefusal) -> ValidatedChain {
        try ChainVerifier(role: role, edition: edition, anchors: anchors, settings: settings)
            .verify(chain, intermediates: intermediates, evidence: evidence, at: time)
    }

    /// The identifiers of the rules that refuse; empty when the chain is accepted.
    func refusingRules() -> [String] {
        do {
            _ = try verify()
            return []
        } catch {
            return error.rules
        }
    }
}

/// Leaf roles with the roots that they may stand under.
let legalPlaces: [(role: Role, root: Role)] = [
    (.secc, .v2gRoot), (.secc, .privateRoot), (.contract, .moRoot), (.contract, .v2gRoot), (.oem, .oemRoot),
    (.oem, .v2gRoot), (.cps, .v2gRoot), (.vehicle, .oemRoot), (.vehicle, .v2gRoot), (.station, .csmsRoot),
    (.csms, .csmsRoot), (.est, .csmsRoot),
]

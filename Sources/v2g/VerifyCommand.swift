import ArgumentParser
internal import V2GCertificates
internal import V2GPrimitives
internal import V2GX509

/// `v2g verify`: judges a chain and says why.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify a certificate chain of a role and explain the verdict.",
        discussion: """
            Builds every path from the leaf to the given anchors and judges each certificate by the profile of its \
            role. The anchors count for the kinds of root that the role allows; one that contradicts its kind (such as \
            an MO root for a station) is refused. CA certificates among the anchors that are not self-signed are not \
            trusted: they are taken as link certificates between two roots, or as sub-CAs that may complete the chain.

            Exit status: 0 accepted, 1 refused by a rule, 2 wrong usage or unreadable input.
            """)

    @Option(help: "Edition whose profiles apply: iso2 or iso20.")
    var profile: Edition

    @Option(help: "What the leaf must be: secc, contract, oem, cps, vehicle, station, csms, est or ocsp.")
    var role: Role

    @Option(help: "File or directory with trusted roots as PEM or DER; may be empty. Repeatable.")
    var anchors: [String]

    @Flag(
        name: .customLong("private-environment"),
        help: "The anchors may also be private environments' roots, below which stations stand without sub-CAs.")
    var privateEnvironment = false

    @Option(help: "File with the chain as PEM, leaf first; '-' reads standard input.")
    var chain: String

    @Option(help: "Further sub-CA certificates that may complete the chain. Repeatable.")
    var intermediates: [String] = []

    @Option(help: "Time to judge at, such as 2026-05-01T12:00:00Z. Default: now.")
    var time: String?

    @Option(help: "OCSP response as DER. Repeatable.")
    var ocsp: [String] = []

    @Flag(name: .customLong("require-ocsp"), help: "Refuse unless an OCSP answer says that the leaf is good.")
    var requireOCSP = false

    @Flag(
        name: .customLong("require-ocsp-chain"), help: "Refuse unless OCSP answers say that leaf and sub-CAs are good.")
    var requireOCSPOfChain = false

    @Option(help: "CRL as DER or PEM. Repeatable.")
    var crl: [String] = []

    @Option(help: "Field tolerance to switch on or, with a leading 'no-', off; see docs/verify.md. Repeatable.")
    var tolerate: [String] = []

    @Option(
        name: .customLong("clock-skew"),
        help: "Difference of clocks that is forgiven in validities, OCSP answers and CRLs, in seconds: 0...600.")
    var clockSkew: Int64 = 0

    @Flag(help: "Print the verdict as JSON.")
    var json = false

    func validate() throws {
        guard role.isLeaf else {
            throw ValidationError("'\(role.rawValue)' is a CA role. Use the role of the chain's leaf, or 'v2g lint'.")
        }
        guard (0...600).contains(clockSkew) else {
            throw ValidationError("--clock-skew \(clockSkew) is not within 0...600 seconds. Set the clock instead.")
        }
    }

    func run() async throws {
        let moment = try readTime()
        var settings = ChainVerifier.Settings()
        settings.revocation = .ifPresented
        settings.profile.tolerances = try readTolerances(&settings.revocation)
        settings.clockSkewSeconds = clockSkew
        settings.revocation.clockSkewSeconds = clockSkew
        // The operator hands the CRL over by name: its distribution point need not stand in the certificate.
        settings.revocation.acceptsAnyPointForUnpointed = true
        if requireOCSP || requireOCSPOfChain {
            settings.revocation.leaf = .required
            settings.revocation.isSatisfiedByCRL = false
            settings.revocation.exemptsPrivateEnvironment = false
        }
        if requireOCSPOfChain { settings.revocation.subCAs = .required }

        let (store, subordinates) = try readAnchors()
        let blocks = try CertificateFile.blocks(chain, purpose: "chain")
        var known = subordinates
        for path in intermediates { known += try CertificateFile.certificates(path) }
        var answers: [[UInt8]] = []
        for path in ocsp { answers.append(try CLIFile.read(path)) }
        var lists: [[UInt8]] = []
        for path in crl { lists += try CertificateFile.lists(path) }

        let verifier = ChainVerifier(role: role, edition: profile, anchors: store, settings: settings)
        let report: VerificationReport
        do {
            report = try verifier.verify(
                der: blocks, intermediates: known, evidence: RevocationEvidence(ocsp: answers, crls: lists), at: moment
            ).report
        } catch {
            report = error.report
        }
        if json { try CLI.printJSON(report) } else { CLI.print(report.text) }
        if report.verdict == .refused {
            throw CLIFailure(.refused, "the chain was refused by \(report.refusingRules.joined(separator: ", "))")
        }
    }

    private func readTime() throws -> Timestamp {
        guard let time else { return .now() }
        guard let read = Timestamp(rfc3339: time) else {
            throw CLIFailure(.usage, "--time '\(time)' is not an RFC 3339 time such as 2026-05-01T12:00:00Z.")
        }
        return read
    }

    /// Switches that are about responders, not about fields of certificates.
    private static let responderSwitches = ["ocsp-responder-of-anchor", "unchecked-responder"]

    private func readTolerances(_ revocation: inout RevocationPolicy) throws -> FieldTolerance {
        var tolerances = FieldTolerance.standard
        for name in tolerate {
            let isOff = name.hasPrefix("no-")
            let positive = isOff ? String(name.dropFirst(3)) : name
            switch positive {
            case "ocsp-responder-of-anchor":
                revocation.acceptsResponderOfAnchor = !isOff
                continue
            case "unchecked-responder":
                revocation.acceptsUncheckedResponder = !isOff
                continue
            default: break
            }
            guard let found = FieldTolerance(name: positive) else {
                let known = (FieldTolerance.named.map(\.name) + Self.responderSwitches).joined(separator: ", ")
                throw CLIFailure(.usage, "--tolerate '\(name)' is not known. Use one of: \(known).")
            }
            if isOff { tolerances.remove(found) } else { tolerances.insert(found) }
        }
        return tolerances
    }

    /// The user vouches for the anchors being roots of the role's kinds; the verifier refuses one that says otherwise.
    ///
    /// A folder of certificates often holds sub-CAs and leaves beside its roots. A link certificate is a root's and has
    /// no path length; what has one is a sub-CA, which may complete the chain and is not trusted by itself.
    private func readAnchors() throws -> (store: AnchorStore, subordinates: [Certificate]) {
        var store = AnchorStore()
        var subordinates: [Certificate] = []
        for path in anchors {
            for file in try CertificateFile.files(path) {
                for certificate in try CertificateFile.certificates(file) {
                    if isAnchor(certificate) {
                        store.add(certificate, kinds: anchorKinds)
                        continue
                    }
                    // Constraints that cannot be read belong to no CA that could help.
                    guard let constraints = (try? certificate.body.basicConstraints()) ?? nil, constraints.isCA else {
                        continue
                    }
                    if constraints.pathLength == nil {
                        store.addLink(certificate)
                    } else {
                        subordinates.append(certificate)
                    }
                }
            }
        }
        return (store, subordinates)
    }

    /// Whether a certificate is to be trusted, and not just to build with. Its names prove nothing: whoever offers a link
    /// certificate under a root's own name must not become an anchor. One with an algorithm that V2G does not know is
    /// left to the verifier, which refuses it and says why.
    private func isAnchor(_ certificate: Certificate) -> Bool {
        guard certificate.body.isSelfIssued else { return false }
        return certificate.isSelfSigned || certificate.signatureAlgorithm.signatureAlgorithm == nil
            || certificate.body.subjectPublicKeyInfo.key == nil
    }

    /// The kinds that the role's roots may have. A private environment is never assumed: below its root stations stand
    /// without sub-CAs, so any root would pass for one.
    private var anchorKinds: Set<AnchorKind> {
        var kinds = Set(role.anchors)
        if !privateEnvironment { kinds.remove(.privateEnvironment) }
        return kinds
    }
}

internal import CryptoOpenSSL
internal import V2GCertificates
internal import V2GKeys
package import V2GPKIDirectory
package import V2GPrimitives
package import V2GSession
internal import V2GX509

/// A backend in the process, until a real one is connected: it judges contracts by their chains and CRLs, and signs
/// contracts and tariffs with the real keys of the PKI directory where they are there.
package struct StandInBackend: StationBackend {
    /// What one edition's directory holds beyond trust.
    struct Signers: Sendable {
        /// The provisioning service.
        var cpsChain: [[UInt8]] = []
        var cpsKey: (any SigningKey)?
        /// The contract that waits for cars.
        var contractChain: [[UInt8]] = []
        var contractKey: SoftwareKey?
        /// The mobility operator's sub-CA, which signs tariffs.
        var tariffKey: (any SigningKey)?
    }

    let judge: ChainJudge
    let iso2: Signers
    let iso20: Signers
    private let external: StationConfiguration.ExternalPolicy
    let now: @Sendable () -> Timestamp

    package init(
        judge: ChainJudge, iso2: PKIEdition?, iso20: PKIEdition?, external: StationConfiguration.ExternalPolicy,
        keys: KeyOpener, now: @escaping @Sendable () -> Timestamp = { .now() }
    ) async {
        self.judge = judge
        self.external = external
        self.now = now
        self.iso2 = await Self.signers(iso2, keys)
        self.iso20 = await Self.signers(iso20, keys)
    }

    /// What is not there is not offered: a station without the provisioning service's key refuses installations.
    private static func signers(_ pki: PKIEdition?, _ keys: KeyOpener) async -> Signers {
        var signers = Signers()
        guard let pki else { return signers }
        if let cps = try? pki.credential(.cps), let key = try? await keys.signingKey(cps) {
            signers.cpsChain = cps.der
            signers.cpsKey = key
        }
        if let contract = try? pki.credential(.contract), let key = try? keys.softwareKey(contract) {
            signers.contractChain = contract.der
            signers.contractKey = key
        }
        if let operatorCA = try? pki.credential(named: "mo_sub2") {
            signers.tariffKey = try? await keys.signingKey(operatorCA)
        }
        return signers
    }

    package var installsContracts: Bool { canInstall(iso2) || canInstall(iso20) }

    private func canInstall(_ signers: Signers) -> Bool { signers.cpsKey != nil && signers.contractKey != nil }

    // MARK: Judging

    package func judgeContract(_ question: ContractQuestion) async -> ContractVerdict {
        do throws(ChainRefusal) {
            let passed = try judge.contract(question.chain, edition: question.edition, at: now())
            guard let approval = ContractApproval(chain: passed.chain, emaid: question.emaid, notes: passed.notes)
            else {
                return .refused(
                    ContractRefusal(
                        .chainError,
                        "The eMAID of the message is not the one of the contract certificate's name. Send "
                            + "the name of the certificate."))
            }
            return .accepted(approval)
        } catch {
            return .refused(
                ContractRefusal(Self.code(error), "SSL_R_CERTIFICATE_VERIFY_FAILED: \(error.line)"))
        }
    }

    private static func code(_ refusal: ChainRefusal) -> ContractRefusal.Code {
        if refusal.saysRevoked { return .certificateRevoked }
        if refusal.saysExpired { return .certificateExpired }
        if refusal.saysNotYetValid { return .certificateNotYetValid }
        if refusal.missingIssuer != nil { return .noCertificateAvailable }
        return .chainError
    }

    package func judgeExternal(evse: EVSEID) async -> ExternalVerdict {
        switch external {
        case .accept: return .accepted(ExternalApproval(token: "free"))
        case .deny: return .refused("The configuration denies external identification (eim: deny).")
        case .delay:
            do {
                try await Task.sleep(for: .seconds(3))
                return .accepted(ExternalApproval(token: "free"))
            } catch {
                return .refused("The station stops.")
            }
        }
    }
}

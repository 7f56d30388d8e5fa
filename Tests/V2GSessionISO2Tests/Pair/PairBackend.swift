import SchemaTypes
import Testing
import V2GCertificates
import V2GFraming
import V2GKeys
import V2GMessagesISO2
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSession
import V2GSessionISO2
import V2GSignatures
import V2GTestSupport
import V2GX509

/// Who stands behind the station: judge of contracts, operator's means, provisioning service, maker of schedules.
struct PairBackend: Sendable {
    let pki: CarPKI
    var acceptsExternal = true
    /// Tariffs signed by the mobility operator go with the schedules of contracts.
    var offersTariffs = true

    /// Verifies the chain for real, against the operators' roots.
    func judge(_ question: ContractQuestion, at time: Timestamp) -> ContractVerdict {
        var anchors = AnchorStore()
        for chain in [pki.contract, pki.newContract] {
            if let root = chain.last { anchors.add(root.certificate, kind: .mo) }
        }
        var settings = ChainVerifier.Settings()
        settings.revocation.leaf = .ignored
        settings.revocation.subCAs = .ignored
        let verifier = ChainVerifier(role: .contract, edition: .iso2, anchors: anchors, settings: settings)
        do {
            let chain = try verifier.verify(der: question.chain, evidence: .none, at: time)
            guard let approval = ContractApproval(chain: chain, emaid: question.emaid) else {
                return .refused(ContractRefusal(.chainError, "The eMAID is not the certificate's."))
            }
            return .accepted(approval)
        } catch {
            return .refused(ContractRefusal(.chainError, "The chain does not validate."))
        }
    }

    func judgeExternal() -> ExternalVerdict {
        acceptsExternal ? .accepted(ExternalApproval(token: "card")) : .refused("unknown card")
    }

    /// An answer as the backend makes it: under a session of its own, which the station has to replace.
    func provision(_ question: ProvisioningQuestion) throws -> ProvisioningVerdict {
        let body: ISO2.BodyElement
        let signature: XMLDSig.Signature
        switch question.kind {
        case .installation:
            body = .certificateInstallationRes(pki.installationResponse.0)
            signature = pki.installationResponse.1
        case .update:
            body = .certificateUpdateRes(pki.updateResponse.0)
            signature = pki.updateResponse.1
        }
        return .answered(try ISO2Edition.encode(ISO2.V2GMessage(.zero, body, signature: signature)).payload)
    }

    /// - Parameter isNew: The session's contract is the one that was installed in it.
    func schedules(_ question: ISO2Edition.ScheduleQuestion, isNew: Bool) throws -> ISO2Edition.Schedules {
        if let resumed = question.resumed { return resumed }
        let power = question.maximumPower.value
        guard offersTariffs, case .contract = question.grant.method else {
            return ISO2Edition.Schedules(
                tuples: [
                    ScriptedStation.tuple(1, [(0, power / 2)]),
                    ScriptedStation.tuple(2, [(0, power), (3_600, power / 4)]),
                ])
        }
        let tariffs = [try ScriptedStation.tariff(1, level: 3), try ScriptedStation.tariff(2, level: 1)]
        return ISO2Edition.Schedules(
            tuples: tariffs.enumerated().map {
                ScriptedStation.tuple(UInt8($0 + 1), [(0, power), (3_600, power / 2)], tariff: $1)
            },
            signature: try pki.signature(over: tariffs, by: isNew ? pki.newContract[1] : pki.contract[1]))
    }
}

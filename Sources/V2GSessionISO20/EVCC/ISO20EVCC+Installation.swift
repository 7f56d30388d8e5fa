internal import SchemaTypes
internal import V2GKeys
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GMessagesXMLDSig
internal import V2GPrimitives
internal import V2GSession
internal import V2GSignatures
internal import V2GX509

/// Contract certificates from the station's backend, before they are used.
extension ISO20EVCC {
    /// Contracts that are taken from one station.
    static let maximumContracts: UInt8 = 3

    func wantsInstallation(_ isOffered: Bool) -> Bool {
        guard isOffered, !identification.hasAskedForInstallation, profile.authorization.contains(.plugAndCharge),
            !profile.provisioning.isEmpty, !profile.trustedRoots.isEmpty, let key = profile.provisioningKey,
            isAllowed(key)
        else { return false }
        return switch profile.installation {
        case .always: true
        case .whenMissing: identification.contract == nil
        case .never: false
        }
    }

    mutating func signInstallation() {
        identification.hasAskedForInstallation = true
        note(.phase("installation"))
        guard let key = profile.provisioningKey, let chain = Self.provisioningChain(profile.provisioning) else {
            return installationFailed("The provisioning certificates do not fit into a message.")
        }
        identification.installationChain = chain
        sign(.certificateInstallation, with: .provisioning, key: key) { () throws(SignatureRefusal) in
            try .oemProvisioningCertificateChain(chain)
        }
    }

    private static func provisioningChain(_ chain: [[UInt8]]) -> ISO20Common.SignedCertificateChain? {
        guard let leaf = chain.first else { return nil }
        // Too long or too many: the caller says so.
        return try? ISO20Common.SignedCertificateChain(
            id: XMLID("id1"), certificate: ISO20Common.Certificate(leaf),
            subCertificates: chain.count > 1 ? subCertificates(chain) : nil)
    }

    static func subCertificates(_ chain: [[UInt8]]) throws(SchemaViolation) -> ISO20Common.SubCertificates {
        var certificates: [ISO20Common.Certificate] = []
        for der in chain.dropFirst() { certificates.append(try ISO20Common.Certificate(der)) }
        return ISO20Common.SubCertificates(certificate: try BoundedList(certificates))
    }

    func certificateInstallationRequest() -> ISO20Edition.Message? {
        guard let chain = identification.installationChain, let roots = rootIdentifiers() else { return nil }
        let wanted = identification.contract.map { [ISO20.Identifier(clipping: $0.emaid.normalized)] }
        return .common(
            .certificateInstallationReq(
                .init(
                    header: header(identification.installationSignature), oemProvisioningCertificateChain: chain,
                    listOfRootCertificateIDs: roots, maximumContractCertificateChains: Self.maximumContracts,
                    // One entry is within the bounds of the list.
                    prioritizedEMAIDs: wanted.flatMap { try? .init(emaid: BoundedList($0)) })))
    }

    private func rootIdentifiers() -> ISO20.ListOfRootCertificateIDs? {
        let ids = profile.trustedRoots.prefix(20).compactMap { der -> XMLDSig.X509IssuerSerial? in
            // A root that cannot be read cannot be named either.
            guard let root = try? Certificate(der: der), let name = try? XMLString(root.issuer.mostSpecificFirst),
                let serial = try? UnboundedInteger(magnitude: root.body.serialNumber.magnitude)
            else { return nil }
            return XMLDSig.X509IssuerSerial(x509IssuerName: name, x509SerialNumber: serial)
        }
        return (try? BoundedList(ids)).map { ISO20.ListOfRootCertificateIDs(rootCertificateID: $0) }
    }

    mutating func certificateInstallation(
        _ response: ISO20Common.CertificateInstallationRes, _ message: ISO20Edition.Message
    ) {
        guard response.responseCode.family == .ok else {
            cancelTimer(.ongoing)
            return installationFailed("The station has no contract for this car: \(response.responseCode.schemaName).")
        }
        guard response.evseProcessing == .finished else {
            return poll(.certificateInstallation, response.evseProcessing)
        }
        cancelTimer(.ongoing)
        // The timer first: a driver may answer at once.
        startTimer(.message, timing.sequencePerformance)
        actions.append(.install(message))
        state = .expectInstallation(remaining: response.remainingContractCertificateChains)
    }

    mutating func installed(_ result: Result<InstalledContract, InstallationFailure>) {
        guard case .expectInstallation(let remaining) = state else { return }
        cancelTimer(.message)
        switch result {
        case .success(let contract):
            note(.contractInstalled(contract.emaid))
            // The first of several is the one that is used now; the driver keeps all.
            if identification.installations == 0, let leaf = contract.chain.first,
                let key = (try? Certificate(der: leaf))?.publicKey
            {
                identification.contract = ContractCredential(chain: contract.chain, emaid: contract.emaid)
                identification.key = key
            }
            identification.installations += 1
            if remaining > 0, identification.installations < Int(Self.maximumContracts) {
                return proceed(to: .certificateInstallation)
            }
            authorize()
        case .failure(let failure):
            note(.securityEvent("a contract from the station was not accepted: \(failure.message)"))
            installationFailed(failure.message)
        }
    }

    mutating func installationFailed(_ reason: String) {
        note(.warning("No contract was installed: \(reason)"))
        authorize()
    }
}

extension DistinguishedName {
    /// The name as text, in the order of RFC 4514.
    fileprivate var mostSpecificFirst: String {
        rdns.reversed().map { rdn in
            rdn.map { attribute in
                let text = (attribute.text ?? "").unicodeScalars.reduce(into: "") { text, scalar in
                    if ",+\"\\<>;=".unicodeScalars.contains(scalar) { text += "\\" }
                    text.unicodeScalars.append(scalar)
                }
                return "\(attribute.typeName)=\(text)"
            }.joined(separator: "+")
        }.joined(separator: ",")
    }
}

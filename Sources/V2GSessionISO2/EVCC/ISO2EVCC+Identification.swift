internal import SchemaTypes
internal import V2GKeys
internal import V2GMessagesISO2
internal import V2GMessagesXMLDSig
internal import V2GPrimitives
internal import V2GSession
internal import V2GSignatures
internal import V2GX509

// Contract certificates, PaymentDetails and authorization.
extension ISO2EVCC {
    /// The contract in use: the profile's, or one that was installed in this session.
    struct Identification: Sendable {
        var contract: ContractCredential?
        var key: PublicKey?

        /// There is a contract whose leaf is valid now and whose key is known.
        func hasContract(at time: Timestamp) -> Bool {
            guard key != nil, let leaf else { return false }
            return leaf.body.notBefore <= time && time <= leaf.body.notAfter
        }

        private var leaf: Certificate? { contract?.chain.first.flatMap { try? Certificate(der: $0) } }

        /// The key of the mobility operator's sub-CA 2, which issued the leaf and signs sales tariffs.
        var tariffKey: PublicKey? {
            guard let chain = contract?.chain, chain.count > 1 else { return nil }
            return (try? Certificate(der: chain[1]))?.publicKey
        }

        /// The certificate service's parameter set that the car needs, `nil` when it needs none.
        func wantedService(_ profile: VehicleProfile, at time: Timestamp) -> Int16? {
            let canInstall =
                !profile.provisioning.isEmpty && profile.provisioningKey != nil && !profile.trustedRoots.isEmpty
            switch profile.installation {
            case .always where canInstall: return CertificateService.installation
            case .whenMissing where canInstall && !hasContract(at: time): return CertificateService.installation
            case .always, .whenMissing, .never: break
            }
            guard profile.updatesContracts, !profile.trustedRoots.isEmpty, hasContract(at: time), let leaf,
                // [V2G2-690]: "soon" is within 21 days.
                leaf.body.notAfter < time.advanced(bySeconds: 21 * 86_400)
            else { return nil }
            return CertificateService.update
        }
    }

    // MARK: Installation and update

    /// Asks for a contract: the request is signed with the provisioning key, or on an update with the contract's.
    mutating func requestContract() {
        if let stop = wishes.stop { return requestSessionStop(stop) }
        do {
            let id = try XMLID("id1")
            let roots = ISO2.ListOfRootCertificateIDs(
                rootCertificateID: try BoundedList(Self.issuerSerials(profile.trustedRoots)))
            if services.certificateParameterSet == CertificateService.update {
                guard let contract = identification.contract, let key = identification.key else { return noContract() }
                let request = ISO2.CertificateUpdateReq(
                    id: id, contractSignatureCertChain: try ISO2.CertificateChain(der: contract.chain),
                    emaid: try ISO2.EMAIDString(contract.emaid.normalized), listOfRootCertificateIDs: roots)
                sign(.certificateUpdateReq(request), key, .contract, then: .certificateUpdate)
            } else {
                guard let key = profile.provisioningKey, let leaf = profile.provisioning.first else {
                    return noContract()
                }
                let request = ISO2.CertificateInstallationReq(
                    id: id, oemProvisioningCert: try ISO2.Certificate(leaf), listOfRootCertificateIDs: roots)
                sign(.certificateInstallationReq(request), key, .provisioning, then: .certificateInstallation)
            }
        } catch {
            closeForProfile("contract or provisioning certificate", error)
        }
    }

    private mutating func noContract() {
        close(.equipmentFault, "The car has no certificate to ask for a contract with.")
    }

    /// The roots that the car trusts, by issuer and serial number; at most 20 fit.
    private static func issuerSerials(_ roots: [[UInt8]]) throws(SchemaViolation) -> [XMLDSig.X509IssuerSerial] {
        var identifiers: [XMLDSig.X509IssuerSerial] = []
        for root in roots.prefix(20) {
            guard let certificate = try? Certificate(der: root) else {
                throw SchemaViolation("a trusted root is not a certificate")
            }
            identifiers.append(
                XMLDSig.X509IssuerSerial(
                    x509IssuerName: try XMLString(certificate.issuer.reversedText),
                    x509SerialNumber: try UnboundedInteger(magnitude: certificate.body.serialNumber.magnitude)))
        }
        return identifiers
    }

    /// The driver verifies, unwraps and stores; a contract that is not trusted ends the session, and the old one stays.
    mutating func provisioning(_ name: String, _ code: ISO2.ResponseCode, _ message: ISO2.V2GMessage) {
        guard accepts(name, code) else { return }
        actions.append(.install(message))
        startTimer(.message, timing.vehicleSequence)
        state = .awaitInstallation
    }

    mutating func installed(_ result: Result<InstalledContract, InstallationFailure>) {
        guard case .awaitInstallation = state else { return }
        cancelTimer(.message)
        switch result {
        case .failure(let failure):
            note(.securityEvent("A delivered contract was refused: \(failure.message)"))
            close(.refused, "The contract that was delivered is not trusted: \(failure.message) The old one is kept.")
        case .success(let installed):
            guard let leaf = installed.chain.first, let key = (try? Certificate(der: leaf))?.publicKey else {
                return close(.refused, "The installed contract's certificate cannot be read.")
            }
            identification = Identification(
                contract: ContractCredential(chain: installed.chain, emaid: installed.emaid), key: key)
            note(.contractInstalled(installed.emaid))
            requestPaymentDetails()
        }
    }

    // MARK: Authorization

    mutating func requestPaymentDetails() {
        if let stop = wishes.stop { return requestSessionStop(stop) }
        guard let contract = identification.contract else { return noContract() }
        do {
            send(
                .paymentDetailsReq(
                    ISO2.PaymentDetailsReq(
                        emaid: try ISO2.EMAIDString(contract.emaid.normalized),
                        contractSignatureCertChain: try ISO2.CertificateChain(der: contract.chain))),
                then: .expectPaymentDetails)
        } catch {
            closeForProfile("contract", error)
        }
    }

    mutating func paymentDetails(_ response: ISO2.PaymentDetailsRes) {
        guard accepts("PaymentDetailsRes", response.responseCode, [.ok, .okCertificateExpiresSoon]) else { return }
        if response.responseCode == .okCertificateExpiresSoon {
            note(.warning("The contract certificate ends within 21 days; it has to be renewed."))
        }
        if let stop = wishes.stop { return requestSessionStop(stop) }
        guard let key = identification.key else { return noContract() }
        do {
            let request = ISO2.AuthorizationReq(id: try XMLID("id1"), genChallenge: response.genChallenge)
            sign(.authorizationReq(request), key, .contract, then: .authorization)
        } catch {
            closeForProfile("authorization", error)
        }
    }

    /// Without identifier, challenge and signature: with external payment always, with a contract on every repetition
    /// [V2G2-684].
    mutating func repeatAuthorization() {
        if let stop = wishes.stop { return requestSessionStop(stop) }
        send(
            .authorizationReq(ISO2.AuthorizationReq(id: nil, genChallenge: nil)), then: .expectAuthorization)
    }

    mutating func authorization(_ response: ISO2.AuthorizationRes) {
        guard accepts("AuthorizationRes", response.responseCode) else { return }
        switch response.evseProcessing {
        case .finished:
            cancelTimer(.ongoing)
            let method: AuthorizationMethod = services.payment == .contract ? .plugAndCharge : .external
            note(.authorized(method: method, detail: "by the station"))
            note(.phase("parameters"))
            requestChargeParameters()
        case .ongoing:
            startOngoing("authorization")
            take(.authorization, after: profile.ongoingPace)
        case .ongoingWaitingForCustomerInteraction:
            // A person takes as long as it takes; the driver can stop.
            cancelTimer(.ongoing)
            take(.authorization, after: profile.ongoingPace)
        }
    }

    // MARK: Signatures of the car

    /// Has a request signed, and sends it then.
    mutating func sign(
        _ body: ISO2.BodyElement, _ key: PublicKey, _ name: VehicleKey, then step: Step
    ) {
        do {
            let pending = try PendingSignature(try body.signable(), signer: key, profile: signatures.profile)
            actions.append(.sign(pending.octets, with: name))
            startTimer(.message, timing.vehicleSequence)
            state = .awaitSignature(Signing(body: body, pending: pending, next: step))
        } catch {
            close(.equipmentFault, "\(body.name) cannot be signed: \(error.message)")
        }
    }

    mutating func signed(_ result: Result<[UInt8], SigningFailure>) {
        guard case .awaitSignature(let signing) = state else { return }
        cancelTimer(.message)
        if let stop = wishes.stop, signing.next != .meteringReceipt { return requestSessionStop(stop) }
        switch result {
        case .failure(let failure):
            close(.equipmentFault, "The car's key could not sign \(signing.body.name): \(failure.message)")
        case .success(let octets):
            do {
                let next: State =
                    switch signing.next {
                    case .certificateInstallation: .expectCertificateInstallation
                    case .certificateUpdate: .expectCertificateUpdate
                    case .meteringReceipt: .expectMeteringReceipt
                    case .authorization, .chargeParameterDiscovery, .cableCheck, .preCharge, .chargeLoop,
                        .weldingDetection:
                        .expectAuthorization
                    }
                send(signing.body, then: next, signature: try signing.pending.completed(with: octets))
            } catch {
                close(
                    .equipmentFault, "The car's signature of \(signing.body.name) has no valid form: \(error.message)")
            }
        }
    }
}

extension ISO2.BodyElement {
    /// What is signed of a request: itself.
    fileprivate func signable() throws(SignatureRefusal) -> [SignableElement] {
        switch self {
        case .authorizationReq(let request): [try .authorizationReq(request)]
        case .certificateInstallationReq(let request): [try .certificateInstallationReq(request)]
        case .certificateUpdateReq(let request): [try .certificateUpdateReq(request)]
        case .meteringReceiptReq(let request): [try .meteringReceiptReq(request)]
        default: []  // nothing else is signed by a car, and an empty list is refused
        }
    }
}

extension DistinguishedName {
    /// The name as text, in the order of RFC 4514: most specific part first.
    var reversedText: String {
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

internal import SchemaTypes
internal import V2GKeys
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GMessagesXMLDSig
internal import V2GPrimitives
internal import V2GSession
internal import V2GSignatures
internal import V2GX509

/// Who the car is, and how it proves that.
struct ISO20Identification: Sendable {
    var contract: ContractCredential?
    var key: PublicKey?
    /// What the station offers, and what is left of it to try.
    var offered: [AuthorizationMethod] = []
    var tried: Set<AuthorizationMethod> = []
    var selected: AuthorizationMethod?
    /// Why the last method did not work.
    var lastRefusal: String?
    var challenge: ISO20Common.GenChallenge?
    /// Signed once; each repeat carries it whole.
    var request: ISO20Common.PnCAReqAuthorizationMode?
    var requestSignature: XMLDSig.Signature?

    var installationChain: ISO20Common.SignedCertificateChain?
    var installationSignature: XMLDSig.Signature?
    /// Answers that brought a contract; a station that has no end of them is not followed for ever.
    var installations = 0
    var hasAskedForInstallation = false

    init(contract: ContractCredential?, key: PublicKey?) {
        self.contract = contract
        self.key = key
    }
}

// Session setup and authorization.
extension ISO20EVCC {
    func sessionSetupRequest() -> ISO20Edition.Message? {
        // An identifier that the schema does not take is a fault of the profile, reported by the caller.
        guard let id = try? ISO20.Identifier(profile.evccID) else { return nil }
        return .common(.sessionSetupReq(.init(header: header(), evccID: id)))
    }

    mutating func sessionSetup(_ response: ISO20Common.SessionSetupRes) {
        cancelTimer(.communicationSetup)
        let id = response.header.session
        guard !id.isZero else { return breach("SessionSetupRes bears a zero session identifier.") }
        let paused = resume
        resume = nil
        if response.responseCode == .okOldSessionJoined {
            guard let paused, paused.id == id else {
                return breach("The station says that it joined a session that the car did not ask for.")
            }
            isJoined = true
            note(.phase("resumed"))
            services.take(up: paused.selections)
            return proceedToParameters()  // [V2G20-1032] Authorization and services stay valid.
        }
        if let paused {
            // [V2G20-2615] to [V2G20-2617]: the old session counts no more.
            actions.append(.forgetPaused(paused.id))
            guard paused.id != id else {
                return breach("The station calls a session new that bears the identifier of the paused one.")
            }
        }
        session = id
        note(.phase("identification"))
        proceed(to: .authorizationSetup)
    }

    mutating func authorizationSetup(_ response: ISO20Common.AuthorizationSetupRes) {
        let listed = response.authorizationServices.elements
        // [V2G20-2567], [V2G20-2568]: the parameters are those of PnC where it is offered.
        switch response.asResAuthorizationMode {
        case .pncASResAuthorizationMode(let mode):
            guard listed.contains(.pnC) else {
                return breach("AuthorizationSetupRes has a challenge, though Plug & Charge is not offered.")
            }
            identification.challenge = mode.genChallenge
        case .eimASResAuthorizationMode:
            guard !listed.contains(.pnC) else {
                return breach("AuthorizationSetupRes offers Plug & Charge without a challenge.")
            }
        }
        identification.offered = listed.map { $0 == .pnC ? .plugAndCharge : .external }
        if wantsInstallation(response.certificateInstallationService) { return signInstallation() }
        authorize()
    }

    // MARK: Authorization

    /// P-256 is outside of -20's profile: only the quirk allows it.
    func isAllowed(_ key: PublicKey) -> Bool {
        key.algorithm != .p256 || (profile.quirks.contains(.josev) && signatures.profile.allowsP256InEdition20)
    }

    private func canUse(_ method: AuthorizationMethod) -> Bool {
        guard identification.offered.contains(method), !identification.tried.contains(method) else { return false }
        switch method {
        case .external: return true
        case .plugAndCharge:
            guard let key = identification.key, identification.contract != nil else { return false }
            return isAllowed(key) && identification.challenge != nil
        }
    }

    /// Takes the first method of the car's that the station offers and that was not refused yet.
    mutating func authorize() {
        guard let method = profile.authorization.first(where: canUse) else {
            let offered = identification.offered.map(\.rawValue).joined(separator: ", ")
            return giveUp(
                .refused,
                "No means of authorization is left. The station offers \(offered); the car accepts "
                    + "\(profile.authorization.map(\.rawValue).joined(separator: ", ")), "
                    + "\(identification.contract == nil ? "without" : "with") a contract."
                    + (identification.lastRefusal.map { " \($0)" } ?? ""))
        }
        identification.tried.insert(method)
        identification.selected = method
        switch method {
        case .external: proceed(to: .authorization)
        case .plugAndCharge: signAuthorization()
        }
    }

    private mutating func signAuthorization() {
        guard let contract = identification.contract, let key = identification.key,
            let challenge = identification.challenge, let leaf = contract.chain.first,
            // Too long or too many certificates: said below.
            let chain = try? ISO20Common.ContractCertificateChain(
                certificate: ISO20Common.Certificate(leaf), subCertificates: Self.subCertificates(contract.chain)),
            let id = try? XMLID("id1")
        else { return authorizationRefused("The contract's certificates do not fit into a message.") }
        if key.algorithm == .p256 {
            note(.quirkUsed(.josev, detail: "authorization signed with a P-256 contract key"))
        }
        let request = ISO20Common.PnCAReqAuthorizationMode(
            id: id, genChallenge: challenge, contractCertificateChain: chain)
        identification.request = request
        sign(.authorization, with: .contract, key: key) { () throws(SignatureRefusal) in
            try .pncAReqAuthorizationMode(request)
        }
    }

    func authorizationRequest() -> ISO20Edition.Message? {
        switch identification.selected {
        case .plugAndCharge:
            guard let request = identification.request, let signature = identification.requestSignature else {
                return nil
            }
            return .common(
                .authorizationReq(
                    .init(
                        header: header(signature), selectedAuthorizationService: .pnC,
                        aReqAuthorizationMode: .pncAReqAuthorizationMode(request))))
        case .external:
            return .common(
                .authorizationReq(
                    .init(
                        header: header(), selectedAuthorizationService: .eim,
                        aReqAuthorizationMode: .eimAReqAuthorizationMode(.init()))))
        case nil: return nil
        }
    }

    mutating func authorization(_ response: ISO20Common.AuthorizationRes) {
        guard response.responseCode.family == .ok else {
            return authorizationRefused("The station answered \(response.responseCode.schemaName).")
        }
        guard response.evseProcessing == .finished else { return poll(.authorization, response.evseProcessing) }
        cancelTimer(.ongoing)
        if response.responseCode == .okCertificateExpiresSoon {
            note(.warning("The contract certificate ends soon. Renew it."))
        }
        note(.authorized(method: identification.selected ?? .external, detail: "the station accepted"))
        note(.phase("parameters"))
        proceed(to: .serviceDiscovery)
    }

    /// A warning leaves the session alive: the car tries what is left.
    mutating func authorizationRefused(_ reason: String) {
        cancelTimer(.ongoing)
        note(.warning("\(identification.selected?.rawValue ?? "authorization") did not work: \(reason)"))
        identification.challenge = nil  // Good for one answer.
        identification.lastRefusal = reason
        authorize()
    }

    // MARK: Signatures

    /// Has an element signed, then goes on with the step that carries the signature.
    mutating func sign(
        _ step: Step, with name: VehicleKey, key: PublicKey,
        _ element: () throws(SignatureRefusal) -> SignableElement
    ) {
        do {
            let pending = try PendingSignature([try element()], signer: key, profile: signatures.profile)
            // The timer first: a driver may answer at once.
            startTimer(.message, timing.sequencePerformance)
            actions.append(.sign(pending.octets, with: name))
            state = .expectSignature(pending, step)
        } catch {
            signingFailed(step, error.message)
        }
    }

    mutating func signed(_ result: Result<[UInt8], SigningFailure>) {
        guard case .expectSignature(let pending, let step) = state else { return }
        cancelTimer(.message)
        switch result {
        case .failure(let failure): signingFailed(step, failure.message)
        case .success(let value):
            do {
                let signature = try pending.completed(with: value)
                switch step {
                case .certificateInstallation: identification.installationSignature = signature
                case .meteringConfirmation: charging.meteringSignature = signature
                default: identification.requestSignature = signature
                }
                proceed(to: step)
            } catch {
                signingFailed(step, error.message)
            }
        }
    }

    private mutating func signingFailed(_ step: Step, _ reason: String) {
        switch step {
        case .certificateInstallation: installationFailed(reason)
        case .meteringConfirmation:
            want(.terminate(.equipmentFault, "The meter's reading could not be signed: \(reason)"))
            proceed(to: .chargeLoop)
        default: authorizationRefused(reason)
        }
    }
}

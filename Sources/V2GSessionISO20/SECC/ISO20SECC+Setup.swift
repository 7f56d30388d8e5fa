internal import SchemaTypes
internal import V2GMessagesISO20
internal import V2GMessagesISO20Common
internal import V2GPrimitives
internal import V2GSession

extension ISO20SECC {
    mutating func sessionSetup(_ request: ISO20Common.SessionSetupReq) -> [Action] {
        let asked = request.header.session
        var actions: [Action] = []
        if !asked.isZero, let kept = paused(asked) {
            if let joined = join(kept) { return joined }
            actions.append(
                .note(
                    .securityEvent(
                        "A car asked for a paused session that is not bound to its vehicle certificate, or that this "
                            + "station no longer offers. It got a new session (V2G20-1032).")))
        }
        let session = V2GSessionID.drawn(from: random)
        self.session = session
        return actions + answer(setupResponse(.okNewSessionEstablished), next: .expectAuthorizationSetup)
    }

    /// The old session, when the same vehicle certificate asks for it and its service still exists.
    private mutating func join(_ kept: PausedSession<ISO20Edition>) -> [Action]? {
        guard let digest = link.peerLeafDigest, let binding = kept.peerBinding,
            constantTimeEquals(ISO20PeerBinding.value(session: kept.id, leafDigest: digest), binding),
            let grant = kept.grant.flatMap({ ChargingGrant.resumed($0, session: kept.id) }),
            let selection = catalog.selection(
                service: kept.selections.service, parameterSet: kept.selections.parameterSet)
        else { return nil }
        session = kept.id
        isResumed = true
        self.grant = grant
        self.selection = selection
        // A new pause keeps it anew; without one, nobody joins a second time.
        return [.forgetPaused(kept.id), .note(.phase("parameters"))]
            + answer(setupResponse(.okOldSessionJoined), next: .expectChargeParameters)
    }

    private func setupResponse(_ code: ISO20.ResponseCode) -> Message {
        .common(
            .sessionSetupRes(
                .init(header: header, responseCode: code, evseID: .init(clipping: offer.evseID.separated))))
    }

    mutating func authorizationSetup(_ request: ISO20Common.AuthorizationSetupReq) -> [Action] {
        let services = authorizationServices
        guard !services.isEmpty else {
            return refuse(
                .common(.authorizationSetupReq(request)), .failed,
                "the station is set up without any means of authorization", outcome: .stopped)
        }
        let mode: ISO20Common.AuthorizationSetupRes.ASResAuthorizationMode
        if services.contains(.pnC) {
            let challenge = Challenge(random)
            self.challenge = challenge
            // It is an xs:choice: EIM may be listed beside, but has no part here ([V2G20-2567], [V2G20-2568]).
            mode = .pncASResAuthorizationMode(
                .init(
                    genChallenge: ISO20Common.GenChallenge(unchecked: challenge.bytes), supportedProviders: providers))
        } else {
            mode = .eimASResAuthorizationMode(.init())
        }
        let response = ISO20Common.AuthorizationSetupRes(
            header: header, responseCode: .ok, authorizationServices: BoundedList(unchecked: services),
            certificateInstallationService: installsContracts, asResAuthorizationMode: mode)
        return [.note(.phase("identification"))]
            + answer(.common(.authorizationSetupRes(response)), next: .expectAuthorization)
    }

    /// In the order of preference. -20 runs on TLS 1.3 alone, so Plug & Charge always may.
    var authorizationServices: [ISO20Common.Authorization] {
        var services: [ISO20Common.Authorization] = []
        for method in offer.authorization {
            let service: ISO20Common.Authorization = method == .plugAndCharge ? .pnC : .eim
            if !services.contains(service) { services.append(service) }
        }
        return services
    }

    var installsContracts: Bool { offer.installsContracts && authorizationServices.contains(.pnC) }

    private var providers: ISO20Common.SupportedProvidersList? {
        let names = offer.supportedProviders.prefix(128).map { ISO20.Name(clipping: $0) }
        return names.isEmpty ? nil : .init(providerID: BoundedList(unchecked: Array(names)))
    }
}

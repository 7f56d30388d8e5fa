internal import CPKCS11
internal import V2GKeys
internal import V2GPrimitives

/// Makes a key pair on a token. Blocks; the caller holds the token's generation lock.
struct KeyPairGeneration {
    let uri: PKCS11URI
    let token: PKCS11Token
    let algorithm: KeyAlgorithm
    let mayAgree: Bool

    func run() throws(KeyError) -> PublicKey {
        let mechanism = Mechanism.generation(algorithm)
        try token.check(mechanism, algorithm)
        // A key that could be made and not used would only be found out later.
        if let signing = Mechanism.signing(algorithm) { try token.check(signing, algorithm) }
        let selection = try TokenKey.selection(uri)
        return try token.withSession(readWrite: true, doing: "generating '\(uri)' by \(mechanism.name)") {
            session throws(PKCS11Failure) in
            try refuseExisting(selection, session)
            let pair = try generate(mechanism, selection, session)
            do throws(PKCS11Failure) {
                try checkProtection(pair.private, session)
                return try PublicObject.read(for: pair.private, token.name, session)
            } catch {
                session.destroy(pair.private)
                session.destroy(pair.public)
                throw error
            }
        }
    }

    /// The label and the id must each be free: either alone selects a key later.
    private func refuseExisting(_ selection: [Attribute], _ session: Session) throws(PKCS11Failure) {
        for attribute in selection {
            for kind in [CKO_PRIVATE_KEY, CKO_PUBLIC_KEY] {
                let found = try session.find([Attribute(CKA_CLASS, number: kind), attribute], limit: 1)
                guard found.isEmpty else {
                    throw .key(
                        KeyError(
                            .alreadyExists,
                            "\(token.name) already has a key for '\(uri)'. Keys are never overwritten: choose another label or id."
                        ))
                }
            }
        }
    }

    private func generate(
        _ mechanism: Mechanism, _ selection: [Attribute], _ session: Session
    ) throws(PKCS11Failure) -> (public: CK_OBJECT_HANDLE, private: CK_OBJECT_HANDLE) {
        var naming = selection
        if uri.id == nil {
            // The id ties the two halves together.
            var generator = SystemRandomNumberGenerator()
            naming.append(Attribute(CKA_ID, (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }))
        }
        let agrees =
            mayAgree && (algorithm == .p256 || algorithm == .p521) ? try token.offers(.ecdh, for: algorithm) : false
        var privateTemplate = [
            Attribute(CKA_TOKEN, true), Attribute(CKA_PRIVATE, true), Attribute(CKA_SENSITIVE, true),
            Attribute(CKA_EXTRACTABLE, false), Attribute(CKA_SIGN, algorithm.canSign),
        ]
        if agrees { privateTemplate.append(Attribute(CKA_DERIVE, true)) }

        var last = PKCS11Failure.call(function: "C_GenerateKeyPair", code: CKR_CURVE_NOT_SUPPORTED)
        for parameters in algorithm.ecParameters {
            let publicTemplate = [
                Attribute(CKA_TOKEN, true), Attribute(CKA_PRIVATE, false), Attribute(CKA_VERIFY, algorithm.canSign),
                Attribute(CKA_EC_PARAMS, parameters),
            ]
            do throws(PKCS11Failure) {
                return try session.generateKeyPair(
                    mechanism.type, publicTemplate: publicTemplate + naming, privateTemplate: privateTemplate + naming)
            } catch .call(let function, let code)
                where [
                    CKR_CURVE_NOT_SUPPORTED, CKR_DOMAIN_PARAMS_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
                    CKR_TEMPLATE_INCONSISTENT,
                ].contains(code)
            {
                // The next way to name the curve may be the one that this token knows.
                last = .call(function: function, code: code)
            }
        }
        throw last
    }

    /// A token may take a template and do as it likes.
    private func checkProtection(_ object: CK_OBJECT_HANDLE, _ session: Session) throws(PKCS11Failure) {
        guard try session.flag(CKA_SENSITIVE, of: object) == true,
            try session.flag(CKA_EXTRACTABLE, of: object) == false
        else {
            throw .key(
                KeyError(
                    .tokenMisbehaved,
                    "\(token.name) made a key that can be read out, against CKA_SENSITIVE and CKA_EXTRACTABLE. It was deleted."
                ))
        }
    }
}

internal import CPKCS11
internal import Synchronization
internal import V2GDER
internal import V2GKeys
internal import V2GPrimitives

/// A private key object on a token. The private key itself is never asked for.
final class TokenKey: Sendable {
    let token: PKCS11Token
    let publicKey: PublicKey
    let label: String
    let isProtected: Bool
    let maySign: Bool
    let mayDerive: Bool
    private let uri: PKCS11URI
    private let handle: Mutex<(generation: Int, object: CK_OBJECT_HANDLE)>

    /// Finds the key. Blocks.
    ///
    /// - Throws: ``KeyError`` with `notFound`, `badReference` (several match), `unsupported`, `tokenMisbehaved`.
    init(_ uri: PKCS11URI, on token: PKCS11Token) throws(KeyError) {
        let found = try token.withSession(doing: "looking for '\(uri)'") { session throws(PKCS11Failure) in
            let object = try Self.privateObject(uri, token, session)
            let isSensitive = try session.flag(CKA_SENSITIVE, of: object) == true
            let isExtractable = try session.flag(CKA_EXTRACTABLE, of: object) != false
            return Found(
                generation: session.generation, object: object,
                publicKey: try PublicObject.read(for: object, token.name, session),
                label: String(decoding: try session.attribute(CKA_LABEL, of: object) ?? [], as: UTF8.self),
                isProtected: isSensitive && !isExtractable,
                maySign: try session.flag(CKA_SIGN, of: object) ?? true,
                mayDerive: try session.flag(CKA_DERIVE, of: object) ?? true)
        }
        self.token = token
        self.uri = uri
        publicKey = found.publicKey
        label = found.label
        isProtected = found.isProtected
        maySign = found.maySign
        mayDerive = found.mayDerive
        handle = Mutex((found.generation, found.object))
    }

    private struct Found {
        let generation: Int
        let object: CK_OBJECT_HANDLE
        let publicKey: PublicKey
        let label: String
        let isProtected: Bool
        let maySign: Bool
        let mayDerive: Bool
    }

    /// The object's handle in the session's connection: looked up again after a reconnect.
    func object(in session: Session) throws(PKCS11Failure) -> CK_OBJECT_HANDLE {
        let (generation, known) = handle.withLock { ($0.generation, $0.object) }
        if generation == session.generation { return known }
        let object = try Self.privateObject(uri, token, session)
        handle.withLock { $0 = (session.generation, object) }
        return object
    }

    /// Runs `body` with the object's handle. A handle that the token does not know any more, as after the key was imported
    /// again, is looked up once more.
    func withObject<T>(
        in session: Session, _ body: (CK_OBJECT_HANDLE) throws(PKCS11Failure) -> T
    ) throws(PKCS11Failure) -> T {
        let known = try object(in: session)
        do throws(PKCS11Failure) {
            return try body(known)
        } catch  where error.isHandleUnknown {
            let object = try Self.privateObject(uri, token, session)
            handle.withLock { $0 = (session.generation, object) }
            return try body(object)
        }
    }

    /// Attributes that select the object, without its class.
    static func selection(_ uri: PKCS11URI) throws(KeyError) -> [Attribute] {
        guard uri.type == nil || uri.type == .privateKey else {
            throw KeyError(
                .badReference,
                "'\(uri)' names a \(uri.type?.rawValue ?? "") object. Write type=private or leave it out.")
        }
        var template: [Attribute] = []
        if let label = uri.object { template.append(Attribute(CKA_LABEL, Array(label.utf8))) }
        if let id = uri.id { template.append(Attribute(CKA_ID, id)) }
        guard !template.isEmpty else {
            throw KeyError(.badReference, "'\(uri)' names a token and no key on it. Add object=LABEL or id=%XX.")
        }
        return template
    }

    private static func privateObject(
        _ uri: PKCS11URI, _ token: PKCS11Token, _ session: Session
    ) throws(PKCS11Failure) -> CK_OBJECT_HANDLE {
        let selection: [Attribute]
        do throws(KeyError) { selection = try Self.selection(uri) } catch { throw .key(error) }
        let found = try session.find([Attribute(CKA_CLASS, number: CKO_PRIVATE_KEY)] + selection, limit: 2)
        guard let object = found.first else {
            throw .key(
                KeyError(.notFound, "\(token.name) has no private key for '\(uri)'. Generate it or check the label."))
        }
        guard found.count == 1 else {
            throw .key(KeyError(.badReference, "'\(uri)' matches several private keys. Add id=%XX to it."))
        }
        return object
    }
}

/// Finds the public half of a private key object, wherever the token keeps it.
enum PublicObject {
    static func read(
        for privateObject: CK_OBJECT_HANDLE, _ tokenName: String, _ session: Session
    ) throws(PKCS11Failure) -> PublicKey {
        let algorithm = try kind(of: privateObject, tokenName, session)
        var selections: [[Attribute]] = []
        if let id = try session.attribute(CKA_ID, of: privateObject), !id.isEmpty {
            selections.append([Attribute(CKA_ID, id)])
        }
        if let label = try session.attribute(CKA_LABEL, of: privateObject), !label.isEmpty {
            selections.append([Attribute(CKA_LABEL, label)])
        }
        for selection in selections {
            let found = try session.find([Attribute(CKA_CLASS, number: CKO_PUBLIC_KEY)] + selection, limit: 1)
            if let object = found.first, let point = try session.attribute(CKA_EC_POINT, of: object) {
                return try decode(point, algorithm, tokenName)
            }
        }
        // PKCS#11 2.40: the private object may carry a SubjectPublicKeyInfo.
        if let information = try session.attribute(CKA_PUBLIC_KEY_INFO, of: privateObject),
            let key = publicKey(inInformation: information, algorithm)
        {
            return key
        }
        if let point = try session.attribute(CKA_EC_POINT, of: privateObject), !point.isEmpty {
            return try decode(point, algorithm, tokenName)
        }
        for selection in selections {
            let found = try session.find([Attribute(CKA_CLASS, number: CKO_CERTIFICATE)] + selection, limit: 1)
            if let object = found.first, let certificate = try session.attribute(CKA_VALUE, of: object),
                let key = publicKey(inCertificate: certificate, algorithm)
            {
                return key
            }
        }
        throw .key(
            KeyError(
                .notFound,
                "\(tokenName) has the private key, but no public key object and no certificate with its id or label. Import one."
            ))
    }

    /// The point as a DER OCTET STRING (the standard), a DER BIT STRING (PKCS#11 3.0 drafts) or raw: all are met.
    static func decode(
        _ point: [UInt8], _ algorithm: KeyAlgorithm, _ tokenName: String
    ) throws(PKCS11Failure) -> PublicKey {
        let length = algorithm.publicKeyLength
        var candidates: [[UInt8]] = []
        if point.count == length { candidates.append(point) }
        // tpm2-pkcs11 1.9 writes the length of P-521 points in one byte, which DER forbids; there is only one reading.
        if length >= 0x80, point.count == length + 2, point[0] == 0x04, Int(point[1]) == length {
            candidates.append(Array(point.dropFirst(2)))
        }
        var reader = DERReader(point)
        // What is not DER was tried as raw.
        if let octets = try? reader.readOctetString(), reader.isAtEnd { candidates.append(Array(octets)) }
        reader = DERReader(point)
        if let bits = try? reader.readBitStringBytes(), reader.isAtEnd { candidates.append(Array(bits)) }
        for candidate in candidates {
            if let key = PublicKey(algorithm: algorithm, bytes: candidate), key.isOnCurve { return key }
        }
        throw .key(
            KeyError(
                .tokenMisbehaved,
                "\(tokenName) gives a public key (CKA_EC_POINT, \(point.count) bytes) that is no \(algorithm.rawValue) key."
            ))
    }

    private static func kind(
        of object: CK_OBJECT_HANDLE, _ tokenName: String, _ session: Session
    ) throws(PKCS11Failure) -> KeyAlgorithm {
        guard let parameters = try session.attribute(CKA_EC_PARAMS, of: object),
            let algorithm = KeyAlgorithm(ecParameters: parameters)
        else {
            throw .key(
                KeyError(
                    .unsupported,
                    "The key on \(tokenName) is of a kind that ISO 15118 does not know. Use P-256, P-521 or Ed448."))
        }
        return algorithm
    }

    /// Reads a `SubjectPublicKeyInfo`; anything unexpected is no answer.
    private static func publicKey(inInformation bytes: [UInt8], _ algorithm: KeyAlgorithm) -> PublicKey? {
        var outer = DERReader(bytes)
        // Whatever is malformed, the next place is tried.
        guard var body = try? outer.readSequence(), outer.isAtEnd, let identifier = try? body.read(.sequence),
            Array(body.encoding(of: identifier)) == algorithm.algorithmIdentifier,
            let bits = try? body.readBitStringBytes(), body.isAtEnd,
            let key = PublicKey(algorithm: algorithm, bytes: Array(bits)), key.isOnCurve
        else { return nil }
        return key
    }

    /// Finds the `SubjectPublicKeyInfo` in a certificate (RFC 5280 section 4.1); anything unexpected is no answer.
    private static func publicKey(inCertificate bytes: [UInt8], _ algorithm: KeyAlgorithm) -> PublicKey? {
        var outer = DERReader(bytes)
        guard var certificate = try? outer.readSequence(), var body = try? certificate.readSequence(),
            (try? body.readOptional(.contextConstructed(0))) != nil
        else { return nil }
        // Serial number, signature algorithm, issuer, validity, subject.
        for _ in 0..<5 { guard (try? body.read()) != nil else { return nil } }
        guard let information = try? body.read(.sequence) else { return nil }
        return publicKey(inInformation: Array(body.encoding(of: information)), algorithm)
    }
}

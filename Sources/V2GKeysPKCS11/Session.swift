internal import CPKCS11
internal import V2GKeys
internal import V2GPrimitives

/// An attribute of an object, as a template gives it.
struct Attribute {
    let type: CK_ATTRIBUTE_TYPE
    let value: [UInt8]

    init(_ type: CK_ATTRIBUTE_TYPE, _ value: [UInt8]) {
        self.type = type
        self.value = value
    }

    init(_ type: CK_ATTRIBUTE_TYPE, _ value: Bool) { self.init(type, [value ? 1 : 0]) }
    init(_ type: CK_ATTRIBUTE_TYPE, number: CK_ULONG) {
        self.init(type, unsafe withUnsafeBytes(of: number) { unsafe Array($0) })
    }
}

/// A session, used by one thread at a time.
struct Session {
    let module: PKCS11Module
    let handle: CK_SESSION_HANDLE
    /// The connection that it belongs to; see ``PKCS11Token``.
    let generation: Int

    private var functions: PKCS11Functions { module.functions }

    /// At most `limit` objects that match.
    func find(_ template: [Attribute], limit: Int) throws(PKCS11Failure) -> [CK_OBJECT_HANDLE] {
        let begun = unsafe withTemplate(template) { unsafe functions.findObjectsInit(handle, $0, $1) }
        guard begun == CKR_OK else { throw .call(function: "C_FindObjectsInit", code: begun) }
        var found: [CK_OBJECT_HANDLE] = []
        var answer = CKR_OK
        while found.count < limit {
            var objects = [CK_OBJECT_HANDLE](repeating: 0, count: limit - found.count)
            var count: CK_ULONG = 0
            answer = unsafe functions.findObjects(handle, &objects, CK_ULONG(objects.count), &count)
            guard answer == CKR_OK, count > 0, count <= CK_ULONG(objects.count) else { break }
            found += objects.prefix(Int(count))
        }
        let ended = functions.findObjectsFinal(handle)
        guard answer == CKR_OK else { throw .call(function: "C_FindObjects", code: answer) }
        guard ended == CKR_OK else { throw .call(function: "C_FindObjectsFinal", code: ended) }
        return found
    }

    /// The value of an attribute, `nil` when the object has none or does not show it.
    func attribute(_ type: CK_ATTRIBUTE_TYPE, of object: CK_OBJECT_HANDLE) throws(PKCS11Failure) -> [UInt8]? {
        var request = unsafe CK_ATTRIBUTE(type: type, pValue: nil, ulValueLen: 0)
        var answer = unsafe functions.getAttributeValue(handle, object, &request, 1)
        if answer == CKR_ATTRIBUTE_TYPE_INVALID || answer == CKR_ATTRIBUTE_SENSITIVE { return nil }
        guard answer == CKR_OK else { throw .call(function: "C_GetAttributeValue", code: answer) }
        let length = unsafe request.ulValueLen
        // CK_UNAVAILABLE_INFORMATION is all ones.
        guard length != CK_ULONG.max else { return nil }
        guard length <= 65536 else {
            throw .key(KeyError(.tokenMisbehaved, "The token claims an attribute of \(length) bytes."))
        }
        guard length > 0 else { return [] }
        var value = [UInt8](repeating: 0, count: Int(length))
        answer = unsafe value.withUnsafeMutableBytes { buffer in
            unsafe request.pValue = buffer.baseAddress
            return unsafe functions.getAttributeValue(handle, object, &request, 1)
        }
        guard answer == CKR_OK else { throw .call(function: "C_GetAttributeValue", code: answer) }
        guard unsafe request.ulValueLen <= length else {
            throw .key(KeyError(.tokenMisbehaved, "The token wrote past the length of an attribute that it stated."))
        }
        value.removeLast(value.count - Int(unsafe request.ulValueLen))
        return value
    }

    func flag(_ type: CK_ATTRIBUTE_TYPE, of object: CK_OBJECT_HANDLE) throws(PKCS11Failure) -> Bool? {
        guard let value = try attribute(type, of: object), value.count == 1 else { return nil }
        return value[0] != 0
    }

    /// Signs with a mechanism that has no parameter.
    ///
    /// - Returns: What the token wrote, at most 256 bytes. Nothing is known of it yet.
    func sign(_ data: [UInt8], key: CK_OBJECT_HANDLE, _ type: CK_MECHANISM_TYPE) throws(PKCS11Failure) -> [UInt8] {
        var mechanism = unsafe CK_MECHANISM(mechanism: type, pParameter: nil, ulParameterLen: 0)
        var answer = unsafe functions.signInit(handle, &mechanism, key)
        guard answer == CKR_OK else { throw .call(function: "C_SignInit", code: answer) }
        var signature = [UInt8](repeating: 0, count: 256)
        var count = CK_ULONG(signature.count)
        var input = data
        answer = unsafe functions.sign(handle, &input, CK_ULONG(input.count), &signature, &count)
        guard answer == CKR_OK else { throw .call(function: "C_Sign", code: answer) }
        guard count <= CK_ULONG(signature.count) else {
            throw .key(
                KeyError(.tokenMisbehaved, "The token claims a signature of \(count) bytes. Nothing was let out."))
        }
        signature.removeLast(signature.count - Int(count))
        return signature
    }

    /// Derives an ECDH secret as a session object, reads it and destroys the object.
    func derive(key: CK_OBJECT_HANDLE, peer: [UInt8], length: Int) throws(PKCS11Failure) -> SecretBytes {
        let template = [
            Attribute(CKA_CLASS, number: CKO_SECRET_KEY), Attribute(CKA_KEY_TYPE, number: CKK_GENERIC_SECRET),
            Attribute(CKA_TOKEN, false), Attribute(CKA_SENSITIVE, false), Attribute(CKA_EXTRACTABLE, true),
            Attribute(CKA_VALUE_LEN, number: CK_ULONG(length)),
        ]
        var object: CK_OBJECT_HANDLE = 0
        var point = peer
        let answer = unsafe point.withUnsafeMutableBufferPointer { point -> CK_RV in
            var parameters = unsafe CK_ECDH1_DERIVE_PARAMS()
            unsafe parameters.kdf = CKD_NULL
            unsafe parameters.pPublicData = point.baseAddress
            unsafe parameters.ulPublicDataLen = CK_ULONG(point.count)
            return unsafe withUnsafeMutablePointer(to: &parameters) { parameters in
                var mechanism = unsafe CK_MECHANISM(
                    mechanism: CKM_ECDH1_DERIVE, pParameter: UnsafeMutableRawPointer(parameters),
                    ulParameterLen: CK_ULONG(MemoryLayout<CK_ECDH1_DERIVE_PARAMS>.size))
                return unsafe withTemplate(template) { attributes, count in
                    unsafe functions.deriveKey(handle, &mechanism, key, attributes, count, &object)
                }
            }
        }
        guard answer == CKR_OK else { throw .call(function: "C_DeriveKey", code: answer) }
        defer { _ = functions.destroyObject(handle, object) }
        guard var value = try attribute(CKA_VALUE, of: object) else {
            throw .key(
                KeyError(.unsupported, "The token derives a secret by CKM_ECDH1_DERIVE but does not give it out."))
        }
        let secret = SecretBytes(taking: &value)
        guard secret.count == length, secret.copyIsNotZero() else {
            throw .key(
                KeyError(
                    .tokenMisbehaved, "The token's shared secret is zero or has \(secret.count) bytes, not \(length)."))
        }
        return secret
    }

    func generateKeyPair(
        _ type: CK_MECHANISM_TYPE, publicTemplate: [Attribute], privateTemplate: [Attribute]
    ) throws(PKCS11Failure) -> (public: CK_OBJECT_HANDLE, private: CK_OBJECT_HANDLE) {
        var mechanism = unsafe CK_MECHANISM(mechanism: type, pParameter: nil, ulParameterLen: 0)
        var publicKey: CK_OBJECT_HANDLE = 0
        var privateKey: CK_OBJECT_HANDLE = 0
        let answer = unsafe withTemplate(publicTemplate) { publicAttributes, publicCount in
            unsafe withTemplate(privateTemplate) { privateAttributes, privateCount in
                unsafe functions.generateKeyPair(
                    handle, &mechanism, publicAttributes, publicCount, privateAttributes, privateCount, &publicKey,
                    &privateKey)
            }
        }
        guard answer == CKR_OK else { throw .call(function: "C_GenerateKeyPair", code: answer) }
        return (publicKey, privateKey)
    }

    func destroy(_ object: CK_OBJECT_HANDLE) { _ = functions.destroyObject(handle, object) }

    func close() { _ = functions.closeSession(handle) }

    /// Lays the values out in one buffer that stays where it is during the call.
    private func withTemplate(
        _ attributes: [Attribute], _ body: (UnsafeMutablePointer<CK_ATTRIBUTE>?, CK_ULONG) -> CK_RV
    ) -> CK_RV {
        var storage: [UInt8] = []
        var offsets: [Int] = []
        for attribute in attributes {
            // Numbers are read through a pointer to CK_ULONG, which must be aligned.
            while storage.count % MemoryLayout<CK_ULONG>.alignment != 0 { storage.append(0) }
            offsets.append(storage.count)
            storage += attribute.value
        }
        if storage.isEmpty { storage.append(0) }
        return unsafe storage.withUnsafeMutableBytes { buffer in
            var list: [CK_ATTRIBUTE] = unsafe []
            for (attribute, offset) in zip(attributes, offsets) {
                let place = unsafe buffer.baseAddress.map { unsafe $0 + offset }
                unsafe list.append(
                    CK_ATTRIBUTE(type: attribute.type, pValue: place, ulValueLen: CK_ULONG(attribute.value.count)))
            }
            let count = unsafe CK_ULONG(list.count)
            return unsafe list.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress, count) }
        }
    }
}

extension SecretBytes {
    fileprivate func copyIsNotZero() -> Bool {
        withExposed { bytes in
            var any: UInt8 = 0
            for index in bytes.indices { any |= bytes[index] }
            return any != 0
        }
    }
}

internal import COpenSSL
internal import V2GKeys
internal import V2GPrimitives

/// One PEM block that holds a secret.
struct PEMBlock {
    let label: String
    let contents: SecretBytes

    init(label: String, contents: SecretBytes) {
        self.label = label
        self.contents = contents
    }

    /// Reads the only block of a text. Text before it is allowed (RFC 7468 section 2), a second block is not.
    ///
    /// - Throws: ``KeyError`` with `unreadable`.
    init(_ text: SecretBytes) throws(KeyError) {
        guard text.count <= SoftwareKey.maximumEncodedLength else {
            throw KeyError(.unreadable, "The PEM text has more than \(SoftwareKey.maximumEncodedLength) bytes.")
        }
        var bytes = text.copy()
        defer { bytes.wipe() }
        guard let bio = unsafe BIO_new_mem_buf(bytes, Int32(bytes.count)) else {
            throw .drainingOpenSSL(.operationFailed, "Out of memory.")
        }
        defer { unsafe BIO_free_all(bio) }
        guard let first = unsafe try Self.read(bio) else {
            discardOpenSSLErrors()
            throw KeyError(.unreadable, "There is no PEM block with a private key.")
        }
        guard unsafe try Self.read(bio) == nil else {
            throw KeyError(
                .unreadable, "There is more than one PEM block. A key file holds one private key and nothing else.")
        }
        discardOpenSSLErrors()
        self = first
    }

    /// The block as text with lines of 64 characters (RFC 7468 section 3).
    func encoded() -> SecretBytes {
        let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out = [UInt8]("-----BEGIN \(label)-----\n".utf8)
        // All of it at once: a growing array would leave copies of the secret behind.
        out.reserveCapacity(contents.count * 4 / 3 + contents.count / 40 + 128)
        contents.withExposed { bytes in
            var column = 0
            var index = 0
            while index < bytes.count {
                let left = bytes.count - index
                let group =
                    UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                    | (left > 2 ? UInt32(bytes[index + 2]) : 0)
                out.append(alphabet[Int(group >> 18 & 63)])
                out.append(alphabet[Int(group >> 12 & 63)])
                out.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
                out.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
                index += 3
                column += 4
                if column == 64 {
                    out.append(UInt8(ascii: "\n"))
                    column = 0
                }
            }
            if column > 0 { out.append(UInt8(ascii: "\n")) }
        }
        out.append(contentsOf: "-----END \(label)-----\n".utf8)
        return SecretBytes(taking: &out)
    }

    /// The next block, `nil` at the end.
    private static func read(_ bio: OpaquePointer) throws(KeyError) -> PEMBlock? {
        var name: UnsafeMutablePointer<CChar>?
        var header: UnsafeMutablePointer<CChar>?
        var data: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard unsafe PEM_read_bio(bio, &name, &header, &data, &count) == 1 else {
            let reason = ERR_GET_REASON(ERR_peek_last_error())
            if reason == PEM_R_NO_START_LINE { return nil }
            throw .drainingOpenSSL(.unreadable, "The PEM block is damaged.")
        }
        defer {
            unsafe CRYPTO_free(name, #file, #line)
            unsafe CRYPTO_free(header, #file, #line)
            unsafe CRYPTO_clear_free(data, count, #file, #line)
        }
        guard let name = unsafe name, let data = unsafe data, count > 0 else {
            throw KeyError(.unreadable, "The PEM block is empty.")
        }
        let headerLength = unsafe header.map { unsafe strlen($0) } ?? 0
        guard headerLength == 0 else {
            throw KeyError(
                .unreadable,
                "The PEM block has headers, as the old OpenSSL encryption writes them. Convert it: openssl pkcs8 -topk8."
            )
        }
        var bytes = unsafe [UInt8](UnsafeBufferPointer(start: data, count: count))
        return PEMBlock(label: unsafe String(cString: name), contents: SecretBytes(taking: &bytes))
    }
}

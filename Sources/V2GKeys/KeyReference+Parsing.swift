extension KeyReference: CustomStringConvertible {
    /// Most bytes in a reference; a longer one is refused before anything is read from it.
    public static let maximumLength = 4096

    /// Reads a key reference.
    ///
    /// - Parameter text: `file:PATH`, where PATH is taken as it stands (`file:///abs` is read as `/abs`, nothing is
    ///   percent-decoded), or a PKCS#11 URI (RFC 7512), see ``PKCS11URI/init(parsing:)``.
    /// - Throws: ``KeyError`` with `badReference`; the message says what is wrong and how to write it.
    public init(parsing text: String) throws(KeyError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw KeyError(
                .badReference,
                "The key reference has \(text.utf8.count) bytes, more than \(Self.maximumLength). Shorten the path.")
        }
        guard !text.utf8.contains(0) else {
            throw KeyError(.badReference, "The key reference holds a NUL byte. Remove it.")
        }
        if text.hasPrefix("file:") {
            self = .file(path: try Self.filePath(String(text.dropFirst(5)), in: text))
        } else if text.hasPrefix("pkcs11:") {
            self = .pkcs11(try PKCS11URI(parsing: text))
        } else {
            throw KeyError(
                .badReference,
                "Key reference '\(text)' has no known scheme. Write file:PATH for a key file or pkcs11:... for a token."
            )
        }
    }

    /// The reference as ``init(parsing:)`` reads it. Holds no secret: a PIN is never part of a reference.
    public var description: String {
        switch self {
        case .file(let path): "file:\(path)"
        case .pkcs11(let uri): uri.description
        }
    }

    private static func filePath(_ rest: String, in text: String) throws(KeyError) -> String {
        guard rest.hasPrefix("//") else {
            guard !rest.isEmpty else {
                throw KeyError(.badReference, "Key reference 'file:' names no file. Write file:PATH.")
            }
            return rest
        }
        // RFC 8089: an authority may follow the slashes; only the empty one means this machine.
        let afterAuthority = String(rest.dropFirst(2))
        guard afterAuthority.hasPrefix("/") else {
            throw KeyError(
                .badReference,
                "Key reference '\(text)' names another host. Write file:PATH or file:///PATH for a file on this machine."
            )
        }
        return afterAuthority
    }
}

public import V2GKeys

/// Where the keys of a PKI's own certificates live.
public enum KeyPlacement: Sendable, Hashable {
    /// `private/NAME.key` under the PKI's directory.
    case files
    /// On a token: one object a key, labelled `EDITION-NAME`.
    case token(PKCS11URI)

    /// Reads `file` or a `pkcs11:` URI that names a token.
    public init(parsing text: String) throws(KeyError) {
        if text == "file" || text == "file:" {
            self = .files
            return
        }
        guard case .pkcs11(let uri) = try KeyReference(parsing: text) else {
            throw KeyError(
                .badReference,
                "'\(text)' is neither 'file' nor a pkcs11: URI. Example: pkcs11:token=v2g?pin-source=file:/etc/v2g/pin")
        }
        guard uri.object == nil, uri.id == nil else {
            throw KeyError(
                .badReference,
                "'\(text)' names one object, but a PKI has many keys. Name the token only; labels are made.")
        }
        self = .token(uri)
    }

    /// The reference of a named key.
    public func reference(for name: String, in directory: PKIDirectory, edition: String) -> KeyReference {
        switch self {
        case .files: return .file(path: directory.keyPath(name))
        case .token(var uri):
            uri.object = "\(edition)-\(name)"
            return .pkcs11(uri)
        }
    }
}

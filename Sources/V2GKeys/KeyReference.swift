/// Names a key without holding it: `file:PATH` or an RFC 7512 `pkcs11:` URI.
public enum KeyReference: Sendable, Hashable {
    /// A PKCS#8 PEM file.
    case file(path: String)
    /// An object on a PKCS#11 token.
    case pkcs11(PKCS11URI)
}

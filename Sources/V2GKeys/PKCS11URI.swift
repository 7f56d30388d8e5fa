/// An RFC 7512 PKCS#11 URI.
public struct PKCS11URI: Sendable, Hashable {
}

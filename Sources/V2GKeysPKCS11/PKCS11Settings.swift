public import V2GKeys

/// How tokens are used.
public struct PKCS11Settings: Sendable {
    /// The longest that a signature, an agreement or a look-up may take before the caller gets an error.
    public var operationTimeout: Duration = .seconds(10)
    /// The longest that making a key pair or loading a module may take. A TPM needs many seconds.
    public var generationTimeout: Duration = .seconds(120)
    /// Most calls into one module at a time, and so most sessions in use. Fixed when the module is loaded.
    public var threads = 4
    /// Most operations that wait for a module. Fixed when the module is loaded.
    public var queueLimit = 4096
    /// Where the PIN is read when the URI has no `pin-source`.
    public var pin: SecretSource = .tokenPIN
    /// The module when the URI names none; `nil` takes it from the environment variable `V2G_PKCS11_MODULE`.
    public var modulePath: String?
    /// Whether new P-256 and P-521 keys may also agree on secrets, if the token can. Issuing keys need not.
    public var newKeysMayAgree = true

    public init() {}
}

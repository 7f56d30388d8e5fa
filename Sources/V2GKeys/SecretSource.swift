internal import Glibc
package import V2GPrimitives

/// Where a PIN or passphrase is read from. Never an argument: those are seen by every user of the machine.
public enum SecretSource: Sendable, Hashable {
    /// A file closed to group and others; one line end after the secret is dropped.
    case file(path: String)
    /// An environment variable.
    case environment(variable: String)

    /// The environment variable that a token PIN is read from when its URI has no `pin-source`.
    public static let tokenPIN = SecretSource.environment(variable: "V2G_PIN")

    /// Most bytes in a PIN or passphrase.
    public static let maximumLength = 1024

    /// Reads the secret.
    ///
    /// - Returns: `nil` when the environment variable is not set.
    /// - Throws: ``KeyError`` with `notFound`, `insecurePermissions`, `unreadable`, or `pinRequired` for an empty one.
    package func read() throws(KeyError) -> SecretBytes? {
        switch self {
        case .file(let path):
            let contents = try ProtectedFile.read(path, what: "secret file", limit: Self.maximumLength)
            var bytes = contents.copy()
            defer { bytes.wipe() }
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            guard !bytes.isEmpty else {
                throw KeyError(.pinRequired, "Secret file '\(path)' is empty. Write the PIN or passphrase into it.")
            }
            return SecretBytes(copying: bytes)
        case .environment(let variable):
            guard let value = unsafe getenv(variable) else { return nil }
            let count = unsafe strlen(value)
            guard count > 0, count <= Self.maximumLength else {
                throw KeyError(
                    .pinRequired,
                    "Environment variable \(variable) must hold 1 to \(Self.maximumLength) bytes, it holds \(count).")
            }
            var bytes = unsafe value.withMemoryRebound(to: UInt8.self, capacity: count) { pointer in
                unsafe [UInt8](UnsafeBufferPointer(start: pointer, count: count))
            }
            return SecretBytes(taking: &bytes)
        }
    }
}

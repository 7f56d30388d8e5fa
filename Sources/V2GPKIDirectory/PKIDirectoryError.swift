/// A PKI directory, or a file in it, that cannot be used.
package struct PKIDirectoryError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case notFound, unreadable, incomplete, keyMismatch
    }

    package let code: Code
    package let path: String
    /// What is wrong, and the remedy.
    package let message: String

    package init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    package var description: String { "'\(path)': \(message)" }
}

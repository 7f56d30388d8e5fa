/// The car cannot start: its configuration, certificates or keys do not do.
package struct CarError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case configuration, credentials, network, storage
    }

    package let code: Code
    /// What, where, and the remedy.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

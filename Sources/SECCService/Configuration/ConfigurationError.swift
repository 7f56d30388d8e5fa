/// Something in a configuration file that cannot be used.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    package let file: String
    /// From 1; `nil` when it is about the file as a whole.
    package let line: Int?
    /// The key as a path, such as `evses[0].port`; empty for the file as a whole.
    package let key: String
    /// What is wrong, and the remedy.
    package let message: String

    package init(file: String, line: Int?, key: String, _ message: String) {
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }

    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
    }
}

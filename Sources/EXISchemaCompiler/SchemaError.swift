/// Why a schema set cannot be compiled: the file and line, the construct, and what to do about it.
///
/// The compiler knows the part of XSD 1.0 that it can map to EXI exactly. All else is refused here: a construct that is
/// skipped would give a grammar that looks right and decodes nonsense.
package struct SchemaError: Error, Hashable, Sendable {
    package enum Reason: String, Hashable, Sendable {
        /// The file is not there, not readable or not XML.
        case unreadable
        /// Legal XSD that this compiler does not map to EXI.
        case unsupported
        /// A name that nothing declares.
        case unresolved
        /// Not legal XSD, or contradictory.
        case invalid
    }

    package var reason: Reason
    package var place: SourcePlace
    /// The construct at fault, such as `xs:pattern` or a name.
    package var construct: String
    /// What is wrong with it, and the remedy.
    package var detail: String
}

extension SchemaError: CustomStringConvertible {
    package var description: String { "\(place): \(reason.rawValue) \(construct): \(detail)" }
}

/// A line of a schema file.
package struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// Counts from 1; 0 is the file as a whole.
    package var line: Int

    package init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    package var description: String { line > 0 ? "\(file):\(line)" : file }
}

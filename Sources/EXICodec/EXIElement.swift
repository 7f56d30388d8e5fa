/// Any element of a schema set, as generated: an enumeration with one case for each element name.
///
/// A *document* holds one global element. A *fragment* holds any element of the set; it is what signatures are computed
/// over (EXI 1.0, 8.4.2 and 8.5.2).
public protocol EXIElement: Hashable, Sendable, Codable {
    /// The names of the set.
    static var context: EXIContext { get }
    /// Number of SE productions of the document grammar, the global elements of the set.
    static var documentProductions: Int { get }
    /// Number of SE productions of the fragment grammar, the element names of the set.
    static var fragmentProductions: Int { get }

    /// Reads the content of the global element with event code `code`, up to its end.
    init(document code: Int, reading reader: inout EXIReader) throws(EXIError)
    /// Reads the content of the element with event code `code` in the fragment grammar, up to its end.
    init(fragment code: Int, reading reader: inout EXIReader) throws(EXIError)

    /// The same as ``init(document:reading:)``, without the copy that an initializer makes when it returns.
    static func read(document code: Int, from reader: inout EXIReader) throws(EXIError) -> Self

    /// The event code in the document grammar; nothing for an element that is not global.
    var documentCode: Int? { get }
    /// The event code in the fragment grammar; nothing for a name that is declared with several types, which only the
    /// element fragment grammar of 8.5.3 covers.
    var fragmentCode: Int? { get }
    /// Writes the content of the element, up to its end.
    func writeContent(to writer: inout EXIWriter)
}

extension EXIElement {
    @inlinable
    public static func read(document code: Int, from reader: inout EXIReader) throws(EXIError) -> Self {
        try Self(document: code, reading: &reader)
    }
}

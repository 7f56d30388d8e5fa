/// What a schema set brings to documents beyond the types themselves: the tables of qualified names.
public final class EXIContext: Sendable {
    /// Reads the content of the global element with an event code, up to its end, as a value of the set.
    package typealias Element = @Sendable (_ code: Int, _ reader: inout EXIReader) throws(EXIError) -> any EXIElement
    /// Reads a global element of that name from text, such as JSON.
    package typealias TextElement = @Sendable (_ decoder: any Decoder) throws -> any EXIElement

    /// The URI partition in its order (EXI 1.0, appendix D.1).
    package let namespaces: [String]
    /// The local-name partition of each namespace (appendix D.3): sorted.
    package let localNames: [[String]]
    /// The global elements in document code order: sorted. A wildcard finds the type of an element here.
    package let globalElements: [EXIName]
    /// Reads a global element that stands for a wildcard.
    package let element: Element?
    /// Reads a global element that stands for a wildcard, from text.
    package let textElement: TextElement?

    /// - Parameters:
    ///   - globalElements: every global element, in the order of the document grammar.
    ///   - element: normally `{ (code, reader) throws(EXIError) in try Element(document: code, reading: &reader) }`.
    ///   - textElement: normally `{ decoder in try Element(from: decoder) }`.
    package init(
        namespaces: [String], localNames: [[String]], globalElements: [EXIName] = [],
        element: Element? = nil, textElement: TextElement? = nil
    ) {
        self.namespaces = namespaces
        self.localNames = localNames
        self.globalElements = globalElements
        self.element = element
        self.textElement = textElement
    }

    /// The event code of a global element in the document grammar, or nothing for another name.
    package func documentCode(of name: EXIName) -> Int? {
        Self.index(of: name, in: globalElements) { $0 }
    }

    /// The position in `sorted` of the item that `key` makes `wanted` of.
    static func index<Item, Key: Comparable>(of wanted: Key, in sorted: [Item], as key: (Item) -> Key) -> Int? {
        var range = sorted.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if key(sorted[middle]) < wanted {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound < sorted.count && key(sorted[range.lowerBound]) == wanted ? range.lowerBound : nil
    }

    /// No schema set: the names that EXI itself puts into the tables (appendix D).
    @usableFromInline
    static let none = EXIContext(
        namespaces: [
            "", "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2001/XMLSchema-instance",
        ],
        localNames: [[], ["base", "id", "lang", "space"], ["nil", "type"]])
}

extension CodingUserInfoKey {
    /// Where a decoder of text finds the ``EXIContext`` of the schema set, for elements of wildcards.
    public static var exiContext: CodingUserInfoKey? { CodingUserInfoKey(rawValue: "exi.context") }
}

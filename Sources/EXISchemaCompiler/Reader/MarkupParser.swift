internal import Foundation
#if canImport(FoundationXML)
    internal import FoundationXML
#endif

/// Reads one XML file into a tree.
///
/// External entities are never resolved: the XMLDSig schema names a DTD on the web, and a build tool has no business
/// there. Namespaces are resolved here rather than by the parser, since names in attribute values need the bindings too.
final class MarkupParser: NSObject, XMLParserDelegate {
    private let file: String
    private var open: [MarkupNode] = []
    private var root: MarkupNode?
    private var failure: SchemaError?

    private init(file: String) {
        self.file = file
    }

    /// - Parameter file: The name for messages.
    static func parse(_ data: Data, file: String) throws(SchemaError) -> MarkupNode {
        let builder = MarkupParser(file: file)
        let parser = XMLParser(data: data)
        parser.shouldResolveExternalEntities = false
        parser.shouldProcessNamespaces = false
        parser.delegate = builder
        let isWellFormed = parser.parse()
        if let failure = builder.failure {
            throw failure
        }
        guard isWellFormed, let root = builder.root else {
            let reason = parser.parserError.map { String(describing: $0) } ?? "no element"
            throw SchemaError(
                reason: .unreadable, place: SourcePlace(file: file, line: max(parser.lineNumber, 0)),
                construct: "document", detail: "not well-formed XML (\(reason)); repair the file or fetch it again")
        }
        return root
    }

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
        qualifiedName qName: String?, attributes attributeDict: [String: String]
    ) {
        var bindings = open.last?.bindings ?? ["xml": "http://www.w3.org/XML/1998/namespace"]
        var attributes: [String: String] = [:]
        for (name, value) in attributeDict {
            if name == "xmlns" {
                bindings[""] = value
            } else if name.hasPrefix("xmlns:") {
                bindings[String(name.dropFirst("xmlns:".count))] = value
            } else if !name.contains(":") {
                attributes[name] = value
            }
        }
        let place = SourcePlace(file: file, line: parser.lineNumber)
        let parts = elementName.split(separator: ":", maxSplits: 1)
        let prefix = parts.count == 2 ? String(parts[0]) : ""
        if !prefix.isEmpty && bindings[prefix] == nil {
            failure =
                failure
                ?? SchemaError(
                    reason: .unresolved, place: place, construct: elementName,
                    detail: "its prefix is bound to no namespace; declare xmlns:\(prefix)")
        }
        let name = QName(String(parts.last ?? ""), in: bindings[prefix] ?? "")
        open.append(
            MarkupNode(
                name: name, attributes: attributes, children: [], bindings: bindings, hasText: false, place: place))
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName qName: String?
    ) {
        guard let closed = open.popLast() else { return }
        if open.isEmpty {
            root = closed
        } else {
            open[open.count - 1].children.append(closed)
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if !open.isEmpty && string.contains(where: { !$0.isWhitespace }) {
            open[open.count - 1].hasText = true
        }
    }
}

internal import Crypto
package import Foundation

/// Reads a schema file and all that it includes and imports: the first step of the compiler.
package struct SchemaReader {
    /// Folders in which a file is looked for when it is not where its schemaLocation says.
    package var searchPath: [URL]

    package init(searchPath: [URL] = []) {
        self.searchPath = searchPath
    }

    /// Reads a set from its main file.
    ///
    /// Locations on the web are refused, never fetched. A file that several others import is read once.
    package func read(_ mainFile: URL) throws(SchemaError) -> SchemaModel {
        var model = SchemaModel()
        var seen: Set<String> = []
        try read(mainFile, expecting: nil, from: nil, into: &model, seen: &seen)
        return model
    }

    /// - Parameter expected: The target namespace that the reference promises; nil for the main file.
    private func read(
        _ file: URL, expecting expected: String?, from reference: MarkupNode?, into model: inout SchemaModel,
        seen: inout Set<String>
    ) throws(SchemaError) {
        guard seen.insert(file.standardizedFileURL.resolvingSymlinksInPath().path).inserted else { return }
        let name = file.lastPathComponent
        let data: Data
        do {
            data = try Data(contentsOf: file)
        } catch {
            throw SchemaError(
                reason: .unreadable, place: SourcePlace(file: file.path, line: 0), construct: "file",
                detail: "cannot be read (\(error)); fetch the schemas with scripts/fetch-schemas or name their folder")
        }
        let root = try MarkupParser.parse(data, file: name)
        guard root.name == QName("schema", in: MarkupNode.schemaNamespace) else {
            throw root.error(.invalid, "the root must be xs:schema; name an XML schema file")
        }
        let namespace = root.attributes["targetNamespace"] ?? ""
        if let expected, let reference, namespace != expected {
            throw reference.error(
                .invalid,
                "\(name) has the target namespace \"\(namespace)\" and not \"\(expected)\"; correct the location")
        }
        let digest = SHA256.hash(data: data).map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        let document = SchemaDocument(file: name, sha256: digest.joined(), namespace: namespace)
        // Copies of a schema in several folders are one schema.
        if model.documents.contains(document) { return }
        model.documents.append(document)

        var parser = try DocumentParser(root: root, namespace: namespace, model: model)
        let references = try parser.parseDeclarations()
        model = parser.model
        for reference in references {
            let location = try locate(reference.node, from: file)
            try read(location, expecting: reference.namespace, from: reference.node, into: &model, seen: &seen)
        }
    }

    private func locate(_ node: MarkupNode, from file: URL) throws(SchemaError) -> URL {
        let location = try node.required("schemaLocation")
        if location.contains("://") {
            throw node.error(
                .unsupported, "\(location) is a place on the web, which is never fetched; give a file beside this one")
        }
        let besides = file.deletingLastPathComponent().appendingPathComponent(location)
        let lastPart = besides.lastPathComponent
        let candidates = [besides] + searchPath.map { $0.appendingPathComponent(lastPart) }
        guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw node.error(
                .unreadable,
                "\(location) is neither beside this file nor in the search path; add its folder to the path")
        }
        return found
    }
}

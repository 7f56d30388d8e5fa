import Foundation

@testable import EXISchemaCompiler

/// Schemas written for a test, in a folder of their own that goes with the value.
final class SchemaFixture {
    let folder: URL

    /// - Parameter files: Path below the folder -> content.
    init(_ files: [String: String]) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("schemas-\(UUID().uuidString)")
        for (path, content) in files {
            let file = folder.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content.utf8).write(to: file)
        }
    }

    deinit {
        // A folder that cannot be removed stays in the temporary folder, which is no matter for the test.
        try? FileManager.default.removeItem(at: folder)
    }

    func model(_ file: String, searchPath: [String] = []) throws -> SchemaModel {
        let reader = SchemaReader(searchPath: searchPath.map { folder.appendingPathComponent($0) })
        return try reader.read(folder.appendingPathComponent(file))
    }

    /// The plan of one schema with the target namespace `urn:t`, bound to the prefix `t`, elements qualified.
    static func plan(_ declarations: String, expansionLimit: Int = 64) throws -> GrammarPlan {
        let fixture = try SchemaFixture(["main.xsd": wrapped(declarations)])
        return try GrammarPlanner(
            try fixture.model("main.xsd"), set: "test", expansionLimit: expansionLimit
        ).plan()
    }

    static func wrapped(_ declarations: String) -> String {
        """
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t"
            elementFormDefault="qualified">
        \(declarations)
        </xs:schema>
        """
    }

    /// The error of a schema that must be refused; nil when it was not.
    static func refusal(_ declarations: String) throws -> SchemaError? {
        do {
            _ = try plan(declarations)
            return nil
        } catch let error as SchemaError {
            return error
        }
    }
}

extension GrammarPlan {
    func complexType(_ localName: String) -> ComplexTypePlan? {
        complexTypes.first { $0.name?.localName == localName }
    }

    /// The states of a type as short text: local names, `*`, `uri:*`, `EE`, `CH`, each with the state after it.
    func states(_ localName: String) -> [String] {
        (complexType(localName)?.automaton.states ?? []).map { productions in
            productions.map { production in
                switch production.event {
                case .element(let member): "\(member.name.localName)>\(production.next)"
                case .wildcard(let namespace): "\(namespace):*>\(production.next)"
                case .anyElement: "*>\(production.next)"
                case .end: "EE"
                case .characters: "CH>\(production.next)"
                }
            }.joined(separator: " ")
        }
    }

    /// The shape of a simple type, through an element that has it.
    func shape(ofElement localName: String) -> SimpleShape? {
        guard case .simple(let type)? = globalElements.first(where: { $0.name.localName == localName })?.type else {
            return nil
        }
        return type.shape
    }
}

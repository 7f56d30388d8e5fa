import EXICodec
import Foundation
import SchemaTypes
import Testing
import V2GMessageText
import V2GMessagesISO2

/// A list that a schema bounds, as read from the XSDs by the generator of the vectors.
struct ListBounds: Decodable, Sendable, CustomTestStringConvertible {
    var type: String
    var element: String
    var minimum: Int
    /// Nothing for `unbounded`.
    var maximum: Int?
    var set = MessageSet.sap
    var testDescription: String { "\(set.rawValue) \(type).\(element)" }

    private enum CodingKeys: String, CodingKey { case type, element, minimum, maximum }

    static func load() throws -> [ListBounds] {
        try MessageSet.allCases.flatMap { set in
            let path = VectorFile.folder.appendingPathComponent("\(set.rawValue)/bounds.json")
            return try JSONDecoder().decode([ListBounds].self, from: Data(contentsOf: path)).map { bounds in
                var bounds = bounds
                bounds.set = set
                return bounds
            }
        }
    }
}

/// No list is longer or shorter than its schema allows, whether a program, a text or bytes bring it.
@Suite struct BoundsTests {
    /// The first list of an element in a vector of the set, with as many items as asked for.
    struct Occurrence {
        var vector: Vector
        var path: [String]
        var weight: Int
    }

    static func occurrences(of bounds: ListBounds) throws -> [Occurrence] {
        var found: [Occurrence] = []
        for vector in try Vector.load(["messages", "signed"], of: [bounds.set]) {
            let tree = try JSONSerialization.jsonObject(with: Data(vector.json.utf8))
            search(tree, [], bounds.element) { path, list in
                let data = try? JSONSerialization.data(withJSONObject: Array(list.prefix(1)))
                found.append(Occurrence(vector: vector, path: path, weight: data?.count ?? .max))
            }
        }
        return found.sorted { $0.weight < $1.weight }
    }

    private static func search(
        _ value: Any, _ path: [String], _ name: String, _ report: ([String], [Any]) -> Void
    ) {
        if let object = value as? [String: Any] {
            for (key, child) in object {
                if key == name, let list = child as? [Any] { report(path + [key], list) }
                search(child, path + [key], name, report)
            }
        } else if let list = value as? [Any] {
            for (index, child) in list.enumerated() { search(child, path + ["\(index)"], name, report) }
        }
    }

    /// The JSON of an occurrence with `count` copies of the list's first item.
    static func json(_ occurrence: Occurrence, count: Int) throws -> String {
        let tree = try JSONSerialization.jsonObject(with: Data(occurrence.vector.json.utf8))
        let changed = resized(tree, occurrence.path[...], count)
        return String(decoding: try JSONSerialization.data(withJSONObject: changed), as: UTF8.self)
    }

    private static func resized(_ value: Any, _ path: ArraySlice<String>, _ count: Int) -> Any {
        guard let key = path.first else {
            guard let item = (value as? [Any])?.first else { return value }
            return [Any](repeating: item, count: count)
        }
        if var object = value as? [String: Any], let child = object[key] {
            object[key] = resized(child, path.dropFirst(), count)
            return object
        }
        if var list = value as? [Any], let index = Int(key) {
            list[index] = resized(list[index], path.dropFirst(), count)
            return list
        }
        return value
    }

    private static func isRefused(_ occurrence: Occurrence, count: Int) throws -> Bool {
        do {
            _ = try occurrence.vector.set.write(json(occurrence, count: count), occurrence.vector.grammar)
            return false
        } catch let error as MessageTextError {
            return error.reason.contains("elements, but the schema allows")
        }
    }

    /// Names of lists that stand in a schema set, and in no message of it.
    static let unused = ["iso20-acdp TaxCosts"]

    @Test(arguments: try ListBounds.load())
    func aListTakesAllThatTheSchemaAllowsAndNotOneMore(_ bounds: ListBounds) throws {
        if Self.unused.contains("\(bounds.set.rawValue) \(bounds.element)") { return }
        // Several types of a set may have lists of one element name; this one is the one that takes these numbers.
        let matching = try Self.occurrences(of: bounds).first { occurrence in
            guard try !Self.isRefused(occurrence, count: bounds.maximum ?? 1000) else { return false }
            guard let maximum = bounds.maximum else { return true }
            return try Self.isRefused(occurrence, count: maximum + 1)
        }
        let occurrence = try #require(matching, "no list in the vectors has these bounds")
        let text = try Self.json(occurrence, count: bounds.maximum ?? 1000)
        let vector = occurrence.vector
        let bytes = try vector.set.write(text, vector.grammar)
        let reading = try vector.set.read(bytes, vector.grammar)
        #expect(reading.rewritten == bytes)
        if bounds.minimum > 0 {
            #expect(try Self.isRefused(occurrence, count: bounds.minimum - 1))
            #expect(try !Self.isRefused(occurrence, count: bounds.minimum))
        }
        if let maximum = bounds.maximum, maximum < 1000 { #expect(try Self.isRefused(occurrence, count: 1000)) }
    }

    @Test func initializersRefuseWhatTheSchemaForbids() throws {
        #expect(throws: SchemaViolation.self) { try ISO2.SessionID([UInt8](repeating: 0, count: 9)) }
        #expect(throws: SchemaViolation.self) { try ISO2.EvseID(String(repeating: "A", count: 300)) }
        #expect(throws: SchemaViolation.self) { try ISO2.EvseID("DE*ABC") }
        #expect(throws: SchemaViolation.self) { try ISO2.PercentValue(101) }
        #expect(throws: SchemaViolation.self) { try ISO2.UnitMultiplier(4) }
        #expect(throws: SchemaViolation.self) { try ISO2.SAID(0) }
        #expect(throws: SchemaViolation.self) { try ISO2.GenChallenge([UInt8](repeating: 0, count: 15)) }
        #expect(throws: SchemaViolation.self) {
            try BoundedList<ISO2.PaymentOption, 1, 2>([.contract, .externalPayment, .contract])
        }
        #expect(try ISO2.SessionID([UInt8](repeating: 0, count: 8)).count == 8)
        #expect(try ISO2.PercentValue(100).value == 100)
        #expect(try ISO2.EvseID("DE*ABC*E1").string == "DE*ABC*E1")
    }
}

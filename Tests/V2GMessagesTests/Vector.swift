import Foundation
import Testing

/// Golden bytes with what they say. Bytes come from another encoder; the file tells which.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var grammar: Grammar
    var hex: String
    /// The message as our program tells it, on one line.
    var json: String
    /// What the encoder was given, where that is short.
    var xml: String?
    /// The same message without string table references.
    var literalHex: String?
    /// The same message by the compiled grammars of Josev's stack.
    var josevHex: String?

    /// Not part of the file.
    var set = MessageSet.sap
    var bytes: [UInt8] { Hex.octets(hex) }
    var testDescription: String { "\(set.rawValue) \(name)" }

    private enum CodingKeys: String, CodingKey {
        case name, grammar, hex, json, xml, literalHex, josevHex
    }
}

/// A file of vectors.
struct VectorFile: Decodable {
    var provenance: [String: String]
    var vectors: [Vector]

    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Vectors")

    /// The file `name` of a set; nothing where the set has none.
    static func load(_ name: String, of set: MessageSet) throws -> VectorFile? {
        let path = folder.appendingPathComponent("\(set.rawValue)/\(name).json")
        guard FileManager.default.fileExists(atPath: path.path) else { return nil }
        return try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: path))
    }
}

extension Vector {
    /// The files that hold messages as EXIficient writes them for V2G.
    static let usual = ["messages", "signed", "published", "empty", "full-lists"]

    static func load(_ names: String...) throws -> [Vector] { try load(names) }

    static func load(_ names: [String], of sets: [MessageSet] = MessageSet.allCases) throws -> [Vector] {
        var found: [Vector] = []
        for set in sets {
            for name in names {
                for var vector in try VectorFile.load(name, of: set)?.vectors ?? [] {
                    vector.set = set
                    found.append(vector)
                }
            }
        }
        return found
    }
}

/// Octets as lower-case digits.
enum Hex {
    static func octets(_ text: String) -> [UInt8] {
        var digits = text.utf8.makeIterator()
        var octets: [UInt8] = []
        while let high = digits.next(), let low = digits.next() { octets.append(value(high) << 4 | value(low)) }
        return octets
    }

    static func text(_ octets: [UInt8]) -> String {
        octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func value(_ digit: UInt8) -> UInt8 {
        digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
    }
}

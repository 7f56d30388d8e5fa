internal import Yams

/// A mapping of a YAML file that is read key by key; whatever nobody asked for is an error.
struct YAMLReader {
    let file: String
    let path: String
    let mapping: Node.Mapping
    let known: [String]

    /// - Parameter known: All keys that this place may have.
    init(_ node: Node, file: String, path: String, known: [String]) throws(ConfigurationError) {
        self.file = file
        self.path = path
        self.known = known
        guard let mapping = node.mapping else {
            throw ConfigurationError(
                file: file, line: node.mark?.line, key: path,
                "keys with values are due here. Write one of: \(known.joined(separator: ", ")).")
        }
        self.mapping = mapping
        var seen: Set<String> = []
        for (key, _) in mapping {
            guard let name = key.string else {
                throw ConfigurationError(file: file, line: key.mark?.line, key: path, "a key has to be a word.")
            }
            guard known.contains(name) else {
                let near = Self.nearest(to: name, among: known).map { " Did you mean '\($0)'?" } ?? ""
                throw ConfigurationError(
                    file: file, line: key.mark?.line, key: Self.join(path, name),
                    "this key is unknown.\(near) Known here: \(known.joined(separator: ", ")).")
            }
            guard seen.insert(name).inserted else {
                throw ConfigurationError(
                    file: file, line: key.mark?.line, key: Self.join(path, name),
                    "this key stands here twice. Keep one.")
            }
        }
    }

    func node(_ key: String) -> Node? { mapping[Node(key)] }

    func error(_ key: String, _ message: String) -> ConfigurationError {
        ConfigurationError(
            file: file, line: node(key)?.mark?.line ?? mapping.mark?.line, key: Self.join(path, key), message)
    }

    func required(_ key: String, remedy: String) throws(ConfigurationError) -> String {
        guard let text = try text(key) else { throw error(key, "this key is missing. \(remedy)") }
        return text
    }

    func text(_ key: String) throws(ConfigurationError) -> String? {
        guard let node = node(key) else { return nil }
        guard let text = node.string, !text.isEmpty else { throw error(key, "a word is due here. Write one.") }
        return text
    }

    func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let node = node(key) else { return nil }
        guard let flag = node.bool else {
            throw error(key, "'\(node.string ?? "?")' is neither true nor false. Write one of them.")
        }
        return flag
    }

    func number(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let node = node(key) else { return nil }
        guard let number = node.int, range.contains(number) else {
            throw error(
                key, "'\(node.string ?? "?")' is no number of \(range.lowerBound)...\(range.upperBound). Write one.")
        }
        return number
    }

    func choice<Value: RawRepresentable & CaseIterable>(
        _ key: String, of type: Value.Type
    ) throws(ConfigurationError) -> Value? where Value.RawValue == String {
        guard let text = try text(key) else { return nil }
        return try choice(text, key)
    }

    func choices<Value: RawRepresentable & CaseIterable>(
        _ key: String, of type: Value.Type
    ) throws(ConfigurationError) -> [Value]? where Value.RawValue == String {
        guard let texts = try texts(key) else { return nil }
        var values: [Value] = []
        for text in texts {
            let value: Value = try choice(text, key)
            guard !values.contains(where: { $0.rawValue == text }) else {
                throw error(key, "'\(text)' stands there twice. Keep one.")
            }
            values.append(value)
        }
        return values
    }

    /// One word, or a list of them.
    func texts(_ key: String) throws(ConfigurationError) -> [String]? {
        guard let node = node(key) else { return nil }
        if let one = node.string { return [one] }
        guard let sequence = node.sequence else { throw error(key, "a list is due here, such as [a, b].") }
        var texts: [String] = []
        for item in sequence {
            guard let text = item.string, !text.isEmpty else { throw error(key, "an entry of the list is no word.") }
            texts.append(text)
        }
        return texts
    }

    private func choice<Value: RawRepresentable & CaseIterable>(
        _ text: String, _ key: String
    ) throws(ConfigurationError) -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: text) else {
            let all = Value.allCases.map(\.rawValue)
            let near = Self.nearest(to: text, among: all).map { " Did you mean '\($0)'?" } ?? ""
            throw error(key, "there is no '\(text)'.\(near) Write one of: \(all.joined(separator: ", ")).")
        }
        return value
    }

    static func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The word that differs least, when it is near enough to be a slip.
    private static func nearest(to word: String, among words: [String]) -> String? {
        let ranked = words.map { ($0, distance(Array(word.utf8), Array($0.utf8))) }.min { $0.1 < $1.1 }
        guard let (best, distance) = ranked, distance <= max(1, min(2, word.utf8.count / 3)) else { return nil }
        return best
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        guard left.count < 64, right.count < 64 else { return .max }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, previous + (a == b ? 0 : 1))
                previous = above
            }
        }
        return row[right.count]
    }
}

import SchemaTypes

/// The value partitions of the string table (EXI 1.0, 7.3.3): what has been read so far, by name and altogether.
///
/// The V2G settings give the table no capacity, so encoders write literals only. Peers that leave the setting at its
/// default refer to earlier strings; their documents are read a second time with this table.
@usableFromInline
package final class StringTable {
    struct Entry {
        let string: String
        /// In characters. Counted once, since a document can refer to a long string very often.
        let length: Int
    }

    /// Whose values a local partition holds.
    enum Partition: Hashable {
        /// An element or attribute of the schema, by the name that its reader gives.
        case declared(String)
        /// An element or attribute of a wildcard.
        case wildcard(QualifiedName)
    }

    /// Most characters that references of a document bring back altogether: a few bits each could otherwise make a
    /// document thousands of times larger, when it is written as text.
    static let mostCharacters = 1 << 20

    private var entries: [Entry] = []
    /// Indexes in `entries`.
    private var partitions: [Partition: [Int]] = [:]
    private var known: Set<ExactString> = []
    private var characters = 0

    @usableFromInline
    package init() {}

    /// Remembers a literal. Empty strings and those already in the table are not added (7.3.3).
    func add(_ string: String, to partition: Partition) {
        guard !string.isEmpty, known.insert(ExactString(string)).inserted else { return }
        partitions[partition, default: []].append(entries.count)
        entries.append(Entry(string: string, length: string.unicodeScalars.count))
    }

    /// Counts the characters of an entry that a reference brings back.
    ///
    /// - Returns: whether the document may have them.
    func charge(_ entry: Entry) -> Bool {
        characters += entry.length
        return characters <= Self.mostCharacters
    }

    /// Number of strings in a partition, or in the global one.
    func count(_ partition: Partition?) -> Int {
        guard let partition else { return entries.count }
        return partitions[partition]?.count ?? 0
    }

    /// A string of a partition, or of the global one.
    func entry(_ partition: Partition?, at index: Int) -> Entry? {
        guard let partition else { return entries.indices.contains(index) ? entries[index] : nil }
        guard let places = partitions[partition], places.indices.contains(index) else { return nil }
        return entries[places[index]]
    }
}

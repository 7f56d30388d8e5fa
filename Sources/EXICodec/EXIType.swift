/// A complex type of a schema set: what stands between the start and the end of an element.
public protocol EXIType: Hashable, Sendable, Codable {
    /// Reads attributes, content and the end of the element.
    init(reading reader: inout EXIReader) throws(EXIError)

    /// Writes attributes, content and the end of the element.
    func write(to writer: inout EXIWriter)
}

/// A complex type of a schema set: what stands between the start and the end of an element.
public protocol EXIType: Hashable, Sendable, Codable {
    /// Reads attributes, content and the end of the element.
    init(reading reader: inout EXIReader) throws(EXIError)

    /// Writes attributes, content and the end of the element.
    func write(to writer: inout EXIWriter)
}

extension EXIType {
    /// Reads attributes, content and the end of the element. Generated structures have a function of this name of their
    /// own, since what an initializer makes is copied once more when it returns.
    @inlinable
    @inline(__always)
    public static func read(from reader: inout EXIReader) throws(EXIError) -> Self { try Self(reading: &reader) }
}

/// Messages as text: JSON for people and scripts, XML for those who know the schema.
///
/// Works for every value whose `Codable` goes through `FieldKey`, as that of the generated messages does. Order is the
/// schema's in both forms; nothing is sorted. JSON is read as strictly as bytes from the wire: see ``decode(_:json:maximum:userInfo:)``.
public enum MessageText {
    /// Most octets of JSON that are read unless the caller says otherwise. A message of 64 KiB grows about tenfold.
    public static let maximumJSONOctets = 4 << 20

    /// Most levels of objects and arrays that are read. Messages need about two dozen; each element inside of a wildcard
    /// takes three, and 32 of them may nest.
    public static let maximumJSONDepth = 160

    /// `value` as JSON (RFC 8259), on one line unless `pretty`; no line break at the end.
    ///
    /// Integers are written as numbers, all 64 bits exact; `xs:integer` is a string of digits. Line breaks inside of
    /// text are escaped, those of Unicode too, so that a reader of lines sees one.
    ///
    /// - Throws: ``MessageTextError`` with ``MessageTextError/Code/notEncodable``.
    public static func json(_ value: some Encodable, pretty: Bool = false) throws(MessageTextError) -> String {
        JSONPrinter.print(try TreeEncoder.tree(of: value), pretty: pretty)
    }

    /// `value` as an XML 1.0 document on one line, without an XML declaration.
    ///
    /// The value must be an object with one key, the name of the root element, as a message set's `Element` is. All
    /// namespaces are declared on the root, each with a prefix that depends on the namespace only. No white space is
    /// added, and line breaks inside of text are character references.
    ///
    /// - Throws: ``MessageTextError`` with ``MessageTextError/Code/notEncodable``, also for text that XML forbids.
    public static func xml(_ value: some Encodable) throws(MessageTextError) -> String {
        try XMLPrinter.print(TreeEncoder.tree(of: value))
    }

    /// Reads a value from JSON in UTF-8.
    ///
    /// Refused are: more than `maximum` octets, more levels than ``maximumJSONDepth``, invalid UTF-8, a key that
    /// comes twice in an object, anything after the value, fields that the type does not have, numbers that the type
    /// cannot hold exactly, and characters that XML forbids.
    ///
    /// - Parameters:
    ///   - maximum: most octets of `json`. Reading takes memory of up to about thirty times their number.
    ///   - userInfo: what the type's decoding asks for, such as the schema set of wildcards.
    /// - Throws: ``MessageTextError`` with the path of the field, or the octet where the text is no JSON.
    public static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, json: [UInt8], maximum: Int = maximumJSONOctets,
        userInfo: [CodingUserInfoKey: Any] = [:]
    ) throws(MessageTextError) -> Value {
        let tree = try JSONParser.parse(json, maximum: maximum)
        do {
            return try TreeDecoder(tree, at: [], userInfo: userInfo).decode(type)
        } catch {
            throw MessageTextError(decoding: error)
        }
    }

    /// Reads a value from JSON, as ``decode(_:json:maximum:userInfo:)`` does from octets.
    public static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, json: String, userInfo: [CodingUserInfoKey: Any] = [:]
    ) throws(MessageTextError) -> Value {
        try decode(type, json: Array(json.utf8), userInfo: userInfo)
    }
}

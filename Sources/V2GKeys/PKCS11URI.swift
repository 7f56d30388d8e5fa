/// An RFC 7512 PKCS#11 URI: which module, which token, which object, and where its PIN is.
///
/// An attribute that is `nil` matches anything. A PIN itself (`pin-value`) is never part of it: command lines and
/// configuration files are read by others.
public struct PKCS11URI: Sendable, Hashable {
    /// The class of object that `type` names (RFC 7512 section 2.3).
    public enum ObjectType: String, Sendable, Hashable, CaseIterable {
        case certificate = "cert"
        case data
        case privateKey = "private"
        case publicKey = "public"
        case secretKey = "secret-key"
    }

    // The token.
    /// Token label, at most 32 bytes of UTF-8.
    public var token: String?
    /// Token manufacturer, at most 32 bytes.
    public var manufacturer: String?
    /// Token serial number, at most 16 bytes.
    public var serial: String?
    /// Token model, at most 16 bytes.
    public var model: String?

    // The slot.
    /// Slot identifier as the module numbers it. Not stable over restarts with many modules: prefer ``token``.
    public var slotID: UInt?
    /// Slot manufacturer, at most 32 bytes.
    public var slotManufacturer: String?
    /// Slot description, at most 64 bytes.
    public var slotDescription: String?

    // The module.
    /// Library manufacturer, at most 32 bytes.
    public var libraryManufacturer: String?
    /// Library description, at most 32 bytes.
    public var libraryDescription: String?
    /// Library version, `major` or `major.minor`.
    public var libraryVersion: LibraryVersion?

    // The object.
    /// Object label (`CKA_LABEL`), at most 255 bytes.
    public var object: String?
    /// Object identifier (`CKA_ID`), at most 255 bytes.
    public var id: [UInt8]?
    /// Object class.
    public var type: ObjectType?

    // The query.
    /// Absolute path of the module's shared library.
    public var modulePath: String?
    /// Name of the module without path and suffix.
    public var moduleName: String?
    /// Path of the file that holds the PIN.
    public var pinSourcePath: String?

    public init(token: String? = nil, object: String? = nil, id: [UInt8]? = nil, modulePath: String? = nil) {
        self.token = token
        self.object = object
        self.id = id
        self.modulePath = modulePath
    }

    /// A Cryptoki library version.
    public struct LibraryVersion: Sendable, Hashable {
        public let major: UInt8
        public let minor: UInt8

        public init(major: UInt8, minor: UInt8) {
            self.major = major
            self.minor = minor
        }
    }
}

extension PKCS11URI: CustomStringConvertible {
    /// The URI in a fixed attribute order, percent-encoded as RFC 7512 section 2.3 wants it.
    public var description: String {
        var path: [String] = []
        func add(_ name: String, _ value: String?) {
            if let value { path.append("\(name)=\(Self.encode(value.utf8, keeping: Self.isPathCharacter))") }
        }
        add("token", token)
        add("manufacturer", manufacturer)
        add("serial", serial)
        add("model", model)
        add("slot-id", slotID.map { "\($0)" })
        add("slot-manufacturer", slotManufacturer)
        add("slot-description", slotDescription)
        add("library-manufacturer", libraryManufacturer)
        add("library-description", libraryDescription)
        add("library-version", libraryVersion.map { "\($0.major).\($0.minor)" })
        add("object", object)
        // RFC 7512 section 2.3: the whole of id should be percent-encoded, since it is bytes and not text.
        if let id { path.append("id=\(Self.encode(id, keeping: { _ in false }))") }
        add("type", type?.rawValue)

        var query: [String] = []
        func ask(_ name: String, _ value: String?) {
            if let value { query.append("\(name)=\(Self.encode(value.utf8, keeping: Self.isQueryCharacter))") }
        }
        ask("module-path", modulePath)
        ask("module-name", moduleName)
        ask("pin-source", pinSourcePath.map { "file:\($0)" })
        return "pkcs11:" + path.joined(separator: ";") + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    private static func encode(_ bytes: some Sequence<UInt8>, keeping keep: (UInt8) -> Bool) -> String {
        var out: [UInt8] = []
        let hex = Array("0123456789ABCDEF".utf8)
        for byte in bytes {
            if keep(byte) {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(hex[Int(byte >> 4)])
                out.append(hex[Int(byte & 15)])
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// `pk11-pchar` without percent escapes.
    static func isPathCharacter(_ byte: UInt8) -> Bool {
        isUnreserved(byte) || ":[]@!$'()*+,=&".utf8.contains(byte)
    }

    /// `pk11-qchar` without percent escapes.
    static func isQueryCharacter(_ byte: UInt8) -> Bool {
        isUnreserved(byte) || ":[]@!$'()*+,=/?|".utf8.contains(byte)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }
}

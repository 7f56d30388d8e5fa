extension PKCS11URI {
    /// Reads a PKCS#11 URI (RFC 7512 sections 2.3 and 2.4).
    ///
    /// Stricter than the RFC allows in two places, since a reference that is half understood could select a key that
    /// was not meant: attributes we do not know are refused, and so is `pin-value`.
    ///
    /// - Throws: ``KeyError`` with `badReference`, naming the attribute.
    public init(parsing text: String) throws(KeyError) {
        guard text.utf8.count <= KeyReference.maximumLength else {
            throw KeyError(
                .badReference, "The PKCS#11 URI is longer than \(KeyReference.maximumLength) bytes. Shorten it.")
        }
        guard text.hasPrefix("pkcs11:") else {
            throw KeyError(.badReference, "A PKCS#11 URI begins with 'pkcs11:' (RFC 7512).")
        }
        let rest = Array(text.utf8.dropFirst(7))
        let mark = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        var parser = AttributeParser()
        for piece in rest[..<mark].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        where !(piece.isEmpty && mark == 0) {
            let (name, value) = try parser.attribute(piece, allowing: Self.isPathCharacter)
            try setPath(name, value)
        }
        guard mark < rest.endIndex else { return }
        for piece in rest[(mark + 1)...].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            let (name, value) = try parser.attribute(piece, allowing: Self.isQueryCharacter)
            try setQuery(name, value)
        }
    }

    private mutating func setPath(_ name: String, _ value: [UInt8]) throws(KeyError) {
        switch name {
        case "token": token = try Self.text(value, name, limit: 32)
        case "manufacturer": manufacturer = try Self.text(value, name, limit: 32)
        case "serial": serial = try Self.text(value, name, limit: 16)
        case "model": model = try Self.text(value, name, limit: 16)
        case "slot-id": slotID = try Self.slotNumber(value)
        case "slot-manufacturer": slotManufacturer = try Self.text(value, name, limit: 32)
        case "slot-description": slotDescription = try Self.text(value, name, limit: 64)
        case "library-manufacturer": libraryManufacturer = try Self.text(value, name, limit: 32)
        case "library-description": libraryDescription = try Self.text(value, name, limit: 32)
        case "library-version": libraryVersion = try Self.version(value)
        case "object": object = try Self.text(value, name, limit: 255)
        case "id":
            guard (1...255).contains(value.count) else {
                throw KeyError(.badReference, "PKCS#11 URI: 'id' must have 1 to 255 bytes, it has \(value.count).")
            }
            id = value
        case "type":
            guard let known = ObjectType(rawValue: try Self.text(value, name, limit: 16)) else {
                throw KeyError(
                    .badReference,
                    "PKCS#11 URI: 'type' must be one of private, public, cert, secret-key, data (RFC 7512).")
            }
            type = known
        case "pin-source", "module-path", "module-name", "pin-value":
            throw KeyError(.badReference, "PKCS#11 URI: '\(name)' is a query attribute. Write it after '?'.")
        default:
            throw KeyError(
                .badReference,
                "PKCS#11 URI: unknown attribute '\(name)'. Known: token, manufacturer, serial, model, slot-id, object, id, type."
            )
        }
    }

    private mutating func setQuery(_ name: String, _ value: [UInt8]) throws(KeyError) {
        switch name {
        case "module-path":
            let path = try Self.text(value, name, limit: KeyReference.maximumLength)
            guard path.hasPrefix("/") else {
                // A relative name would be looked up on the loader's search path, which others may be able to change.
                throw KeyError(.badReference, "PKCS#11 URI: 'module-path' must be an absolute path, it is '\(path)'.")
            }
            modulePath = path
        case "module-name":
            let name = try Self.text(value, name, limit: 64)
            guard !name.contains("/"), name != ".", name != ".." else {
                throw KeyError(
                    .badReference, "PKCS#11 URI: 'module-name' is a name without '/'. Use module-path for a path.")
            }
            moduleName = name
        case "pin-source": pinSourcePath = try Self.pinPath(value)
        case "pin-value":
            throw KeyError(
                .badReference,
                "PKCS#11 URI: 'pin-value' is refused, because arguments and configuration are read by others. "
                    + "Put the PIN into a file with mode 0400 and write pin-source=file:/PATH, or set V2G_PIN.")
        default:
            throw KeyError(
                .badReference,
                "PKCS#11 URI: unknown query attribute '\(name)'. Known: module-path, module-name, pin-source.")
        }
    }

    private static func pinPath(_ value: [UInt8]) throws(KeyError) -> String {
        let source = try text(value, "pin-source", limit: KeyReference.maximumLength)
        guard !source.hasPrefix("|") else {
            throw KeyError(
                .badReference, "PKCS#11 URI: a command as 'pin-source' is not run. Write pin-source=file:/PATH.")
        }
        guard case .file(let path) = try KeyReference(parsing: source.hasPrefix("/") ? "file:\(source)" : source) else {
            throw KeyError(.badReference, "PKCS#11 URI: 'pin-source' must be file:/PATH.")
        }
        return path
    }

    private static func text(_ value: [UInt8], _ name: String, limit: Int) throws(KeyError) -> String {
        guard !value.isEmpty, value.count <= limit else {
            throw KeyError(
                .badReference, "PKCS#11 URI: '\(name)' must have 1 to \(limit) bytes, it has \(value.count).")
        }
        guard !value.contains(0), let text = String(validating: value, as: UTF8.self) else {
            throw KeyError(.badReference, "PKCS#11 URI: '\(name)' is not text in UTF-8.")
        }
        return text
    }

    private static func slotNumber(_ value: [UInt8]) throws(KeyError) -> UInt {
        let digits = try text(value, "slot-id", limit: 20)
        guard digits.utf8.allSatisfy(isDigit), let number = UInt(digits) else {
            throw KeyError(.badReference, "PKCS#11 URI: 'slot-id' must be a decimal number, it is '\(digits)'.")
        }
        return number
    }

    private static func version(_ value: [UInt8]) throws(KeyError) -> LibraryVersion {
        let written = try text(value, "library-version", limit: 7)
        let parts = written.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }),
            let major = parts.first.flatMap({ UInt8(String(decoding: $0, as: UTF8.self)) }),
            let minor = parts.count == 2 ? UInt8(String(decoding: parts[1], as: UTF8.self)) : 0
        else {
            throw KeyError(
                .badReference, "PKCS#11 URI: 'library-version' must be MAJOR or MAJOR.MINOR, it is '\(written)'.")
        }
        return LibraryVersion(major: major, minor: minor)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

/// Splits `name=value`, undoes percent escapes and refuses a name that came before.
private struct AttributeParser {
    private var seen: Set<String> = []

    mutating func attribute(
        _ piece: ArraySlice<UInt8>, allowing isAllowed: (UInt8) -> Bool
    ) throws(KeyError) -> (name: String, value: [UInt8]) {
        guard let equals = piece.firstIndex(of: UInt8(ascii: "=")), equals > piece.startIndex else {
            throw KeyError(
                .badReference,
                "PKCS#11 URI: '\(String(decoding: piece.prefix(40), as: UTF8.self))' is not of the form NAME=VALUE.")
        }
        let name = String(decoding: piece[..<equals], as: UTF8.self)
        guard seen.insert(name).inserted else {
            throw KeyError(.badReference, "PKCS#11 URI: attribute '\(name)' is given twice. Keep one.")
        }
        var value: [UInt8] = []
        var index = equals + 1
        while index < piece.endIndex {
            let byte = piece[index]
            if byte == UInt8(ascii: "%") {
                guard piece.endIndex - index > 2, let high = Self.nibble(piece[index + 1]),
                    let low = Self.nibble(piece[index + 2])
                else {
                    throw KeyError(.badReference, "PKCS#11 URI: attribute '\(name)' has a '%' without two hex digits.")
                }
                value.append(high << 4 | low)
                index += 3
            } else {
                guard isAllowed(byte) else {
                    throw KeyError(
                        .badReference,
                        "PKCS#11 URI: attribute '\(name)' holds a character that must be percent-encoded (a space is %20)."
                    )
                }
                value.append(byte)
                index += 1
            }
        }
        return (name, value)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

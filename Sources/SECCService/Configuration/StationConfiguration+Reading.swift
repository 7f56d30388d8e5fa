internal import Foundation
internal import Logging
internal import V2GCertificates
internal import V2GKeys
internal import V2GPrimitives
internal import V2GSession
internal import Yams

extension StationConfiguration {
    private static let keys = [
        "interface", "pki", "trust", "credentials", "state", "protocols", "authorization", "tls13", "quirks", "log",
        "evses", "dynamicPort", "eim", "receiptEvery",
    ]

    /// Reads a file.
    ///
    /// - Throws: ``ConfigurationError`` with line, key and remedy. Unknown keys are errors: a slip must not silently
    ///   leave a station with a default.
    package init(file: String) throws(ConfigurationError) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ConfigurationError(
                file: file, line: nil, key: "",
                "there is no such file, or it may not be read. Check path and permissions.")
        }
        guard data.count <= 1 << 20 else {
            throw ConfigurationError(file: file, line: nil, key: "", "is longer than 1 MB. It cannot be meant.")
        }
        try self.init(yaml: String(decoding: data, as: UTF8.self), file: file)
    }

    /// - Parameter file: For errors.
    package init(yaml: String, file: String = "configuration") throws(ConfigurationError) {
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: yaml) else {
                throw ConfigurationError(
                    file: file, line: nil, key: "", "is empty. Write interface, pki, state and evses.")
            }
            root = node
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError(file: file, line: nil, key: "", "is no YAML: \(error). Correct it.")
        }
        let reader = try YAMLReader(root, file: file, path: "", known: Self.keys)
        let state = try reader.required("state", remedy: "Name the directory for records and caches.")
        let interface = try reader.text("interface")
        self.init(
            pki: try Self.source(reader), state: state, evses: try Self.evses(reader, interface: interface))
        if let protocols = try reader.choices("protocols", of: ServedProtocol.self) {
            guard !protocols.isEmpty else { throw reader.error("protocols", "the list is empty. Name one.") }
            self.protocols = protocols
        }
        if let methods = try reader.choices("authorization", of: AuthorizationMethod.self) {
            guard !methods.isEmpty else { throw reader.error("authorization", "the list is empty. Name pnc or eim.") }
            authorization = methods
        }
        if let flag = try reader.flag("tls13") { allowsTLS13 = flag }
        if let quirks = try reader.choices("quirks", of: Quirk.self) { self.quirks = Set(quirks) }
        if let level = try reader.choice("log", of: Logger.Level.self) { logLevel = level }
        if let port = try reader.number("dynamicPort", in: 49152...65535) {
            guard !evses.contains(where: { $0.port == UInt16(port) }) else {
                throw reader.error("dynamicPort", "\(port) is the port of an EVSE. Take another.")
            }
            dynamicPort = UInt16(port)
        }
        if let policy = try reader.choice("eim", of: ExternalPolicy.self) { external = policy }
        if let every = try reader.number("receiptEvery", in: 0...1_000_000) { receiptEvery = every == 0 ? nil : every }
        if !allowsTLS13, protocols == [.iso20] {
            throw reader.error(
                "tls13", "without TLS 1.3 there is no iso20, the only protocol. Add iso2 or set it true.")
        }
    }

    // MARK: EVSEs

    private static func evses(
        _ reader: YAMLReader, interface: String?
    ) throws(ConfigurationError) -> [EVSE] {
        let example = "Write one, such as: - {id: DE*ABC*E0001, power: dc, simulated: true}"
        guard let list = reader.node("evses")?.sequence, !list.isEmpty else {
            throw reader.error("evses", "a list of EVSEs is due here. \(example)")
        }
        var found: [EVSE] = []
        for (index, node) in list.enumerated() {
            let evse = try evse(node, "evses[\(index)]", file: reader.file, interface: interface)
            guard !found.contains(where: { $0.id == evse.id }) else {
                throw ConfigurationError(
                    file: reader.file, line: node.mark?.line, key: "evses[\(index)].id",
                    "'\(evse.id)' stands there twice. Each EVSE has an identifier of its own.")
            }
            found.append(evse)
        }
        return found
    }

    private static func evse(
        _ node: Node, _ path: String, file: String, interface: String?
    ) throws(ConfigurationError) -> EVSE {
        let reader = try YAMLReader(
            node, file: file, path: path, known: ["id", "port", "announce", "power", "simulated", "interface"])
        let text = try reader.required("id", remedy: "Write the EVSEID, such as DE*ABC*E0001.")
        guard let id = EVSEID(text) else {
            throw reader.error(
                "id", "'\(text)' is no EVSEID. Write country, operator, E and outlet, such as DE*ABC*E0001.")
        }
        let own = try reader.text("interface")
        guard let place = own ?? interface else {
            throw reader.error(
                "interface", "no interface is named here nor at the top. Name the one the cable is on, such as eth1.")
        }
        guard place.utf8.count <= 15, !place.contains("/"), !place.contains(" ") else {
            throw reader.error("interface", "'\(place)' is no name of an interface. See: ip link.")
        }
        let equipment: Equipment
        switch reader.node("simulated")?.string {
        case "true": equipment = .simulated
        case "instant": equipment = .simulatedAtOnce
        case "false", nil:
            throw reader.error(
                "simulated",
                "this program drives no hardware of its own; a charger plugs in its own equipment. Write "
                    + "simulated: true (or instant, for measurements).")
        case .some(let other): throw reader.error("simulated", "'\(other)' is not true or instant. Write one of them.")
        }
        var evse = EVSE(id: id, interface: place, equipment: equipment)
        if let port = try reader.number("port", in: 1...65535) { evse.port = UInt16(port) }
        if let announcement = try reader.choice("announce", of: Announcement.self) { evse.announcement = announcement }
        if let power = try reader.choice("power", of: Power.self) { evse.power = power }
        return evse
    }

    // MARK: Keys and certificates

    private static func source(_ reader: YAMLReader) throws(ConfigurationError) -> PKISource {
        let directory = try reader.text("pki")
        let hasFiles = reader.node("trust") != nil || reader.node("credentials") != nil
        if let directory {
            guard !hasFiles else {
                throw reader.error("pki", "stands beside trust: or credentials:. Keep the directory or the files.")
            }
            return .directory(directory)
        }
        guard let trust = reader.node("trust") else {
            throw reader.error(
                "pki",
                "this key is missing. Name the PKI's directory (v2g pki init makes one), or write trust: and "
                    + "credentials:.")
        }
        guard let credentials = reader.node("credentials")?.sequence else {
            throw reader.error(
                "credentials", "a list is due beside trust:, such as - {role: secc, chain: secc.crt, key: secc.key}")
        }
        let files = try trustFiles(trust, file: reader.file)
        var found: [CredentialFiles] = []
        for (index, node) in credentials.enumerated() {
            let path = "credentials[\(index)]"
            let entry = try YAMLReader(node, file: reader.file, path: path, known: ["role", "edition", "chain", "key"])
            found.append(
                CredentialFiles(
                    role: try entry.choice("role", of: Role.self) ?? .secc,
                    edition: try edition(entry),
                    chain: try entry.required("chain", remedy: "Name the file with the leaf, sub-CAs after it."),
                    key: try entry.required("key", remedy: "Name the key: file:PATH or a pkcs11: URI.")))
        }
        return .files(trust: files, credentials: found)
    }

    private static func trustFiles(_ node: Node, file: String) throws(ConfigurationError) -> TrustFiles {
        let reader = try YAMLReader(
            node, file: file, path: "trust", known: ["edition", "v2g", "mo", "oem", "private", "subCAs", "crls"])
        var files = TrustFiles()
        files.edition = try edition(reader)
        files.v2g = try reader.texts("v2g") ?? []
        files.mo = try reader.texts("mo") ?? []
        files.oem = try reader.texts("oem") ?? []
        files.privateEnvironment = try reader.texts("private") ?? []
        files.subCAs = try reader.texts("subCAs") ?? []
        files.crls = try reader.texts("crls") ?? []
        guard !(files.v2g + files.mo + files.oem + files.privateEnvironment).isEmpty else {
            throw reader.error("v2g", "no root is named. Name the files of the roots under v2g, mo, oem or private.")
        }
        return files
    }

    private static func edition(_ reader: YAMLReader) throws(ConfigurationError) -> Edition {
        try reader.choice("edition", of: Edition.self) ?? .iso2
    }
}

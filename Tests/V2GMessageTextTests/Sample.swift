import SchemaTypes

/// A message set in miniature, with every shape that generated types have.
enum Sample {
    static let message = "urn:iso:15118:2:2013:MsgDef"
    static let data = "urn:iso:15118:2:2013:MsgDataTypes"
    static let signature = "http://www.w3.org/2000/09/xmldsig#"

    /// A global element: one key at the top.
    enum Element: Codable, Hashable {
        case message(Message)
        case meter(Meter)

        static let messageKey = FieldKey("V2G_Message", in: Sample.message)
        static let meterKey = FieldKey("MeterInfo", in: Sample.data)

        init(from decoder: any Decoder) throws {
            var reader = try FieldReader(decoder)
            switch try reader.single() {
            case "V2G_Message": self = .message(try reader.required(Self.messageKey))
            case "MeterInfo": self = .meter(try reader.required(Self.meterKey))
            default: throw reader.noneOf("V2G_Message, MeterInfo")
            }
        }

        func encode(to encoder: any Encoder) throws {
            var writer = FieldWriter(encoder)
            switch self {
            case .message(let value): try writer.write(value, Self.messageKey)
            case .meter(let value): try writer.write(value, Self.meterKey)
            }
        }
    }

    /// A sequence with a list, an optional field, and a choice that writes into its parent.
    struct Message: Codable, Hashable {
        var session: HexBinary<0, 8>
        var note: String?
        var meters: BoundedList<Meter, 0, 3>
        var choice: Choice?

        init(
            session: HexBinary<0, 8>, note: String? = nil, meters: BoundedList<Meter, 0, 3>, choice: Choice? = nil
        ) {
            self.session = session
            self.note = note
            self.meters = meters
            self.choice = choice
        }

        static let sessionKey = FieldKey("SessionID", in: Sample.message)
        static let noteKey = FieldKey("Note", in: Sample.message)
        static let metersKey = FieldKey("MeterInfo", in: Sample.data)

        init(from decoder: any Decoder) throws {
            var reader = try FieldReader(decoder)
            session = try reader.required(Self.sessionKey)
            note = try reader.optional(Self.noteKey)
            meters = try reader.list(Self.metersKey)
            choice = try Choice(&reader)
            try reader.finish()
        }

        func encode(to encoder: any Encoder) throws {
            var writer = FieldWriter(encoder)
            try writer.write(session, Self.sessionKey)
            try writer.write(optional: note, Self.noteKey)
            try writer.write(list: meters, Self.metersKey)
            try choice?.encode(to: encoder)
        }
    }

    /// Members of a substitution group: the key in the parent's object says which.
    enum Choice: Hashable {
        case amount(Int64)
        case signed(Signature)

        static let amountKey = FieldKey("Amount", in: Sample.data)
        static let signatureKey = FieldKey("Signature", in: Sample.signature)

        init?(_ reader: inout FieldReader) throws {
            if let amount = try reader.optional(Self.amountKey, as: Int64.self) {
                self = .amount(amount)
            } else if let signature = try reader.optional(Self.signatureKey, as: Signature.self) {
                self = .signed(signature)
            } else {
                return nil
            }
        }

        func encode(to encoder: any Encoder) throws {
            var writer = FieldWriter(encoder)
            switch self {
            case .amount(let value): try writer.write(value, Self.amountKey)
            case .signed(let value): try writer.write(value, Self.signatureKey)
            }
        }
    }

    /// Attributes, one of them with a namespace, and simple content.
    struct Meter: Codable, Hashable {
        var id: XMLID?
        var language: String?
        var value: UInt64

        static let idKey = FieldKey("Id", in: "", role: .attribute)
        static let languageKey = FieldKey("lang", in: Sample.message, role: .attribute)

        init(id: XMLID? = nil, language: String? = nil, value: UInt64) {
            self.id = id
            self.language = language
            self.value = value
        }

        init(from decoder: any Decoder) throws {
            var reader = try FieldReader(decoder)
            id = try reader.optional(Self.idKey)
            language = try reader.optional(Self.languageKey)
            value = try reader.required(.content)
            try reader.finish()
        }

        func encode(to encoder: any Encoder) throws {
            var writer = FieldWriter(encoder)
            try writer.write(optional: id, Self.idKey)
            try writer.write(optional: language, Self.languageKey)
            try writer.write(value, .content)
        }
    }

    /// Mixed content, a flag and an integer without bounds.
    struct Signature: Codable, Hashable {
        var isFinal: Bool
        var serial: UnboundedInteger
        var nodes: [Node]

        static let finalKey = FieldKey("Final", in: Sample.signature)
        static let serialKey = FieldKey("Serial", in: Sample.signature)

        init(isFinal: Bool, serial: UnboundedInteger, nodes: [Node]) {
            self.isFinal = isFinal
            self.serial = serial
            self.nodes = nodes
        }

        init(from decoder: any Decoder) throws {
            var reader = try FieldReader(decoder)
            isFinal = try reader.required(Self.finalKey)
            serial = try reader.required(Self.serialKey)
            nodes = try reader.optional(.nodes) ?? []
            try reader.finish()
        }

        func encode(to encoder: any Encoder) throws {
            var writer = FieldWriter(encoder)
            try writer.write(isFinal, Self.finalKey)
            try writer.write(serial, Self.serialKey)
            if !nodes.isEmpty { try writer.write(nodes, .nodes) }
        }
    }

    /// Text or one element.
    enum Node: Codable, Hashable {
        case text(String)
        case element(String)

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                self = .text(text)
            } else {
                var reader = try FieldReader(decoder)
                self = .element(try reader.required(FieldKey("KeyName", in: Sample.signature)))
                try reader.finish()
            }
        }

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .text(let text):
                var container = encoder.singleValueContainer()
                try container.encode(text)
            case .element(let text):
                var writer = FieldWriter(encoder)
                try writer.write(text, FieldKey("KeyName", in: Sample.signature))
            }
        }
    }
}

extension Sample.Element {
    /// A message with every kind of field.
    static func full() throws -> Self {
        .message(
            Sample.Message(
                session: try HexBinary([0x1A, 0x00]), note: "a<b",
                meters: try BoundedList([
                    Sample.Meter(id: try XMLID("id1"), language: "de", value: .max), Sample.Meter(value: 0),
                ]),
                choice: .signed(
                    Sample.Signature(
                        isFinal: true, serial: try UnboundedInteger(decimal: "-18446744073709551617"),
                        nodes: [.text("one "), .element("key"), .text(" two")]))))
    }
}

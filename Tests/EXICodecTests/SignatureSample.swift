import EXICodec
import SchemaTypes

// A part of the schema set of XML signatures, written by hand as the schema compiler would generate it: the types with
// wildcards and mixed content, the others left out.

enum SignatureElement: EXIElement {
    case keyName(String)
    case object(SignatureObject)
    case transform(SignatureTransform)

    static let namespace = "http://www.w3.org/2000/09/xmldsig#"
    static let globals = """
        CanonicalizationMethod DSAKeyValue DigestMethod DigestValue KeyInfo KeyName KeyValue Manifest
        MgmtData Object PGPData RSAKeyValue Reference RetrievalMethod SPKIData Signature SignatureMethod
        SignatureProperties SignatureProperty SignatureValue SignedInfo Transform Transforms X509Data
        """.split { $0.isWhitespace }.map { EXIName(String($0), in: namespace) }

    static let context = EXIContext(
        namespaces: [
            "", "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2001/XMLSchema-instance",
            "http://www.w3.org/2001/XMLSchema", namespace,
        ],
        localNames: [
            """
            Algorithm Encoding Id MimeType Target Type URI
            """,
            "base id lang space", "nil type",
            """
            ENTITIES ENTITY ID IDREF IDREFS NCName NMTOKEN NMTOKENS NOTATION Name QName anySimpleType anyType
            anyURI base64Binary boolean byte date dateTime decimal double duration float gDay gMonth gMonthDay
            gYear gYearMonth hexBinary int integer language long negativeInteger nonNegativeInteger
            nonPositiveInteger normalizedString positiveInteger short string time token unsignedByte unsignedInt
            unsignedLong unsignedShort
            """,
            """
            CanonicalizationMethod CanonicalizationMethodType CryptoBinary DSAKeyValue DSAKeyValueType
            DigestMethod DigestMethodType DigestValue DigestValueType Exponent G HMACOutputLength
            HMACOutputLengthType J KeyInfo KeyInfoType KeyName KeyValue KeyValueType Manifest ManifestType
            MgmtData Modulus Object ObjectType P PGPData PGPDataType PGPKeyID PGPKeyPacket PgenCounter Q
            RSAKeyValue RSAKeyValueType Reference ReferenceType RetrievalMethod RetrievalMethodType SPKIData
            SPKIDataType SPKISexp Seed Signature SignatureMethod SignatureMethodType SignatureProperties
            SignaturePropertiesType SignatureProperty SignaturePropertyType SignatureType SignatureValue
            SignatureValueType SignedInfo SignedInfoType Transform TransformType Transforms TransformsType
            X509CRL X509Certificate X509Data X509DataType X509IssuerName X509IssuerSerial X509IssuerSerialType
            X509SKI X509SerialNumber X509SubjectName XPath Y
            """,
        ].map { $0.split { $0.isWhitespace }.map(String.init) },
        globalElements: globals,
        element: { (code, reader) throws(EXIError) in try SignatureElement(document: code, reading: &reader) },
        textElement: { decoder in try SignatureElement(from: decoder) })
    static let documentProductions = globals.count
    static let fragmentProductions = 45

    init(document code: Int, reading reader: inout EXIReader) throws(EXIError) {
        switch Self.globals.indices.contains(code) ? Self.globals[code].localName : "" {
        case "KeyName":
            self = .keyName(try reader.element(as: XMLString.self, "KeyName").string)
        case "Object": self = .object(try .init(reading: &reader))
        case "Transform": self = .transform(try .init(reading: &reader))
        default: throw reader.error(.abstractElement, "an element of this sample", found: UInt64(code))
        }
    }

    init(fragment code: Int, reading reader: inout EXIReader) throws(EXIError) {
        throw reader.error(.ambiguousElement, "an element that this sample of the schema has", found: UInt64(code))
    }

    var name: String {
        switch self {
        case .keyName: "KeyName"
        case .object: "Object"
        case .transform: "Transform"
        }
    }

    var documentCode: Int? { Self.globals.firstIndex { $0.localName == name } }

    var fragmentCode: Int? { nil }

    func writeContent(to writer: inout EXIWriter) {
        switch self {
        case .keyName(let value): writer.element(XMLString(unchecked: value))
        case .object(let value): value.write(to: &writer)
        case .transform(let value): value.write(to: &writer)
        }
    }

    init(from decoder: any Decoder) throws {
        var fields = try FieldReader(decoder)
        switch try fields.single() {
        case "KeyName": self = .keyName(try fields.required(FieldKey("KeyName", in: Self.namespace)))
        case "Object": self = .object(try fields.required(FieldKey("Object", in: Self.namespace)))
        case "Transform": self = .transform(try fields.required(FieldKey("Transform", in: Self.namespace)))
        default: throw fields.noneOf("KeyName, Object, Transform")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var fields = FieldWriter(encoder)
        let key = FieldKey(name, in: Self.namespace)
        switch self {
        case .keyName(let value): try fields.write(value, key)
        case .object(let value): try fields.write(value, key)
        case .transform(let value): try fields.write(value, key)
        }
    }
}

/// `Object`: optional attributes, then text and any elements.
struct SignatureObject: EXIType {
    enum Node: Hashable, Sendable, Codable {
        case text(String)
        case any(AnyElement)

        var symbol: UInt8 {
            switch self {
            case .text: ContentGrammar.characters
            case .any: ContentGrammar.anyElement
            }
        }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                self = .text(text)
            } else {
                self = .any(try AnyElement(from: decoder))
            }
        }

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .text(let text):
                var container = encoder.singleValueContainer()
                try container.encode(text)
            case .any(let element): try element.encode(to: encoder)
            }
        }
    }

    static let grammar = ContentGrammar([
        [
            .init(ContentGrammar.anyElement, then: 1), .init(ContentGrammar.end, then: 0),
            .init(ContentGrammar.characters, then: 0),
        ],
        [
            .init(ContentGrammar.anyElement, then: 1), .init(ContentGrammar.end, then: 0),
            .init(ContentGrammar.characters, then: 1),
        ],
    ])

    let encoding: String?
    let id: XMLID?
    let mimeType: String?
    let content: [Node]

    init(encoding: String? = nil, id: XMLID? = nil, mimeType: String? = nil, content: [Node]) throws(SchemaViolation) {
        try Self.grammar.validate(content.lazy.map(\.symbol))
        self.encoding = encoding
        self.id = id
        self.mimeType = mimeType
        self.content = content
    }

    init(reading reader: inout EXIReader) throws(EXIError) {
        let expected: StaticString = "AT(Encoding), AT(Id), AT(MimeType), SE(*), EE, CH"
        var next = try reader.event(of: 6, expected)
        if next == 0 {
            encoding = try reader.string("Encoding")
            next = try reader.event(of: 5, expected) + 1
        } else {
            encoding = nil
        }
        if next == 1 {
            id = try reader.identifier("Id")
            next = try reader.event(of: 4, expected) + 2
        } else {
            id = nil
        }
        if next == 2 {
            mimeType = try reader.string("MimeType")
            next = try reader.event(of: 3, expected) + 3
        } else {
            mimeType = nil
        }
        var content: [Node] = []
        var production = Self.grammar.production(0, next - 3)
        while production.symbol != ContentGrammar.end {
            if production.symbol == ContentGrammar.characters {
                content.append(.text(try reader.string("Object")))
            } else {
                content.append(.any(try AnyElement(reading: &reader, .any)))
            }
            let state = production.next
            production = Self.grammar.production(
                state, try reader.event(of: Self.grammar.count(state), "SE(*), EE, CH"))
        }
        self.content = content
    }

    func write(to writer: inout EXIWriter) {
        var left = 3
        if let encoding {
            writer.event(0, of: left + 3)
            writer.string(encoding)
            left = 2
        }
        if let id {
            writer.event(left - 2, of: left + 3)
            writer.string(id.string)
            left = 1
        }
        if let mimeType {
            writer.event(left - 1, of: left + 3)
            writer.string(mimeType)
            left = 0
        }
        var state = 0
        for node in content {
            let next = Self.grammar.next(state, node.symbol)
            writer.event(next.code + left, of: Self.grammar.count(state) + left)
            left = 0
            state = next.state
            switch node {
            case .text(let text): writer.string(text)
            case .any(let element): element.write(to: &writer, .any)
            }
        }
        writer.event(Self.grammar.next(state, ContentGrammar.end).code + left, of: Self.grammar.count(state) + left)
    }

    init(from decoder: any Decoder) throws {
        var fields = try FieldReader(decoder)
        try self.init(
            encoding: fields.optional(FieldKey("Encoding", in: "", role: .attribute)),
            id: fields.optional(FieldKey("Id", in: "", role: .attribute)),
            mimeType: fields.optional(FieldKey("MimeType", in: "", role: .attribute)),
            content: fields.optional(.nodes) ?? [])
        try fields.finish()
    }

    func encode(to encoder: any Encoder) throws {
        var fields = FieldWriter(encoder)
        try fields.write(optional: encoding, FieldKey("Encoding", in: "", role: .attribute))
        try fields.write(optional: id, FieldKey("Id", in: "", role: .attribute))
        try fields.write(optional: mimeType, FieldKey("MimeType", in: "", role: .attribute))
        if !content.isEmpty { try fields.write(content, .nodes) }
    }
}

/// `Transform`: a required attribute, then text, XPath and elements of other namespaces.
struct SignatureTransform: EXIType {
    enum Node: Hashable, Sendable {
        case text(String)
        case xPath(String)
        case any(AnyElement)

        var symbol: UInt8 {
            switch self {
            case .xPath: 0
            case .text: ContentGrammar.characters
            case .any: ContentGrammar.anyElement
            }
        }
    }

    static let grammar = ContentGrammar(
        (0...2).map { state in
            [
                .init(0, then: 1), .init(ContentGrammar.anyElement, then: 2), .init(ContentGrammar.end, then: 0),
                .init(ContentGrammar.characters, then: state),
            ]
        })

    let algorithm: String
    let content: [Node]

    init(algorithm: String, content: [Node] = []) throws(SchemaViolation) {
        try Self.grammar.validate(content.lazy.map(\.symbol))
        self.algorithm = algorithm
        self.content = content
    }

    init(reading reader: inout EXIReader) throws(EXIError) {
        try reader.expect(1, "1 AT(Algorithm)")
        algorithm = try reader.string("Algorithm")
        var state = 0
        var content: [Node] = []
        while true {
            let code = try reader.event(of: Self.grammar.count(state), "SE(XPath), SE(*), EE, CH")
            let production = Self.grammar.production(state, code)
            if production.symbol == ContentGrammar.end { break }
            state = production.next
            switch production.symbol {
            case 0:
                content.append(.xPath(try reader.element(as: XMLString.self, "XPath").string))
            case ContentGrammar.characters: content.append(.text(try reader.string("Transform")))
            default:
                content.append(
                    .any(try AnyElement(reading: &reader, .other(than: SignatureElement.namespace))))
            }
        }
        self.content = content
    }

    func write(to writer: inout EXIWriter) {
        writer.bits(0, 1)
        writer.string(algorithm)
        var state = 0
        for node in content {
            let next = Self.grammar.next(state, node.symbol)
            writer.event(next.code, of: Self.grammar.count(state))
            state = next.state
            switch node {
            case .text(let text): writer.string(text)
            case .xPath(let path): writer.element(XMLString(unchecked: path))
            case .any(let element): element.write(to: &writer, .other(than: SignatureElement.namespace))
            }
        }
        writer.event(Self.grammar.next(state, ContentGrammar.end).code, of: Self.grammar.count(state))
    }

    init(from decoder: any Decoder) throws {
        var fields = try FieldReader(decoder)
        try self.init(algorithm: fields.required(FieldKey("Algorithm", in: "", role: .attribute)))
        try fields.finish()
    }

    func encode(to encoder: any Encoder) throws {
        var fields = FieldWriter(encoder)
        try fields.write(algorithm, FieldKey("Algorithm", in: "", role: .attribute))
    }
}

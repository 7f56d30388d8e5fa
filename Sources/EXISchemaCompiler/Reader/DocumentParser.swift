/// Reads the declarations of one schema document into the model.
struct DocumentParser {
    /// An include or import, to be followed by the reader.
    struct Reference {
        var node: MarkupNode
        /// The target namespace that the file must have.
        var namespace: String
    }

    let root: MarkupNode
    let namespace: String
    var model: SchemaModel
    let qualifiesElements: Bool
    let qualifiesAttributes: Bool

    init(root: MarkupNode, namespace: String, model: SchemaModel) throws(SchemaError) {
        try root.allowOnly(
            attributes: ["targetNamespace", "version", "elementFormDefault", "attributeFormDefault"])
        self.root = root
        self.namespace = namespace
        self.model = model
        qualifiesElements = try Self.isQualified(root, "elementFormDefault") ?? false
        qualifiesAttributes = try Self.isQualified(root, "attributeFormDefault") ?? false
    }

    static func isQualified(_ node: MarkupNode, _ attribute: String) throws(SchemaError) -> Bool? {
        switch node.attributes[attribute] {
        case nil: return nil
        case "qualified": return true
        case "unqualified": return false
        case let other?:
            throw node.error(.invalid, "\(attribute)=\"\(other)\" must be qualified or unqualified; correct it")
        }
    }

    /// Reads all global declarations; gives the files that belong to the set.
    mutating func parseDeclarations() throws(SchemaError) -> [Reference] {
        var references: [Reference] = []
        for node in try root.schemaChildren() {
            switch node.name.localName {
            case "include":
                try node.allowOnly(attributes: ["schemaLocation"])
                references.append(Reference(node: node, namespace: namespace))
            case "import":
                try node.allowOnly(attributes: ["namespace", "schemaLocation"])
                if node.attributes["schemaLocation"] != nil {
                    references.append(Reference(node: node, namespace: node.attributes["namespace"] ?? ""))
                }
            case "element": try addGlobalElement(node)
            case "attribute": try addGlobalAttribute(node)
            case "complexType":
                _ = try parseComplexType(node, owner: [])
            case "simpleType":
                _ = try parseSimpleType(node, owner: [])
            case "group": try addGroup(node)
            case "attributeGroup": try addAttributeGroup(node)
            default:
                throw node.error(
                    .unsupported, "this declaration is not compiled; remove it or extend the schema reader")
            }
        }
        return references
    }

    // MARK: Elements

    private mutating func addGlobalElement(_ node: MarkupNode) throws(SchemaError) {
        try node.allowOnly(attributes: ["name", "type", "abstract", "nillable", "substitutionGroup"])
        var declaration = try parseElement(node, isQualified: true, owner: [])
        declaration.isAbstract = try node.boolean("abstract", default: false)
        if let head = node.attributes["substitutionGroup"] {
            declaration.substitutionHead = try node.qualifiedName(head)
        }
        if let other = model.elements.updateValue(declaration, forKey: declaration.name) {
            throw node.error(.invalid, "the element is also declared at \(other.place); remove one")
        }
    }

    /// The part that global and local declarations share.
    mutating func parseElement(
        _ node: MarkupNode, isQualified: Bool, owner: [String]
    ) throws(SchemaError) -> ElementDeclaration {
        if try node.boolean("nillable", default: false) {
            throw node.error(
                .unsupported, "nillable elements need xsi:nil in the grammars, which is not compiled; drop nillable")
        }
        let local = try node.required("name")
        let type = try parseType(of: node, owner: owner + [local])
        return ElementDeclaration(
            name: QName(local, in: isQualified ? namespace : ""), type: type, isAbstract: false,
            substitutionHead: nil, place: node.place)
    }

    /// The type of an element or attribute: named, or declared inside, or none.
    mutating func parseType(of node: MarkupNode, owner: [String]) throws(SchemaError) -> TypeReference? {
        var type: TypeReference?
        if let name = node.attributes["type"] {
            type = .named(try node.qualifiedName(name))
        }
        for child in try node.schemaChildren() {
            let inner: TypeIndex
            switch child.name.localName {
            case "simpleType": inner = .simple(try parseSimpleType(child, owner: owner))
            case "complexType" where node.name.localName == "element":
                inner = .complex(try parseComplexType(child, owner: owner))
            default:
                throw child.error(
                    .unsupported, "this is not compiled inside \(node.label); remove it or extend the schema reader")
            }
            guard type == nil else {
                throw child.error(.invalid, "\(node.label) has more than one type; keep one")
            }
            type = .anonymous(inner)
        }
        return type
    }

    // MARK: Attributes

    private mutating func addGlobalAttribute(_ node: MarkupNode) throws(SchemaError) {
        try node.allowOnly(attributes: ["name", "type"])
        let declaration = try parseAttribute(node, isQualified: true, owner: [])
        if let other = model.attributes.updateValue(declaration, forKey: declaration.name) {
            throw node.error(.invalid, "the attribute is also declared at \(other.place); remove one")
        }
    }

    private mutating func parseAttribute(
        _ node: MarkupNode, isQualified: Bool, owner: [String]
    ) throws(SchemaError) -> AttributeDeclaration {
        let local = try node.required("name")
        guard let type = try parseType(of: node, owner: owner + [local]) else {
            throw node.error(
                .unsupported, "an attribute without a type (xs:anySimpleType) is not compiled; give it one")
        }
        return AttributeDeclaration(
            name: QName(local, in: isQualified ? namespace : ""), type: type, place: node.place)
    }

    /// Reads an xs:attribute or xs:attributeGroup reference inside a type or group; nil for anything else.
    mutating func parseAttributeItem(_ node: MarkupNode, owner: [String]) throws(SchemaError) -> AttributeItem? {
        switch node.name.localName {
        case "attributeGroup":
            try node.allowOnly(attributes: ["ref"])
            return .group(try node.qualifiedName(try node.required("ref")), node.place)
        case "attribute":
            try node.allowOnly(attributes: ["name", "ref", "type", "use", "form"])
            guard let use = AttributeItem.Use(rawValue: node.attributes["use"] ?? "optional") else {
                throw node.error(.invalid, "use must be optional, required or prohibited; correct it")
            }
            if let reference = node.attributes["ref"] {
                try node.allowOnly(attributes: ["ref", "use"])
                return .reference(try node.qualifiedName(reference), use, node.place)
            }
            let isQualified = try Self.isQualified(node, "form") ?? qualifiesAttributes
            return .local(try parseAttribute(node, isQualified: isQualified, owner: owner), use)
        case "anyAttribute":
            throw node.error(
                .unsupported, "attribute wildcards are not compiled; list the attributes or extend the planner")
        default:
            return nil
        }
    }

    private mutating func addAttributeGroup(_ node: MarkupNode) throws(SchemaError) {
        try node.allowOnly(attributes: ["name"])
        let local = try node.required("name")
        var items: [AttributeItem] = []
        for child in try node.schemaChildren() {
            guard let item = try parseAttributeItem(child, owner: [local]) else {
                throw child.error(.invalid, "only attributes may stand in an attribute group; move it")
            }
            items.append(item)
        }
        let definition = AttributeGroupDefinition(items: items, place: node.place)
        if let other = model.attributeGroups.updateValue(definition, forKey: QName(local, in: namespace)) {
            throw node.error(.invalid, "the attribute group is also declared at \(other.place); remove one")
        }
    }

    private mutating func addGroup(_ node: MarkupNode) throws(SchemaError) {
        try node.allowOnly(attributes: ["name"])
        let local = try node.required("name")
        let children = try node.schemaChildren()
        guard children.count == 1, let particle = try parseModelGroup(children[0], owner: [local]) else {
            throw node.error(.invalid, "a group holds exactly one xs:sequence or xs:choice; correct it")
        }
        let definition = GroupDefinition(particle: particle, place: node.place)
        if let other = model.groups.updateValue(definition, forKey: QName(local, in: namespace)) {
            throw node.error(.invalid, "the group is also declared at \(other.place); remove one")
        }
    }
}

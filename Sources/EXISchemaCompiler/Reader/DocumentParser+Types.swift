extension DocumentParser {
    // MARK: Complex types

    /// - Returns: The index of the type in the model.
    mutating func parseComplexType(_ node: MarkupNode, owner: [String]) throws(SchemaError) -> Int {
        let isGlobal = owner.isEmpty
        try node.allowOnly(attributes: isGlobal ? ["name", "abstract", "mixed"] : ["mixed"])
        let name = isGlobal ? QName(try node.required("name"), in: namespace) : nil
        let path = name.map { [$0.localName] } ?? owner
        let index = model.complexTypes.count
        // The place in the list is taken before the anonymous types inside, so that the order is that of the document.
        model.complexTypes.append(
            ComplexTypeDefinition(
                name: name, owner: isGlobal ? [] : owner, namespace: namespace,
                isAbstract: try node.boolean("abstract", default: false),
                isMixed: try node.boolean("mixed", default: false), derivation: .original(nil), attributes: [],
                place: node.place))
        if let name {
            try add(name, .complex(index), node)
        }

        let children = try node.schemaChildren()
        if let first = children.first, ["simpleContent", "complexContent"].contains(first.name.localName) {
            guard children.count == 1 else {
                throw children[1].error(.invalid, "nothing may follow \(first.label) in a complex type; move it inside")
            }
            try parseDerivation(first, into: index, path: path)
        } else {
            let (particle, attributes) = try parseContent(children, path: path)
            model.complexTypes[index].derivation = .original(particle)
            model.complexTypes[index].attributes = attributes
        }
        return index
    }

    private mutating func parseDerivation(
        _ content: MarkupNode, into index: Int, path: [String]
    ) throws(SchemaError) {
        let isComplex = content.name.localName == "complexContent"
        try content.allowOnly(attributes: isComplex ? ["mixed"] : [])
        let children = try content.schemaChildren()
        guard children.count == 1, let step = children.first else {
            throw content.error(.invalid, "it must hold exactly one xs:extension or xs:restriction; correct it")
        }
        guard step.name.localName == "extension" else {
            throw step.error(
                .unsupported, "only xs:extension is compiled inside \(content.label); extend the schema reader")
        }
        try step.allowOnly(attributes: ["base"])
        let base = try step.qualifiedName(try step.required("base"))
        let (particle, attributes) = try parseContent(try step.schemaChildren(), path: path)
        if isComplex {
            let mixed = try content.boolean("mixed", default: model.complexTypes[index].isMixed)
            model.complexTypes[index].isMixed = mixed
            model.complexTypes[index].derivation = .extending(base, particle)
        } else {
            if particle != nil {
                throw step.error(.invalid, "simple content holds no elements; use xs:complexContent")
            }
            model.complexTypes[index].derivation = .extendingSimple(base)
        }
        model.complexTypes[index].attributes = attributes
    }

    /// An optional model group, then attributes.
    private mutating func parseContent(
        _ nodes: [MarkupNode], path: [String]
    ) throws(SchemaError) -> (Particle?, [AttributeItem]) {
        var particle: Particle?
        var attributes: [AttributeItem] = []
        for (position, node) in nodes.enumerated() {
            if let item = try parseAttributeItem(node, owner: path) {
                attributes.append(item)
            } else if position == 0, let group = try parseModelGroup(node, owner: path) {
                particle = group
            } else {
                throw node.error(.unsupported, "this is not compiled here; remove it or extend the schema reader")
            }
        }
        return (particle, attributes)
    }

    // MARK: Particles

    /// Reads a sequence, choice or group reference; nil for anything else.
    mutating func parseModelGroup(_ node: MarkupNode, owner: [String]) throws(SchemaError) -> Particle? {
        switch node.name.localName {
        case "sequence", "choice":
            try node.allowOnly(attributes: ["minOccurs", "maxOccurs"])
            let occurs = try node.occurs()
            var particles: [Particle] = []
            for child in try node.schemaChildren() {
                particles.append(try parseParticle(child, owner: owner))
            }
            return node.name.localName == "sequence"
                ? .sequence(particles, occurs) : .choice(particles, occurs, node.place)
        case "group":
            try node.allowOnly(attributes: ["ref", "minOccurs", "maxOccurs"])
            return .groupReference(try node.qualifiedName(try node.required("ref")), try node.occurs(), node.place)
        case "all":
            throw node.error(
                .unsupported, "elements in any order are not compiled; use xs:sequence or extend the planner")
        default:
            return nil
        }
    }

    private mutating func parseParticle(_ node: MarkupNode, owner: [String]) throws(SchemaError) -> Particle {
        switch node.name.localName {
        case "element":
            let occurs = try node.occurs()
            if let reference = node.attributes["ref"] {
                try node.allowOnly(attributes: ["ref", "minOccurs", "maxOccurs"])
                guard try node.schemaChildren().isEmpty else {
                    throw node.error(.invalid, "a reference has no content of its own; remove it")
                }
                return .elementReference(try node.qualifiedName(reference), occurs, node.place)
            }
            try node.allowOnly(attributes: ["name", "type", "form", "nillable", "minOccurs", "maxOccurs"])
            let isQualified = try Self.isQualified(node, "form") ?? qualifiesElements
            return .element(try parseElement(node, isQualified: isQualified, owner: owner), occurs)
        case "any":
            // processContents bears on validation only: EXI's grammars do not depend on it.
            try node.allowOnly(attributes: ["namespace", "processContents", "minOccurs", "maxOccurs"])
            return .wildcard(parseWildcard(node), try node.occurs())
        default:
            if let group = try parseModelGroup(node, owner: owner) {
                return group
            }
            throw node.error(.unsupported, "this particle is not compiled; remove it or extend the schema reader")
        }
    }

    private func parseWildcard(_ node: MarkupNode) -> WildcardPlan {
        switch node.attributes["namespace"] {
        case nil, "##any": return .any
        case "##other": return .other(than: namespace)
        case let list?:
            let names = list.split(whereSeparator: \.isWhitespace).map { name in
                switch name {
                case "##targetNamespace": namespace
                case "##local": ""
                default: String(name)
                }
            }
            return .namespaces(names)
        }
    }

    // MARK: Simple types

    /// - Returns: The index of the type in the model.
    mutating func parseSimpleType(_ node: MarkupNode, owner: [String]) throws(SchemaError) -> Int {
        let isGlobal = owner.isEmpty
        try node.allowOnly(attributes: isGlobal ? ["name"] : [])
        let name = isGlobal ? QName(try node.required("name"), in: namespace) : nil
        let children = try node.schemaChildren()
        guard children.count == 1, let step = children.first else {
            throw node.error(.invalid, "a simple type holds exactly one xs:restriction; correct it")
        }
        guard step.name.localName == "restriction" else {
            throw step.error(
                .unsupported, "lists and unions are not compiled; use xs:restriction or extend the planner")
        }
        try step.allowOnly(attributes: ["base"])
        var base: TypeReference?
        if let baseName = step.attributes["base"] {
            base = .named(try step.qualifiedName(baseName))
        }
        var facets = Facets()
        for child in try step.schemaChildren() {
            if child.name.localName == "simpleType" && base == nil {
                let path = name.map { [$0.localName] } ?? owner
                base = .anonymous(.simple(try parseSimpleType(child, owner: path)))
            } else {
                try parseFacet(child, into: &facets)
            }
        }
        guard let base else {
            throw step.error(.invalid, "a restriction needs a base; add one")
        }
        let index = model.simpleTypes.count
        model.simpleTypes.append(
            SimpleTypeDefinition(
                name: name, owner: isGlobal ? [] : owner, base: base, facets: facets, place: node.place))
        if let name {
            try add(name, .simple(index), node)
        }
        return index
    }

    private func parseFacet(_ node: MarkupNode, into facets: inout Facets) throws(SchemaError) {
        try node.allowOnly(attributes: ["value"])
        guard let value = node.attributes["value"] else {
            throw node.error(.invalid, "a facet needs a value; add one")
        }
        guard try node.schemaChildren().isEmpty else {
            throw node.error(.invalid, "a facet has no content; remove it")
        }
        switch node.name.localName {
        case "enumeration":
            guard !facets.enumeration.contains(value) else {
                throw node.error(.invalid, "the value is listed twice; remove one")
            }
            facets.enumeration.append(value)
        case "length": facets.length = try node.count("value")
        case "minLength": facets.minLength = try node.count("value")
        case "maxLength": facets.maxLength = try node.count("value")
        case "minInclusive": facets.minInclusive = try bound(value, node)
        case "maxInclusive": facets.maxInclusive = try bound(value, node)
        case "minExclusive": facets.minInclusive = try bound(value, node) + 1
        case "maxExclusive": facets.maxInclusive = try bound(value, node) - 1
        case "whiteSpace":
            break  // How a processor normalizes text; EXI's mapping does not depend on it.
        case "pattern":
            throw node.error(
                .unsupported,
                "a pattern restricts the characters of strings and changes their coding (EXI 7.1.10.1), which is not "
                    + "compiled; remove it or extend the planner")
        default:
            throw node.error(.unsupported, "this facet is not compiled; remove it or extend the schema reader")
        }
    }

    /// Bounds are kept as 128-bit integers; only integer types take them.
    private func bound(_ text: String, _ node: MarkupNode) throws(SchemaError) -> Int128 {
        guard let value = Int128(text), value.magnitude < 1 << 100 else {
            throw node.error(
                .unsupported, "the bound is not an integer below 2^100 in size; bounds of other types are not compiled")
        }
        return value
    }

    private mutating func add(_ name: QName, _ index: TypeIndex, _ node: MarkupNode) throws(SchemaError) {
        guard model.namedTypes.updateValue(index, forKey: name) == nil else {
            throw node.error(.invalid, "a type of this name is declared twice; remove one")
        }
    }
}

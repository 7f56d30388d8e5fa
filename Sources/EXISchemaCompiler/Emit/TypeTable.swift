/// Which Swift name each type of a schema set has, and in which module it stands.
struct TypeTable {
    let plan: GrammarPlan
    let module: MessageModule

    init(_ plan: GrammarPlan, module: MessageModule) {
        self.plan = plan
        self.module = module
    }

    /// The enumeration that stands for the namespace, with a dot, unless it is the one of `home`, the module whose
    /// enumeration is in scope.
    func prefix(of namespace: String, in home: MessageModule?) -> String {
        let owner = MessageModule.owner(of: namespace, in: module)
        return owner == home ? "" : owner.swiftNamespace + "."
    }

    /// The expression for a namespace as seen from `home`.
    func namespace(_ namespace: String, in home: MessageModule?) -> String {
        if namespace.isEmpty { return "\"\"" }
        return prefix(of: namespace, in: home) + "Namespace." + Self.constant(of: namespace)
    }

    /// The name of a namespace's constant: `msgBody` for `urn:iso:15118:2:2013:MsgBody`.
    static func constant(of namespace: String) -> String {
        if namespace == MessageModule.xmlDSigNamespace { return "xmlDSig" }
        return SwiftNames.property(String(namespace.split(separator: ":").last ?? "none"))
    }

    /// The Swift name of a complex type as seen from `home`.
    func name(ofComplex index: Int, in home: MessageModule?) throws(EmitError) -> String {
        let name = name(of: plan.complexTypes[index])
        return prefix(of: name.namespace, in: home) + SwiftNames.type(name.localName)
    }

    /// The name of a complex type; one without a name takes that of the elements around it.
    func name(of type: ComplexTypePlan) -> QName {
        if let name = type.name { return name }
        let namespace = plan.sources.first { $0.file == type.sourceSchema }?.namespace ?? ""
        let words = type.owner.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return QName(words.joined(), in: namespace)
    }

    /// Whether a complex type that can occur has that Swift name.
    func hasConcreteType(named name: String) -> Bool {
        plan.complexTypes.contains { !$0.isAbstract && SwiftNames.type(self.name(of: $0).localName) == name }
    }

    /// The Swift name of any type as seen from `home`.
    func name(of type: TypePlanRef, in home: MessageModule?) throws(EmitError) -> String {
        switch type {
        case .simple(let simple): return try self.simple(simple, in: home).name
        case .complex(let index): return try name(ofComplex: index, in: home)
        }
    }

    /// The expression for the field key of an element as seen from `home`.
    func key(of element: QName, in home: MessageModule?) -> String {
        "FieldKey(\"\(element.localName)\", in: \(namespace(element.namespace, in: home)))"
    }

    /// Whether an element can occur: neither it nor its type is abstract.
    func isConcrete(_ member: ElementUse.Member) -> Bool {
        guard case .complex(let index) = member.type else { return !member.isAbstract }
        return !member.isAbstract && !plan.complexTypes[index].isAbstract
    }

    /// The Swift type of a simple type as seen from `home`.
    func simple(_ type: SimpleTypePlan, in home: MessageModule?) throws(EmitError) -> SwiftType {
        let alias = alias(of: type, in: home)
        let swift = try SwiftType(type.shape, enumeration: alias)
        return alias.map { swift.named($0) } ?? swift
    }

    /// The name that the schema gives a simple type, as a Swift name; nothing for built-in types.
    func alias(of type: SimpleTypePlan, in home: MessageModule?) -> String? {
        if let name = type.name {
            guard name.namespace != "http://www.w3.org/2001/XMLSchema" else { return nil }
            return prefix(of: name.namespace, in: home) + SwiftNames.type(name.localName)
        }
        guard case .enumeration = type.shape else { return nil }
        return type.owner.map(SwiftNames.type).joined()
    }
}

extension SwiftType {
    /// The same type under the name of its alias.
    func named(_ alias: String) -> SwiftType {
        SwiftType(name: alias, fixedWidth: fixedWidth, shape: shape)
    }

    init(name: String, fixedWidth: Int?, shape: SimpleShape) {
        self.name = name
        self.fixedWidth = fixedWidth
        self.shape = shape
    }
}

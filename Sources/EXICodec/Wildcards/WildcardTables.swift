import SchemaTypes

/// A qualified name by its places in the tables of a stream.
struct QualifiedName: Hashable {
    /// Index in the URI partition.
    let namespace: Int
    /// Index in the local-name partition of that URI.
    let localName: Int
}

/// What a stream keeps for wildcards: its tables of names, which start with those of the schema set and grow (EXI 1.0,
/// 7.3.1, 7.3.2), the built-in grammars, and the depth. Made when the first wildcard occurs.
@usableFromInline
final class WildcardTables {
    /// The `xsi` and `xsd` entries of every URI partition (appendix D.1).
    static let typeAttribute = EXIName("type", in: "http://www.w3.org/2001/XMLSchema-instance")
    static let anyType = EXIName("anyType", in: "http://www.w3.org/2001/XMLSchema")

    private struct LocalName: Hashable {
        let namespace: Int
        let string: ExactString
    }

    let context: EXIContext
    private var namespaces: [String]
    private var localNames: [[String]]
    private var addedNamespaces: [ExactString: Int] = [:]
    private var addedLocalNames: [LocalName: Int] = [:]
    private var grammars: [QualifiedName: BuiltInGrammar] = [:]
    /// Levels of elements within wildcards, at the moment.
    var depth = 0
    /// How unknown elements are written; nothing while none was read.
    var form: WildcardForm?

    init(_ context: EXIContext, form: WildcardForm? = nil) {
        self.context = context
        self.form = form
        namespaces = context.namespaces
        localNames = context.localNames
    }

    @usableFromInline
    static func form(of tables: WildcardTables?) -> WildcardForm? { tables?.form }

    var namespaceCount: Int { namespaces.count }

    func hasNamespace(_ index: Int) -> Bool { namespaces.indices.contains(index) }

    func localNameCount(_ namespace: Int) -> Int {
        localNames.indices.contains(namespace) ? localNames[namespace].count : 0
    }

    /// The name at a place that was looked up or added here.
    func name(_ name: QualifiedName) -> EXIName {
        guard namespaces.indices.contains(name.namespace), localNames.indices.contains(name.namespace),
            localNames[name.namespace].indices.contains(name.localName)
        else { return EXIName("", in: "") }
        return EXIName(localNames[name.namespace][name.localName], in: namespaces[name.namespace])
    }

    /// The local name, when the tables of the schema set have the name.
    func declaredLocalName(_ name: QualifiedName) -> String? {
        guard context.localNames.indices.contains(name.namespace),
            context.localNames[name.namespace].indices.contains(name.localName)
        else { return nil }
        return context.localNames[name.namespace][name.localName]
    }

    func index(ofNamespace namespace: String) -> Int? {
        // A set has a handful of them.
        let known = context.namespaces.firstIndex { $0.utf8.elementsEqual(namespace.utf8) }
        return known ?? addedNamespaces[ExactString(namespace)]
    }

    func index(of localName: String, in namespace: Int) -> Int? {
        if context.localNames.indices.contains(namespace),
            let known = EXIContext.index(
                of: ExactString(localName), in: context.localNames[namespace], as: ExactString.init)
        {
            return known
        }
        return addedLocalNames[LocalName(namespace: namespace, string: ExactString(localName))]
    }

    /// Adds a namespace that is not there.
    func add(namespace: String) -> Int {
        namespaces.append(namespace)
        localNames.append([])
        addedNamespaces[ExactString(namespace)] = namespaces.count - 1
        return namespaces.count - 1
    }

    /// Adds a local name that is not there.
    func add(_ localName: String, to namespace: Int) -> Int {
        guard localNames.indices.contains(namespace) else { return 0 }
        localNames[namespace].append(localName)
        let index = localNames[namespace].count - 1
        addedLocalNames[LocalName(namespace: namespace, string: ExactString(localName))] = index
        return index
    }

    /// The built-in grammar of elements of that name.
    subscript(name: QualifiedName) -> BuiltInGrammar {
        get { grammars[name] ?? BuiltInGrammar() }
        _modify { yield &grammars[name, default: BuiltInGrammar()] }
    }
}

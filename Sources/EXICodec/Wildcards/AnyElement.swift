public import SchemaTypes

/// An element that matches a wildcard of the schema (`xs:any`), such as a parameter of a transform.
public struct AnyElement: Hashable, Sendable {
    /// Most levels of elements within wildcards that are ever read or written.
    public static let deepest = 64

    /// The kinds of elements.
    public enum Content: Sendable {
        /// A global element of the schema set, with its own type.
        case known(any EXIElement)
        /// Any other.
        case unknown(UnknownElement)
    }

    /// What it is.
    public let content: Content
    /// Its name.
    public let name: EXIName

    /// A global element of a schema set, or ``SchemaViolation`` for an element that is not global.
    public init(_ element: some EXIElement) throws(SchemaViolation) {
        let names = type(of: element).context.globalElements
        guard let code = element.documentCode, names.indices.contains(code) else {
            throw SchemaViolation("only a global element of the schema set can stand for a wildcard; this one is local")
        }
        content = .known(element)
        name = names[code]
    }

    /// An element that the schema set does not declare.
    public init(_ element: UnknownElement) {
        content = .unknown(element)
        name = element.name
    }

    /// A global element from a codec, which knows its name.
    init(known element: any EXIElement, _ name: EXIName) {
        content = .known(element)
        self.name = name
    }

    var depth: Int {
        switch content {
        case .known: 1
        case .unknown(let element): element.depth
        }
    }

    /// Throws ``SchemaViolation`` when the element cannot stand for a wildcard of a set: of an excluded namespace, of
    /// another set, or said to be unknown although the set declares it.
    package func validate(in context: EXIContext, _ namespaces: WildcardNamespaces) throws(SchemaViolation) {
        guard namespaces.allows(name.namespace) else {
            throw SchemaViolation("an element of that namespace cannot stand for the wildcard; see the schema")
        }
        try validate(in: context)
    }

    private func validate(in context: EXIContext) throws(SchemaViolation) {
        switch content {
        case .known(let element):
            guard type(of: element).context === context else {
                throw SchemaViolation("an element of another schema set cannot stand for a wildcard; convert it first")
            }
        case .unknown(let element):
            guard context.documentCode(of: name) == nil else {
                throw SchemaViolation("the schema set declares an element of that name; give it with its type")
            }
            for case .element(let child) in element.children { try child.validate(in: context) }
        }
    }

    public static func == (left: AnyElement, right: AnyElement) -> Bool {
        switch (left.content, right.content) {
        case (.known(let left), .known(let right)): AnyHashable(left) == AnyHashable(right)
        case (.unknown(let left), .unknown(let right)): left == right
        case (.known, .unknown), (.unknown, .known): false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch content {
        case .known(let element): hasher.combine(AnyHashable(element))
        case .unknown(let element): hasher.combine(element)
        }
    }
}

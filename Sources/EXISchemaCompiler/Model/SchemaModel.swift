/// The declarations of a schema set as they are written: references are names, nothing is inherited yet.
///
/// The result of the first step of the compiler. Local declarations hang in the types that hold them; anonymous types
/// stand in the same lists as the named ones and are referred to by index.
package struct SchemaModel: Sendable {
    package var documents: [SchemaDocument] = []
    package var elements: [QName: ElementDeclaration] = [:]
    package var attributes: [QName: AttributeDeclaration] = [:]
    package var groups: [QName: GroupDefinition] = [:]
    package var attributeGroups: [QName: AttributeGroupDefinition] = [:]
    /// In the order in which they are met, file by file.
    package var simpleTypes: [SimpleTypeDefinition] = []
    /// In the order in which they are met, file by file.
    package var complexTypes: [ComplexTypeDefinition] = []
    /// The named ones among `simpleTypes` and `complexTypes`: XSD keeps both in one symbol space.
    package var namedTypes: [QName: TypeIndex] = [:]
}

package struct SchemaDocument: Hashable, Sendable {
    /// File name without folders.
    package var file: String
    /// Of the bytes of the file, in lowercase hex.
    package var sha256: String
    /// The target namespace; "" is none.
    package var namespace: String
}

package enum TypeIndex: Hashable, Sendable {
    case simple(Int)
    case complex(Int)
}

package enum TypeReference: Hashable, Sendable {
    case named(QName)
    case anonymous(TypeIndex)
}

package struct ElementDeclaration: Hashable, Sendable {
    package var name: QName
    /// Nil when the schema gives none: then that of the head of the substitution group.
    package var type: TypeReference?
    package var isAbstract: Bool
    package var substitutionHead: QName?
    package var place: SourcePlace
}

package struct AttributeDeclaration: Hashable, Sendable {
    package var name: QName
    package var type: TypeReference
    package var place: SourcePlace
}

/// What stands among the attributes of a complex type or an attribute group.
package enum AttributeItem: Hashable, Sendable {
    package enum Use: String, Hashable, Sendable { case optional, required, prohibited }

    case local(AttributeDeclaration, Use)
    case reference(QName, Use, SourcePlace)
    case group(QName, SourcePlace)
}

package struct GroupDefinition: Hashable, Sendable {
    package var particle: Particle
    package var place: SourcePlace
}

package struct AttributeGroupDefinition: Hashable, Sendable {
    package var items: [AttributeItem]
    package var place: SourcePlace
}

package indirect enum Particle: Hashable, Sendable {
    case element(ElementDeclaration, Occurs)
    case elementReference(QName, Occurs, SourcePlace)
    case wildcard(WildcardPlan, Occurs)
    case sequence([Particle], Occurs)
    case choice([Particle], Occurs, SourcePlace)
    case groupReference(QName, Occurs, SourcePlace)
}

package struct ComplexTypeDefinition: Hashable, Sendable {
    package enum Derivation: Hashable, Sendable {
        /// No base, element content. Nil is empty content.
        case original(Particle?)
        /// complexContent/extension.
        case extending(QName, Particle?)
        /// simpleContent/extension.
        case extendingSimple(QName)
    }

    package var name: QName?
    package var owner: [String]
    package var namespace: String
    package var isAbstract: Bool
    package var isMixed: Bool
    package var derivation: Derivation
    package var attributes: [AttributeItem]
    package var place: SourcePlace
}

package struct SimpleTypeDefinition: Hashable, Sendable {
    package var name: QName?
    package var owner: [String]
    package var base: TypeReference
    package var facets: Facets
    package var place: SourcePlace
}

/// The facets of one restriction step, as they are written.
package struct Facets: Hashable, Sendable {
    package var enumeration: [String] = []
    package var length: Int?
    package var minLength: Int?
    package var maxLength: Int?
    package var minInclusive: Int128?
    package var maxInclusive: Int128?

    package var hasLength: Bool { length != nil || minLength != nil || maxLength != nil }
    package var hasRange: Bool { minInclusive != nil || maxInclusive != nil }
}

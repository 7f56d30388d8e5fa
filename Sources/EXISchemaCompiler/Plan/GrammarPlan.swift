/// All that an emitter needs to know of a schema set: the result of the second step of the compiler.
package struct GrammarPlan: Sendable {
    /// The name on the command line: sap din iso2 iso20-common iso20-ac iso20-dc iso20-acdp iso20-wpt xmldsig.
    package var set: String
    /// In the order in which they were read, the main file first.
    package var sources: [(file: String, sha256: String, namespace: String)]
    /// The uri partition (EXI 1.0 appendix D.1): "", xml, xsi, xsd, then the namespaces of the set, sorted.
    package var namespaces: [String]
    /// The local-name partition of each entry of `namespaces` (appendix D.3), sorted; xml, xsi and xsd as the standard
    /// fills them.
    package var localNames: [[String]]
    /// By namespace, then schema order: file by file, each type before the anonymous types inside it. Abstract types and
    /// types that no element uses are included.
    package var complexTypes: [ComplexTypePlan]
    /// Document grammar order (8.5.1): sorted by local name, then namespace. Abstract ones are included (they take a
    /// code).
    package var globalElements: [GlobalElementPlan]
    /// Fragment grammar order (8.5.2): sorted by local name, then namespace.
    package var fragmentElements: [FragmentElementPlan]
    /// Every attribute name of the set, sorted by local name, then namespace: the attributes of the relaxed element
    /// fragment grammar (8.5.3). That grammar is needed for each fragment element without a type.
    package var fragmentAttributes: [FragmentAttributePlan]
}

/// A global element: an entry of the document grammar.
package struct GlobalElementPlan: Hashable, Sendable {
    package var name: QName
    package var type: TypePlanRef
    package var isAbstract: Bool
}

/// An entry of the fragment grammar: every element name of the set has one.
package struct FragmentElementPlan: Hashable, Sendable {
    package var name: QName
    /// Nil when declarations of that name have different types; then the relaxed element fragment grammar (8.5.3) applies.
    package var type: TypePlanRef?
}

/// An attribute of the relaxed element fragment grammar (8.5.3).
package struct FragmentAttributePlan: Hashable, Sendable {
    package var name: QName
    /// Nil when declarations of that name have different types; then the value is an untyped string.
    package var type: SimpleTypePlan?
}

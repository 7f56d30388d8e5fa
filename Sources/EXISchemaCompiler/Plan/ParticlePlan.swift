/// A content model as the schema writes it, with groups resolved and substitution groups spread out.
package indirect enum ParticlePlan: Hashable, Sendable {
    case element(ElementUse, Occurs)
    case wildcard(WildcardPlan, Occurs)
    case sequence([ParticlePlan], Occurs)
    case choice([ParticlePlan], Occurs)
}

/// One element use in a content model.
package struct ElementUse: Hashable, Sendable {
    /// What may stand at the place of the declared element.
    package struct Member: Hashable, Sendable {
        package var name: QName
        package var type: TypePlanRef
        package var isAbstract: Bool
    }

    package var declared: QName
    /// The substitution group (EXI 1.0 8.5.4.1.6), sorted by name; abstract members are included, since they take an
    /// event code. A single entry for an element outside substitution groups.
    package var members: [Member]
}

/// The namespaces that an xs:any admits (EXI 1.0 8.5.4.1.7).
package enum WildcardPlan: Hashable, Sendable {
    /// `##any`.
    case any
    /// A list; "" is no namespace (`##local`).
    case namespaces([String])
    /// `##other`: any namespace but this and none.
    case other(than: String)
}

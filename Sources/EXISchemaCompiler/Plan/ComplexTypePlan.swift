/// A complex type, complete: what it inherits is already part of `attributes` and `content`.
package struct ComplexTypePlan: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case empty
        case simple(SimpleTypePlan)
        case elements(ParticlePlan, isMixed: Bool)
    }

    /// Nil for an anonymous type.
    package var name: QName?
    /// Of an anonymous type: the path of element names to it. Empty for a named one.
    package var owner: [String]
    /// File name of the XSD that declares it.
    package var sourceSchema: String
    package var isAbstract: Bool
    /// What it extends or restricts, for documentation only.
    package var base: QName?
    /// Sorted by local name, then namespace (EXI 1.0 8.5.4.1.3.2).
    package var attributes: [AttributePlan]
    package var content: Content
    /// Of `content` when it is `.elements`; else a trivial one: only `end`, or `characters` then `end`.
    package var automaton: ContentAutomaton
}

package struct AttributePlan: Hashable, Sendable {
    package var name: QName
    package var type: SimpleTypePlan
    package var isRequired: Bool
}

/// One position of a content model, and the property that holds it.
struct Slot {
    enum Kind: Hashable {
        case attribute(SimpleTypePlan)
        case element(TypePlanRef)
        /// Several elements of which one occurs: a substitution group or a choice.
        case alternatives([ElementUse.Member], enumeration: String)
        /// The text of an element with attributes.
        case text(SimpleTypePlan)
    }

    let kind: Kind
    let name: QName
    let property: String
    let minimum: Int
    let maximum: Int?

    /// Event codes that the slot takes.
    var productions: Int {
        if case .alternatives(let members, _) = kind { return members.count }
        return 1
    }

    var isList: Bool { maximum != 1 }
    var isOptional: Bool { minimum == 0 && !isList }

    /// The productions, for messages.
    var label: String {
        switch kind {
        case .attribute: "AT(\(name.localName))"
        case .element: "SE(\(name.localName))"
        case .alternatives(let members, _): members.map { "SE(\($0.name.localName))" }.joined(separator: ", ")
        case .text: "CH(\(name.localName))"
        }
    }
}

/// A step of a content grammar: one occurrence of a slot, or the occurrences of a list beyond those that must come.
struct Step {
    let slot: Slot
    /// May be left out.
    let isOptional: Bool
    /// May come again, until the slot's list is full.
    let repeats: Bool

    static func steps(of slots: [Slot]) -> [Step] {
        slots.flatMap { slot -> [Step] in
            guard slot.isList else { return [Step(slot: slot, isOptional: slot.minimum == 0, repeats: false)] }
            let required = (0..<slot.minimum).map { _ in Step(slot: slot, isOptional: false, repeats: false) }
            if slot.maximum == slot.minimum { return required }
            return required + [Step(slot: slot, isOptional: true, repeats: true)]
        }
    }
}

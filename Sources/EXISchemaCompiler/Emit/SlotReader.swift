/// Turns a complex type into slots, where its content is a sequence of elements, choices and substitution groups.
struct SlotReader {
    let types: TypeTable

    /// Names of choices that their members do not tell: by complex type, the enumeration.
    static let choiceNames = [
        "ParameterType": "ParameterValue", "ChargingScheduleType": "PriceSchedule",
        "Dynamic_SEResControlModeType": "PriceSchedule", "WPT_LF_DataPackageType": "LFData",
    ]

    /// The slots, or nothing when the content has mixed text, wildcards or nested groups.
    func slots(of type: ComplexTypePlan) -> [Slot]? {
        var slots = Self.attributes(of: type)
        switch type.content {
        case .empty: return slots
        case .simple(let simple):
            let name = QName(type.name?.localName ?? "value", in: "")
            return slots + [Slot(kind: .text(simple), name: name, property: "value", minimum: 1, maximum: 1)]
        case .elements(let particle, let isMixed):
            guard !isMixed, let content = self.slots(of: particle, in: type) else { return nil }
            slots += content
            return slots
        }
    }

    /// The attributes of a type, in the order of their event codes.
    static func attributes(of type: ComplexTypePlan) -> [Slot] {
        type.attributes.map { attribute in
            Slot(
                kind: .attribute(attribute.type), name: attribute.name,
                property: SwiftNames.property(attribute.name.localName), minimum: attribute.isRequired ? 1 : 0,
                maximum: 1)
        }
    }

    private func slots(of particle: ParticlePlan, in type: ComplexTypePlan) -> [Slot]? {
        switch particle {
        case .sequence(let children, .once):
            var slots: [Slot] = []
            for child in children {
                guard let inner = self.slots(of: child, in: type) else { return nil }
                slots += inner
            }
            return slots
        case .element(let use, let occurs):
            let property = SwiftNames.property(use.declared.localName)
            if use.members.count == 1, let member = use.members.first, types.isConcrete(member) {
                return [
                    Slot(
                        kind: .element(member.type), name: member.name, property: property, minimum: occurs.minimum,
                        maximum: occurs.maximum)
                ]
            }
            guard occurs.maximum == 1 else { return nil }
            var enumeration = SwiftNames.type(use.declared.localName)
            // The head can be an element with a type of its own, which has the name already.
            if types.hasConcreteType(named: enumeration) { enumeration += "Variant" }
            return [
                Slot(
                    kind: .alternatives(use.members, enumeration: enumeration), name: use.declared, property: property,
                    minimum: occurs.minimum, maximum: 1)
            ]
        case .choice(let children, let occurs):
            guard occurs.maximum == 1 else { return nil }
            var members: [ElementUse.Member] = []
            for child in children {
                guard case .element(let use, .once) = child else { return nil }
                members += use.members
            }
            let name = Self.choiceNames[type.name?.localName ?? ""] ?? Self.commonName(members.map(\.name.localName))
            return [
                Slot(
                    kind: .alternatives(members, enumeration: name), name: QName(name, in: ""),
                    property: SwiftNames.property(name), minimum: occurs.minimum, maximum: 1)
            ]
        case .sequence, .wildcard: return nil
        }
    }

    /// What the names of a choice have in common at their end, from a word on.
    static func commonName(_ names: [String]) -> String {
        guard var common = names.first else { return "Choice" }
        for name in names.dropFirst() {
            while !name.hasSuffix(common) { common.removeFirst() }
        }
        let word = common.drop { !$0.isUppercase }
        return word.isEmpty ? "Choice" : SwiftNames.type(String(word))
    }
}

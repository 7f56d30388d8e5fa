/// How many octets values of the generated types take, about: what is large is kept apart, so that passing it on copies a
/// reference.
struct SizeEstimate {
    let types: TypeTable

    /// Above these, a value lies in memory of its own: an element of the whole set, an alternative within a message, and
    /// an optional part of a structure.
    static let largestElement = 96
    static let largestAlternative = 32
    static let largestOptional = 80

    /// An element's content.
    func size(of type: TypePlanRef) -> Int {
        switch type {
        case .simple(let simple): size(of: simple.shape)
        case .complex(let index): size(of: types.plan.complexTypes[index])
        }
    }

    /// A property.
    func size(of slot: Slot) -> Int {
        if slot.isList { return 8 }
        let value: Int
        switch slot.kind {
        case .attribute(let type), .text(let type): value = size(of: type.shape)
        case .element(let type): value = size(of: type)
        case .alternatives(let members, _):
            let inline = members.map { size(of: $0.type) }.filter { $0 <= Self.largestAlternative }
            value = (inline.max() ?? 8) + 1
        }
        if slot.isOptional, value > Self.largestOptional { return 8 }
        return slot.isOptional ? value + 1 : value
    }

    /// Whether a property is kept apart.
    func isBoxed(_ slot: Slot) -> Bool {
        guard slot.isOptional, case .element(let type) = slot.kind else { return false }
        return size(of: type) > Self.largestOptional
    }

    private func size(of type: ComplexTypePlan) -> Int {
        guard let slots = SlotReader(types: types).slots(of: type) else {
            return type.attributes.reduce(8) { $0 + size(of: $1.type.shape) }  // and the list of the content
        }
        return slots.reduce(0) { total, slot in
            let size = size(of: slot)
            let alignment = size >= 8 ? 8 : size > 2 ? 4 : 1
            return (total + alignment - 1) / alignment * alignment + size
        }
    }

    private func size(of shape: SimpleShape) -> Int {
        switch shape {
        case .string, .anyURI, .id, .idref: 16
        case .boolean, .enumeration: 1
        case .base64Binary: 8
        case .hexBinary(_, let maximum): maximum.map { $0 > 8 ? ($0 + 7) / 8 * 8 + 8 : 9 } ?? 8
        case .integer(let integer):
            switch integer.base {
            case .int8, .uint8: 1
            case .int16, .uint16: 2
            case .int32, .uint32: 4
            case .int64, .uint64: 8
            case .unbounded: 16
            }
        }
    }
}

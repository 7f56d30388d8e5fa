/// Finds what a simple type is on the wire: follows its bases down to a built-in type and applies the facets on the way.
struct SimpleTypeResolver {
    let model: SchemaModel

    /// - Parameter place: Where the reference stands, for messages.
    func plan(_ reference: TypeReference, at place: SourcePlace) throws(SchemaError) -> SimpleTypePlan {
        switch reference {
        case .named(let name):
            let shape = try shape(reference, at: place, depth: 0)
            return SimpleTypePlan(name: name, owner: [], shape: shape)
        case .anonymous(.simple(let index)):
            let shape = try shape(reference, at: place, depth: 0)
            return SimpleTypePlan(name: nil, owner: model.simpleTypes[index].owner, shape: shape)
        case .anonymous(.complex):
            throw SchemaError(
                reason: .invalid, place: place, construct: "type",
                detail: "a complex type stands where only a simple one may; use a simple type")
        }
    }

    /// - Parameter depth: Guards against types that are their own base.
    private func shape(
        _ reference: TypeReference, at place: SourcePlace, depth: Int
    ) throws(SchemaError) -> SimpleShape {
        let index: TypeIndex
        switch reference {
        case .anonymous(let inner):
            index = inner
        case .named(let name) where name.namespace == BuiltInTypes.namespace:
            guard let shape = BuiltInTypes.shape(name.localName) else {
                throw SchemaError(
                    reason: .unsupported, place: place, construct: "xs:\(name.localName)",
                    detail: "this built-in type has no mapping here yet; use another or extend BuiltInTypes")
            }
            return shape
        case .named(let name):
            guard let found = model.namedTypes[name] else {
                throw SchemaError(
                    reason: .unresolved, place: place, construct: "type \(name)",
                    detail: "no file of the set declares it; import its file or correct the name")
            }
            index = found
        }
        guard case .simple(let position) = index else {
            throw SchemaError(
                reason: .invalid, place: place, construct: "type",
                detail: "a complex type stands where only a simple one may; use a simple type")
        }
        guard depth <= model.simpleTypes.count else {
            throw SchemaError(
                reason: .invalid, place: place, construct: "type", detail: "it is its own base; break the circle")
        }
        let definition = model.simpleTypes[position]
        let base = try shape(definition.base, at: definition.place, depth: depth + 1)
        return try restrict(base, by: definition.facets, definition)
    }

    private func restrict(
        _ base: SimpleShape, by facets: Facets, _ definition: SimpleTypeDefinition
    ) throws(SchemaError) -> SimpleShape {
        if !facets.enumeration.isEmpty {
            return try enumerate(base, facets, definition)
        }
        switch base {
        case .string(let minimum, let maximum):
            try refuse(facets.hasRange, "bounds on a string", definition)
            let lengths = try lengths(facets, minimum, maximum, definition)
            return .string(minLength: lengths.minimum, maxLength: lengths.maximum)
        case .anyURI(let maximum):
            try refuse(facets.hasRange || facets.length != nil || facets.minLength != nil, "this facet", definition)
            return .anyURI(maxLength: try lengths(facets, 0, maximum, definition).maximum)
        case .base64Binary(let minimum, let maximum):
            try refuse(facets.hasRange, "bounds on a binary type", definition)
            let lengths = try lengths(facets, minimum, maximum, definition)
            return .base64Binary(minLength: lengths.minimum, maxLength: lengths.maximum)
        case .hexBinary(let minimum, let maximum):
            try refuse(facets.hasRange, "bounds on a binary type", definition)
            let lengths = try lengths(facets, minimum, maximum, definition)
            return .hexBinary(minLength: lengths.minimum, maxLength: lengths.maximum)
        case .integer(let shape):
            try refuse(facets.hasLength, "a length of an integer", definition)
            return .integer(try narrow(shape, facets, definition).shape)
        case .id, .idref, .boolean, .enumeration:
            try refuse(facets.hasRange || facets.hasLength, "this facet", definition)
            return base
        }
    }

    /// A list of values (EXI 1.0 7.2): an n-bit index in schema order.
    private func enumerate(
        _ base: SimpleShape, _ facets: Facets, _ definition: SimpleTypeDefinition
    ) throws(SchemaError) -> SimpleShape {
        switch base {
        case .string:
            break
        case .enumeration(let wider):
            if let stray = facets.enumeration.first(where: { !wider.contains($0) }) {
                throw error(.invalid, "\"\(stray)\" is not a value of its base; remove it", definition)
            }
        case .anyURI, .id, .idref, .boolean, .integer, .base64Binary, .hexBinary:
            try refuse(true, "an enumeration of a type other than a string", definition)
        }
        // The values are what is written; a length beside them cannot change the coding, and one that forbids a value
        // would make the index ambiguous between readers.
        try refuse(facets.hasRange || facets.hasLength, "another facet beside an enumeration", definition)
        return .enumeration(values: facets.enumeration)
    }

    private func lengths(
        _ facets: Facets, _ minimum: Int, _ maximum: Int?, _ definition: SimpleTypeDefinition
    ) throws(SchemaError) -> (minimum: Int, maximum: Int?) {
        let low = max(minimum, facets.length ?? facets.minLength ?? 0)
        let limits = [maximum, facets.length, facets.maxLength].compactMap(\.self)
        let high = limits.min()
        if let high, low > high {
            throw error(.invalid, "no length fits its facets (\(low) to \(high)); correct them", definition)
        }
        return (low, high)
    }

    private func narrow(
        _ shape: IntegerShape, _ facets: Facets, _ definition: SimpleTypeDefinition
    ) throws(SchemaError) -> IntegerRange {
        let lower = [Int128(shape.minimum), facets.minInclusive].compactMap(\.self).max()
        let upper = [Int128(shape.maximum), facets.maxInclusive].compactMap(\.self).min()
        if let lower, let upper, lower > upper {
            throw error(.invalid, "no value fits its bounds (\(lower) to \(upper)); correct them", definition)
        }
        return IntegerRange(shape.base, lower, upper)
    }

    private func refuse(
        _ condition: Bool, _ what: String, _ definition: SimpleTypeDefinition
    ) throws(SchemaError) {
        if condition {
            throw error(.unsupported, "\(what) is not compiled; remove it or extend the planner", definition)
        }
    }

    private func error(
        _ reason: SchemaError.Reason, _ detail: String, _ definition: SimpleTypeDefinition
    ) -> SchemaError {
        let name = definition.name?.localName ?? definition.owner.joined(separator: "/")
        return SchemaError(
            reason: reason, place: definition.place, construct: "xs:simpleType \"\(name)\"", detail: detail)
    }
}

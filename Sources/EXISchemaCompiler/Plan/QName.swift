/// A qualified name: what a schema declares and what EXI writes as an event.
///
/// `Comparable` in EXI's order (EXI 1.0 8.5.1, 8.5.2): local name first, then namespace, both by Unicode code points.
package struct QName: Hashable, Comparable, Sendable {
    package var localName: String
    /// The namespace URI; "" is no namespace.
    package var namespace: String

    package init(_ localName: String, in namespace: String) {
        self.localName = localName
        self.namespace = namespace
    }

    package static func < (left: QName, right: QName) -> Bool {
        if left.localName != right.localName {
            return left.localName.precedesByCodePoints(right.localName)
        }
        return left.namespace.precedesByCodePoints(right.namespace)
    }
}

extension QName: CustomStringConvertible {
    /// Clark notation: `{namespace}localName`, or the bare local name without a namespace.
    package var description: String {
        namespace.isEmpty ? localName : "{\(namespace)}\(localName)"
    }
}

/// How often a particle may occur. `maximum == nil` is unbounded.
package struct Occurs: Hashable, Sendable {
    package var minimum: Int
    package var maximum: Int?

    package init(_ minimum: Int, _ maximum: Int?) {
        self.minimum = minimum
        self.maximum = maximum
    }

    package static let once = Occurs(1, 1)
}

extension Occurs: CustomStringConvertible {
    package var description: String { "\(minimum)..\(maximum.map(String.init) ?? "unbounded")" }
}

extension String {
    /// Order by Unicode code points. Swift's own `<` compares canonical equivalents and is not what EXI asks for.
    func precedesByCodePoints(_ other: String) -> Bool {
        unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars)
    }
}

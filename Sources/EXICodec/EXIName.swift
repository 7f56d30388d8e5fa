import SchemaTypes

/// The qualified name of an element or attribute. Ordered as EXI orders productions: by local name, then by namespace.
@frozen
public struct EXIName: Hashable, Sendable {
    /// The name without prefix.
    public let localName: String
    /// The namespace; empty for none.
    public let namespace: String

    @inlinable
    public init(_ localName: String, in namespace: String) {
        self.localName = localName
        self.namespace = namespace
    }
}

extension EXIName: Comparable {
    public static func < (left: EXIName, right: EXIName) -> Bool {
        if left.localName.utf8.elementsEqual(right.localName.utf8) {
            return left.namespace.utf8.lexicographicallyPrecedes(right.namespace.utf8)
        }
        return left.localName.utf8.lexicographicallyPrecedes(right.localName.utf8)
    }

    /// Names are equal when their code points are: EXI knows no other equivalence of strings.
    public static func == (left: EXIName, right: EXIName) -> Bool {
        left.localName.utf8.elementsEqual(right.localName.utf8)
            && left.namespace.utf8.elementsEqual(right.namespace.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ExactString(localName))
        hasher.combine(ExactString(namespace))
    }
}

extension EXIName: CustomStringConvertible {
    /// `{namespace}localName`, or `localName` alone without a namespace.
    public var description: String { namespace.isEmpty ? localName : "{\(namespace)}\(localName)" }
}

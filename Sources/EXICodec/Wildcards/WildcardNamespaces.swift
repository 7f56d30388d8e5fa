/// The namespaces from which a wildcard takes elements (XML Schema part 1, 3.10.1).
///
/// EXI makes SE(*) of `##any` and of `##other` alike (8.5.4.1.6), so that the bytes do not keep a document to it.
package enum WildcardNamespaces: Sendable {
    /// `##any`.
    case any
    /// `##other`: any but this one, and not without a namespace.
    case other(than: String)
    /// A list; the empty string means no namespace.
    case listed([String])

    /// Whether an element of `namespace` may stand for the wildcard.
    package func allows(_ namespace: String) -> Bool {
        switch self {
        case .any: true
        case .other(let target): !namespace.isEmpty && namespace != target
        case .listed(let namespaces): namespaces.contains(namespace)
        }
    }
}

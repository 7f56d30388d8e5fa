/// Names of elements and attributes that no schema declares, which wildcards let in.
///
/// Text that has no namespaces of its own, such as JSON, carries that of the name: `{urn:x}Hint`, and `{}Hint` without a
/// namespace. An attribute has an `@` before it: `@{urn:x}level`, or `@level` without a namespace.
extension FieldKey {
    /// The name of an element or attribute of a wildcard.
    package init(wildcard localName: String, in namespace: String, role: Role) {
        let name =
            switch role {
            case .attribute: namespace.isEmpty ? "@\(localName)" : "@{\(namespace)}\(localName)"
            case .element, .content, .nodes: "{\(namespace)}\(localName)"
            }
        self.init(text: name, localName, in: namespace, role: role)
    }
}

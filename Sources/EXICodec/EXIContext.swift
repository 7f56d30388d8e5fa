/// What a schema set brings to documents beyond the types themselves: the tables of qualified names.
public final class EXIContext: Sendable {
    /// The URI partition in its order (EXI 1.0, appendix D.1).
    package let namespaces: [String]
    /// The local-name partition of each namespace (appendix D.3).
    package let localNames: [[String]]

    package init(namespaces: [String], localNames: [[String]]) {
        self.namespaces = namespaces
        self.localNames = localNames
    }
}

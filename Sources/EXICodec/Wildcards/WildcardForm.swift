/// How elements that no schema of the set declares are written. V2G messages of the field have none.
@frozen
public enum WildcardForm: UInt8, Hashable, Sendable {
    /// By the EXI Profile with no built-in grammars and productions to learn, the settings of ISO 15118: each such
    /// element says that its type is `xsd:anyType`, and has the grammar of that type.
    case anyType
    /// By EXI 1.0 alone (8.4.3): built-in element grammars, which learn from what they have seen.
    case learning
}

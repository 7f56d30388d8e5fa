/// The choices that EXI leaves to an encoder. The defaults are those of Canonical EXI and of EXIficient as Josev uses it.
@frozen
public struct EXIForm: Hashable, Sendable {
    /// How elements of wildcards that no schema declares are written.
    public var wildcards: WildcardForm
    /// How elements with empty text or octets are written.
    public var emptyContent: EmptyContent
    /// How fragments of names with several types are written.
    public var ambiguousFragments: AmbiguousFragments

    @inlinable
    public init(
        wildcards: WildcardForm = .anyType, emptyContent: EmptyContent = .end,
        ambiguousFragments: AmbiguousFragments = .elementFragment
    ) {
        self.wildcards = wildcards
        self.emptyContent = emptyContent
        self.ambiguousFragments = ambiguousFragments
    }
}

/// The grammar of a fragment whose element name is declared with several types. In -2 that is `eMAID`, which is signed
/// in CertificateInstallationRes and CertificateUpdateRes.
@frozen
public enum AmbiguousFragments: Hashable, Sendable {
    /// The schema-informed element fragment grammar (EXI 1.0, 8.5.3), as the standard has it and EXIficient does.
    case elementFragment
    /// The grammar of the type with attributes, as if it were the only one: what cbexigen (EVerest) generates.
    case typed
}

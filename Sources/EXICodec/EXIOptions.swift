/// What a decoder accepts beyond the settings of V2G, and its limits.
@frozen
public struct EXIOptions: Hashable, Sendable {
    /// Whether references to earlier strings are followed (EXI 1.0, 7.3.3). V2G encoders write literals only, but some
    /// peers leave the setting at its default. Such a document is read twice: the first attempt keeps no table.
    public var acceptsStringTableHits: Bool
    /// How deep elements may nest inside wildcards (`xs:any`), ``AnyElement/deepest`` at most. Nothing else in the
    /// schemas of V2G can nest without end.
    public var maximumDepth: Int
    /// How fragments of names with several types are read.
    public var ambiguousFragments: AmbiguousFragments

    /// Settings for peers of every kind.
    @inlinable
    public init(
        acceptsStringTableHits: Bool = true, maximumDepth: Int = 32,
        ambiguousFragments: AmbiguousFragments = .elementFragment
    ) {
        self.ambiguousFragments = ambiguousFragments
        self.acceptsStringTableHits = acceptsStringTableHits
        self.maximumDepth = maximumDepth
    }
}

/// What was unusual about bytes that were decoded all the same.
@frozen
public struct EXINotes: Hashable, Sendable {
    /// Number of zero octets after the end of the document. Some cars send one.
    public var trailingOctets = 0
    /// Whether the document refers to earlier strings, which V2G encoders must not do.
    public var usedStringTable = false
    /// How elements that no schema declares were written, if there were any. To write the same octets again, write in
    /// the same form.
    public var wildcardForm: WildcardForm?

    /// Nothing unusual.
    @inlinable
    public init() {}
}

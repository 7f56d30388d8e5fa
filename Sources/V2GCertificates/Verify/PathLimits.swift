/// Bounds on the work that a hostile set of certificates can cause.
public struct PathLimits: Sendable, Hashable {
    /// Most certificates between the leaf and the anchor. A V2G chain has two, and a link certificate in a rollover.
    public var maximumIntermediates = 4
    /// Most certificates that a peer's chain may hold, the leaf included.
    public var maximumChainLength = 16
    /// Most signatures of certificates checked for one verdict.
    public var maximumSignatureChecks = 64
    /// Most complete paths judged for one verdict.
    public var maximumPaths = 16

    public init() {}
}

public import V2GDER

/// Where the sources are uncertain or leave a choice. Every default is the safer side.
public struct ProfileSettings: Sendable, Hashable {
    /// The domain component of a station leaf in edition -20.
    public enum StationDomainComponent: String, Sendable, Hashable, CaseIterable, Codable {
        case cpo = "CPO"
        case cso = "CSO"
    }

    /// Written in -20 SECC leaves, and expected of them. Default `CPO`; one source reads Table B.5 as `CSO`.
    public var seccDomainComponentEdition20: StationDomainComponent = .cpo
    /// Longest validity of a SECC leaf, in days. Default 92: two to three months; commercial CAs issue a year.
    public var seccMaximumValidityDays = 92
    /// Whether certificates that are stapled or checked online must name an OCSP responder on issue. Default yes.
    public var requiresOCSPLocation = true
    /// Whether the certificate belongs to a private environment, where no OCSP responder exists ([V2G2-872]).
    public var isPrivateEnvironment = false
    /// What verification tolerates.
    public var tolerances: FieldTolerance = .standard
    /// Further critical extensions that the caller's path validation processes. Default none: what is critical and not
    /// understood is refused.
    public var processedCriticalExtensions: [ObjectIdentifier] = []

    public init() {}
}

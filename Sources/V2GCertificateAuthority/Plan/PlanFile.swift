public import V2GKeys

/// What an operator may say about a new PKI, all of it optional: the `--plan` file of `v2g pki init`.
///
/// Example (YAML):
/// ```yaml
/// organization: Example Energy
/// country: DE
/// algorithm: p256
/// ocsp_url: http://pki.example/ocsp
/// crl_url: http://pki.example/crl
/// vehicle_issuer: oem_sub2
/// authorities:
///   cpo_sub2: {common_name: Example CPO Sub-CA 2, validity_days: 700}
/// samples:
///   secc: {subject: DE*EXA*E0001}
/// validity_days: {secc: 60}
/// backend_hosts: [csms.example]
/// ```
public struct PlanFile: Sendable, Codable {
    /// What may be said of one authority.
    public struct Authority: Sendable, Codable {
        /// Subject CN, 1...64 characters.
        public var commonName: String?
        /// Days from its issue, 1...36,500.
        public var validityDays: Int?
        /// Another kind of key than the plan's.
        public var algorithm: KeyAlgorithm?

        public init() {}

        enum CodingKeys: String, CodingKey, CaseIterable {
            case commonName = "common_name"
            case validityDays = "validity_days"
            case algorithm
        }
    }

    /// What may be said of one sample leaf.
    public struct Sample: Sendable, Codable {
        public var subject: String?
        public var algorithm: KeyAlgorithm?

        public init() {}

        enum CodingKeys: String, CodingKey, CaseIterable {
            case subject, algorithm
        }
    }

    /// Subject O of everything, 1...64 characters.
    public var organization: String?
    /// Subject C, two letters.
    public var country: String?
    public var algorithm: KeyAlgorithm?
    /// Where certificates say the OCSP responder is.
    public var ocspURL: String?
    /// Where certificates say CRLs are: `/NAME.crl` is added.
    public var crlURL: String?
    /// The authority that issues vehicle leaves: `oem_sub2` (default), or `vehicle_sub2` for a branch of their own under
    /// the OEM root. Edition -2 has no vehicle leaves and passes over it.
    public var vehicleIssuer: String?
    /// By authority name, such as `cpo_sub1`.
    public var authorities: [String: Authority]?
    /// By leaf name: `secc contract oem cps vehicle`.
    public var samples: [String: Sample]?
    /// Days a leaf is valid, by role.
    public var validityDays: [String: Int]?
    /// Host names in the certificate of the EST server (default `localhost`).
    public var backendHosts: [String]?

    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case organization, country, algorithm
        case ocspURL = "ocsp_url"
        case crlURL = "crl_url"
        case vehicleIssuer = "vehicle_issuer"
        case authorities, samples
        case validityDays = "validity_days"
        case backendHosts = "backend_hosts"
    }

    /// The keys a plan file may have at its top level and inside `authorities` and `samples`: a misspelt key is an error.
    public static let topLevelKeys = Set(CodingKeys.allCases.map(\.rawValue))
    public static let authorityKeys = Set(Authority.CodingKeys.allCases.map(\.rawValue))
    public static let sampleKeys = Set(Sample.CodingKeys.allCases.map(\.rawValue))
}

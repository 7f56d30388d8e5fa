public import V2GCertificates
public import V2GKeys

/// A whole PKI of one edition as data: which authorities, under whom, with which names and keys.
public struct HierarchyPlan: Sendable, Codable {
    /// One certificate authority.
    public struct Authority: Sendable, Codable, Hashable {
        /// File and command-line name, such as `cpo_sub2`.
        public let name: String
        public let role: Role
        /// The name of the issuing authority, `nil` for a root.
        public let issuer: String?
        public var commonName: String
        public var algorithm: KeyAlgorithm
        /// `nil` takes the profile's default.
        public var validityDays: Int?

        /// Whether leaves or sub-CAs are issued by it and it therefore needs an OCSP signer: all of them do.
        public var ocspSignerName: String { "ocsp_" + name }
    }

    /// One leaf that `init` makes itself, with a key in the key store.
    public struct Leaf: Sendable, Codable, Hashable {
        public let name: String
        public let role: Role
        public let issuer: String
        public var commonName: String
        public var algorithm: KeyAlgorithm
        public var hosts: [String] = []

        static func ocspSigner(of authority: String, commonName: String, algorithm: KeyAlgorithm) -> Leaf {
            Leaf(
                name: "ocsp_" + authority, role: .ocsp, issuer: authority,
                commonName: String("OCSP \(commonName)".prefix(64)), algorithm: algorithm)
        }
    }

    public let edition: Edition
    public var organization: String
    public var country: String
    public var ocspURL: String
    public var crlURL: String
    public var authorities: [Authority]
    /// Made always: OCSP signers and the EST server.
    public var infrastructure: [Leaf]
    /// Made on request: one leaf of each role.
    public var samples: [Leaf]
    /// Days a leaf is valid, by role, where it is not the profile's default.
    public var leafValidityDays: [String: Int]
    public var vehicleIssuer: String

    /// The authority that issues a role's leaves, `nil` for roles that are not leaves.
    public func issuer(of role: Role) -> String? {
        switch role {
        case .secc: "cpo_sub2"
        case .contract: "mo_sub2"
        case .cps: "cps_sub2"
        case .oem: "oem_sub2"
        case .vehicle: vehicleIssuer
        case .station, .csms, .est: "csms_sub"
        default: nil
        }
    }

    /// The planned authority of a name.
    public func authority(_ name: String) -> Authority? { authorities.first { $0.name == name } }
}

/// What is wrong with a plan file, and where.
public struct PlanError: Error, Sendable, CustomStringConvertible {
    public let description: String
}

extension HierarchyPlan {
    /// The standard hierarchy of an edition (the tree in the facts sheet of this project's documentation), with what a
    /// plan file changes.
    public static func standard(
        _ edition: Edition, algorithm: KeyAlgorithm? = nil, file: PlanFile = PlanFile()
    ) throws(PlanError) -> HierarchyPlan {
        let algorithm = algorithm ?? file.algorithm ?? (edition == .iso2 ? .p256 : .p521)
        guard algorithm.canSign else {
            throw PlanError(description: "algorithm '\(algorithm.rawValue)' cannot sign. Use p256, p521 or ed448.")
        }
        let organization = file.organization ?? "V2G Test Operator"
        let country = file.country ?? "DE"
        try check(organization, "organization", lengths: 1...64)
        guard country.utf8.count == 2, country.utf8.allSatisfy({ (0x41...0x5a).contains($0) }) else {
            throw PlanError(description: "country: '\(country)' is not two capital letters.")
        }
        // An address: RFC 5280 4.2.1.6 wants a fully qualified name or an address in a URI, and 'localhost' is neither.
        var plan = HierarchyPlan(
            edition: edition, organization: organization, country: country,
            ocspURL: file.ocspURL ?? "http://127.0.0.1:8080/ocsp",
            crlURL: file.crlURL ?? "http://127.0.0.1:8080/crl",
            authorities: [], infrastructure: [], samples: [],
            leafValidityDays: file.validityDays ?? [:], vehicleIssuer: file.vehicleIssuer ?? "oem_sub2")
        try plan.addAuthorities(algorithm, file)
        try plan.addLeaves(algorithm, file)
        for (name, url) in [("ocsp_url", plan.ocspURL), ("crl_url", plan.crlURL)] {
            guard url.hasPrefix("http://"), url.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), url.utf8.count <= 128
            else {
                throw PlanError(
                    description: "\(name): '\(url)' is not an http:// URL of at most 128 ASCII characters "
                        + "(plain HTTP: what it serves is signed, and TLS to it would need itself).")
            }
            // Names are added behind a slash of our own.
            guard name == "ocsp_url" || !url.hasSuffix("/") else {
                throw PlanError(description: "\(name): '\(url)' must not end in a slash.")
            }
        }
        return plan
    }

    private mutating func addAuthorities(_ algorithm: KeyAlgorithm, _ file: PlanFile) throws(PlanError) {
        var rows: [(String, Role, String?, String)] = [
            ("v2g_root", .v2gRoot, nil, "V2G Root CA"),
            ("cpo_sub1", .cpoSub1, "v2g_root", "CPO Sub-CA 1"),
            ("cpo_sub2", .cpoSub2, "cpo_sub1", "CPO Sub-CA 2"),
            ("mo_root", .moRoot, nil, "MO Root CA"),
            ("mo_sub1", .moSub1, "mo_root", "MO Sub-CA 1"),
            ("mo_sub2", .moSub2, "mo_sub1", "MO Sub-CA 2"),
            ("cps_sub1", .cpsSub1, "v2g_root", "CPS Sub-CA 1"),
            ("cps_sub2", .cpsSub2, "cps_sub1", "CPS Sub-CA 2"),
            ("oem_root", .oemRoot, nil, "OEM Root CA"),
            ("oem_sub1", .oemSub1, "oem_root", "OEM Sub-CA 1"),
            ("oem_sub2", .oemSub2, "oem_sub1", "OEM Sub-CA 2"),
            ("csms_root", .csmsRoot, nil, "CSMS Root CA"),
            ("csms_sub", .csmsSub, "csms_root", "CSMS Sub-CA"),
        ]
        if vehicleIssuer == "vehicle_sub2", edition == .iso20 {
            rows.append(("vehicle_sub1", .vehicleSub1, "oem_root", "Vehicle Sub-CA 1"))
            rows.append(("vehicle_sub2", .vehicleSub2, "vehicle_sub1", "Vehicle Sub-CA 2"))
        }
        let known = Set(rows.map(\.0))
        if let stranger = (file.authorities ?? [:]).keys.sorted().first(where: { !known.contains($0) }) {
            throw PlanError(
                description: "authorities: there is no '\(stranger)'. Known: \(known.sorted().joined(separator: ", "))."
            )
        }
        for (name, role, issuer, title) in rows {
            let said = file.authorities?[name]
            let commonName = said?.commonName ?? "\(organization) \(title)".prefixed(64)
            try Self.check(commonName, "authorities.\(name).common_name", lengths: 1...64)
            if let days = said?.validityDays {
                try Self.check(days, "authorities.\(name).validity_days", for: role, edition)
            }
            authorities.append(
                Authority(
                    name: name, role: role, issuer: issuer, commonName: commonName,
                    algorithm: said?.algorithm ?? Self.suitable(algorithm, for: role, edition),
                    validityDays: said?.validityDays))
        }
    }

    private mutating func addLeaves(_ algorithm: KeyAlgorithm, _ file: PlanFile) throws(PlanError) {
        for (role, days) in leafValidityDays {
            guard let known = Role(rawValue: role), known.isLeaf else {
                throw PlanError(description: "validity_days: '\(role)' is not a leaf role.")
            }
            try Self.check(days, "validity_days.\(role)", for: known, edition)
        }
        guard ["oem_sub2", "vehicle_sub2"].contains(vehicleIssuer) else {
            throw PlanError(
                description: "vehicle_issuer: '\(vehicleIssuer)' may not issue vehicle certificates. "
                    + "Take oem_sub2, or vehicle_sub2 for a branch of their own.")
        }
        infrastructure = authorities.map { authority in
            .ocspSigner(of: authority.name, commonName: authority.commonName, algorithm: authority.algorithm)
        }
        let hosts = file.backendHosts ?? ["localhost"]
        guard let firstHost = hosts.first else {
            throw PlanError(description: "backend_hosts: the EST server needs at least one host name.")
        }
        if let stranger = hosts.first(where: { HostName($0) == nil }) {
            throw PlanError(description: "backend_hosts: '\(stranger)' is not a host name.")
        }
        infrastructure.append(
            Leaf(
                name: "est", role: .est, issuer: "csms_sub", commonName: firstHost.prefixed(64),
                algorithm: Self.suitable(algorithm, for: .est, edition), hosts: hosts))
        let defaults: [(String, Role, String)] = [
            ("secc", .secc, "DE*ABC*E00001"), ("contract", .contract, "DEABCC000000013"),
            ("oem", .oem, "WMIV1234567890ABC"),
            ("cps", .cps, "\(organization) CPS".prefixed(64)), ("vehicle", .vehicle, "WMIV1234567890ABCDEX"),
        ]
        let known = Set(defaults.map(\.0))
        if let stranger = (file.samples ?? [:]).keys.sorted().first(where: { !known.contains($0) }) {
            throw PlanError(
                description: "samples: there is no '\(stranger)'. Known: \(known.sorted().joined(separator: ", ")).")
        }
        for (name, role, subject) in defaults {
            let said = file.samples?[name]
            samples.append(
                Leaf(
                    name: name, role: role, issuer: issuer(of: role) ?? vehicleIssuer,
                    commonName: said?.subject ?? subject,
                    algorithm: said?.algorithm ?? algorithm))
        }
    }

    /// The plan's kind of key, or a NIST curve where the role's peers (backend TLS stacks) may not know another.
    private static func suitable(_ algorithm: KeyAlgorithm, for role: Role, _ edition: Edition) -> KeyAlgorithm {
        switch role {
        case .csmsRoot, .csmsSub, .est, .station, .csms: edition == .iso2 ? .p256 : .p521
        default: algorithm
        }
    }

    private static func check(_ text: String, _ field: String, lengths: ClosedRange<Int>) throws(PlanError) {
        guard lengths.contains(text.unicodeScalars.count) else {
            throw PlanError(
                description: "\(field): '\(text)' must have \(lengths.lowerBound) to \(lengths.upperBound) characters.")
        }
    }

    private static func check(
        _ days: Int, _ field: String, for role: Role, _ edition: Edition
    ) throws(PlanError) {
        let longest = CertificateProfile.profile(role, edition)?.maximumValidityDays(ProfileSettings()) ?? 36_500
        guard (1...min(max(longest, 1), 36_500)).contains(days) else {
            throw PlanError(description: "\(field): \(days) is not in 1...\(min(longest, 36_500)) days.")
        }
    }
}

extension String {
    fileprivate func prefixed(_ count: Int) -> String { String(prefix(count)) }
}

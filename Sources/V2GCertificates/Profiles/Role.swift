/// What a certificate is for. Raw values are the names on the command line.
public enum Role: String, Sendable, Hashable, CaseIterable, Codable {
    case v2gRoot = "v2g-root"
    case cpoSub1 = "cpo-sub1"
    case cpoSub2 = "cpo-sub2"
    case cpsSub1 = "cps-sub1"
    case cpsSub2 = "cps-sub2"
    case moRoot = "mo-root"
    case moSub1 = "mo-sub1"
    case moSub2 = "mo-sub2"
    case oemRoot = "oem-root"
    case oemSub1 = "oem-sub1"
    case oemSub2 = "oem-sub2"
    /// A separate branch for vehicle certificates; by default they stand under ``oemSub2``.
    case vehicleSub1 = "vehicle-sub1"
    case vehicleSub2 = "vehicle-sub2"
    case csmsRoot = "csms-root"
    case csmsSub = "csms-sub"
    case privateRoot = "private-root"

    // One root's key certified by another root of the same kind, for rollover.
    case v2gRootLink = "v2g-root-link"
    case moRootLink = "mo-root-link"
    case oemRootLink = "oem-root-link"
    case csmsRootLink = "csms-root-link"

    /// The station's TLS server certificate on the charging cable.
    case secc
    /// A charging contract.
    case contract
    /// The provisioning certificate that a car installs contracts with.
    case oem
    /// The signer of contract installation answers.
    case cps
    /// The car's TLS client certificate (edition -20).
    case vehicle
    /// A delegated OCSP responder.
    case ocsp
    /// The station's TLS client certificate towards its backend.
    case station
    /// The backend's TLS server certificate towards stations.
    case csms
    /// The enrollment server's TLS certificate.
    case est

    /// Whether certificates of this role sign other certificates.
    public var isCA: Bool {
        switch self {
        case .v2gRoot, .cpoSub1, .cpoSub2, .cpsSub1, .cpsSub2, .moRoot, .moSub1, .moSub2, .oemRoot, .oemSub1, .oemSub2,
            .vehicleSub1, .vehicleSub2, .csmsRoot, .csmsSub, .privateRoot, .v2gRootLink, .moRootLink, .oemRootLink,
            .csmsRootLink:
            true
        case .secc, .contract, .oem, .cps, .vehicle, .ocsp, .station, .csms, .est: false
        }
    }

    public var isLeaf: Bool { !isCA }

    /// Whether certificates of this role are self-signed trust anchors.
    public var isRoot: Bool {
        switch self {
        case .v2gRoot, .moRoot, .oemRoot, .csmsRoot, .privateRoot: true
        default: false
        }
    }

    /// Whether this is one root certified by another.
    public var isRootLink: Bool {
        switch self {
        case .v2gRootLink, .moRootLink, .oemRootLink, .csmsRootLink: true
        default: false
        }
    }

    /// Whether the certificate serves the backend connection (OCPP, enrollment) and not the charging cable.
    public var isBackend: Bool {
        switch self {
        case .csmsRoot, .csmsSub, .csmsRootLink, .station, .csms, .est: true
        default: false
        }
    }

    /// The roles whose keys may sign a certificate of this role. A root lists itself. The second sub-CA may stand
    /// directly under the root; the first never issues leaves.
    public var issuers: [Role] {
        switch self {
        case .v2gRoot, .moRoot, .oemRoot, .csmsRoot, .privateRoot: [self]
        case .v2gRootLink: [.v2gRoot]
        case .moRootLink: [.moRoot]
        case .oemRootLink: [.oemRoot]
        case .csmsRootLink: [.csmsRoot]
        case .cpoSub1, .cpsSub1: [.v2gRoot]
        case .cpoSub2: [.cpoSub1, .v2gRoot]
        case .cpsSub2: [.cpsSub1, .v2gRoot]
        case .moSub1: [.moRoot, .v2gRoot]
        case .moSub2: [.moSub1, .moRoot, .v2gRoot]
        case .oemSub1, .vehicleSub1: [.oemRoot, .v2gRoot]
        case .oemSub2: [.oemSub1, .oemRoot, .v2gRoot]
        case .vehicleSub2: [.vehicleSub1, .oemRoot, .v2gRoot]
        case .csmsSub: [.csmsRoot]
        case .secc: [.cpoSub2, .privateRoot]
        case .contract: [.moSub2]
        case .oem: [.oemSub2]
        case .cps: [.cpsSub2]
        case .vehicle: [.oemSub2, .vehicleSub2]
        case .ocsp: Role.allCases.filter { $0.isCA && !$0.isRootLink }
        case .station, .csms, .est: [.csmsSub, .csmsRoot]
        }
    }

    /// The kinds of trust anchor that a chain of this role may end in.
    public var anchors: [AnchorKind] {
        switch self {
        case .v2gRoot, .v2gRootLink, .cpoSub1, .cpoSub2, .cpsSub1, .cpsSub2, .cps: [.v2g]
        case .moRoot, .moRootLink: [.mo]
        case .moSub1, .moSub2, .contract: [.mo, .v2g]
        case .oemRoot, .oemRootLink: [.oem]
        case .oemSub1, .oemSub2, .vehicleSub1, .vehicleSub2, .oem, .vehicle: [.oem, .v2g]
        case .csmsRoot, .csmsRootLink, .csmsSub, .station, .csms, .est: [.csms]
        case .privateRoot: [.privateEnvironment]
        case .secc: [.v2g, .privateEnvironment]
        case .ocsp: AnchorKind.allCases
        }
    }

    /// For people, such as `CPO sub-CA 1`.
    public var title: String {
        switch self {
        case .v2gRoot: "V2G root"
        case .cpoSub1: "CPO sub-CA 1"
        case .cpoSub2: "CPO sub-CA 2"
        case .cpsSub1: "CPS sub-CA 1"
        case .cpsSub2: "CPS sub-CA 2"
        case .moRoot: "MO root"
        case .moSub1: "MO sub-CA 1"
        case .moSub2: "MO sub-CA 2"
        case .oemRoot: "OEM root"
        case .oemSub1: "OEM sub-CA 1"
        case .oemSub2: "OEM sub-CA 2"
        case .vehicleSub1: "vehicle sub-CA 1"
        case .vehicleSub2: "vehicle sub-CA 2"
        case .csmsRoot: "CSMS root"
        case .csmsSub: "CSMS sub-CA"
        case .privateRoot: "private-environment root"
        case .v2gRootLink: "V2G root link"
        case .moRootLink: "MO root link"
        case .oemRootLink: "OEM root link"
        case .csmsRootLink: "CSMS root link"
        case .secc: "SECC certificate"
        case .contract: "contract certificate"
        case .oem: "OEM provisioning certificate"
        case .cps: "CPS certificate"
        case .vehicle: "vehicle certificate"
        case .ocsp: "OCSP signer"
        case .station: "charging station's backend certificate"
        case .csms: "CSMS server certificate"
        case .est: "enrollment server certificate"
        }
    }
}

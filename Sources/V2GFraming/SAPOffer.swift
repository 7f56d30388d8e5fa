/// One protocol that a car offers: an `AppProtocol` of `supportedAppProtocolReq`.
public struct SAPOffer: Sendable, Hashable {
    /// The priorities that the schema allows; 1 is the highest.
    public static let priorities: ClosedRange<UInt8> = 1...20
    /// The longest namespace that the schema allows, in characters.
    public static let maximumNamespaceLength = 100
    /// The most offers that the schema allows in one request.
    public static let maximumCount = 20

    public let namespace: SAPNamespace
    public let major: UInt32
    public let minor: UInt32
    /// The car's number for this offer. Any value, 0 too: cars choose what they like, and the answer repeats it.
    public let schemaID: UInt8
    /// 1...20; a lower number is preferred.
    public let priority: UInt8

    /// `nil` when the priority is not 1...20 or the namespace is longer than 100 characters.
    public init?(namespace: SAPNamespace, major: UInt32, minor: UInt32, schemaID: UInt8, priority: UInt8) {
        guard Self.priorities.contains(priority),
            namespace.rawValue.unicodeScalars.count <= Self.maximumNamespaceLength
        else { return nil }
        self.namespace = namespace
        self.major = major
        self.minor = minor
        self.schemaID = schemaID
        self.priority = priority
    }

    /// Whether both offers mean one set of messages: namespace and major version.
    func namesSameProtocol(as other: SAPOffer) -> Bool { namespace == other.namespace && major == other.major }
}

extension SAPOffer: CustomStringConvertible {
    public var description: String {
        "\(namespace) \(major).\(minor), SchemaID \(schemaID), priority \(priority)"
    }
}

/// What a connection runs over, as far as the choice of the protocol depends on it.
public enum SAPTransport: Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// TCP without TLS.
    case plain
    /// TLS 1.2.
    case tls12
    /// TLS 1.3.
    case tls13

    public var description: String {
        switch self {
        case .plain: "TCP without TLS"
        case .tls12: "TLS 1.2"
        case .tls13: "TLS 1.3"
        }
    }
}

/// A protocol that a station serves on a connection, with the transports that it serves it over.
///
/// A station lists only what its energy service allows: DIN 70121 has no AC, so an AC station leaves it out, and a car
/// that ranks DIN first gets what comes next in its own ranking.
public struct SAPSupportedProtocol: Sendable, Hashable {
    public let namespace: SAPNamespace
    public let major: UInt32
    public let minor: UInt32
    public let transports: Set<SAPTransport>

    /// Names any protocol. Two rules hold whatever `transports` says: edition -20 needs TLS 1.3, and the draft of
    /// edition -2 is never selected.
    public init(namespace: SAPNamespace, major: UInt32, minor: UInt32, transports: Set<SAPTransport>) {
        self.namespace = namespace
        self.major = major
        self.minor = minor
        self.transports = transports
    }

    /// DIN 70121, version 2.0.
    ///
    /// - Parameter overTLS: Serves it over TLS too. DIN has no TLS profile, so this is off by default.
    public static func din(overTLS: Bool = false) -> SAPSupportedProtocol {
        SAPSupportedProtocol(
            namespace: .din, major: 2, minor: 0, transports: overTLS ? Set(SAPTransport.allCases) : [.plain])
    }

    /// ISO 15118-2, version 2.0.
    ///
    /// - Parameters:
    ///   - withoutTLS: Serves it without TLS, which leaves external payment only. On by default.
    ///   - overTLS13: Serves it over TLS 1.3, which a car of both editions may have got. On by default.
    public static func iso2(withoutTLS: Bool = true, overTLS13: Bool = true) -> SAPSupportedProtocol {
        var transports: Set<SAPTransport> = [.tls12]
        if withoutTLS { transports.insert(.plain) }
        if overTLS13 { transports.insert(.tls13) }
        return SAPSupportedProtocol(namespace: .iso2, major: 2, minor: 0, transports: transports)
    }

    /// A message set of ISO 15118-20, version 1.0, over TLS 1.3.
    public static func iso20(_ namespace: SAPNamespace) -> SAPSupportedProtocol {
        SAPSupportedProtocol(namespace: namespace, major: 1, minor: 0, transports: [.tls13])
    }
}

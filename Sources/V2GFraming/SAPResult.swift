/// The `ResponseCode` of `supportedAppProtocolRes`, by the schema's names.
public enum SAPResponseCode: String, Sendable, Hashable, CaseIterable {
    case okSuccessfulNegotiation = "OK_SuccessfulNegotiation"
    case okSuccessfulNegotiationWithMinorDeviation = "OK_SuccessfulNegotiationWithMinorDeviation"
    case failedNoNegotiation = "Failed_NoNegotiation"
}

/// What a negotiation came to.
public enum SAPResult: Sendable, Hashable {
    case selected(SAPSelection)
    /// Nothing could be selected: one verdict for each offer, in the order of the request. Send the answer, then close
    /// the connection.
    case failed([SAPVerdict])

    /// The code to answer with.
    public var responseCode: SAPResponseCode {
        switch self {
        case .selected(let selection):
            selection.isMinorDeviation ? .okSuccessfulNegotiationWithMinorDeviation : .okSuccessfulNegotiation
        case .failed: .failedNoNegotiation
        }
    }

    /// The SchemaID to answer with, `nil` for a failure.
    public var schemaID: UInt8? {
        switch self {
        case .selected(let selection): selection.offer.schemaID
        case .failed: nil
        }
    }

    /// Why each offer that was not selected was not, in the order of the request.
    public var verdicts: [SAPVerdict] {
        switch self {
        case .selected(let selection): selection.passedOver
        case .failed(let verdicts): verdicts
        }
    }
}

/// The protocol that was agreed on.
public struct SAPSelection: Sendable, Hashable {
    public let offer: SAPOffer
    /// What the station serves it as.
    public let supported: SAPSupportedProtocol
    /// Whether the minor versions differ.
    public let isMinorDeviation: Bool
    /// The other offers, with the reasons.
    public let passedOver: [SAPVerdict]

    /// What payload types mean from now on; `nil` for a protocol that is not one of this package's.
    public var exiSetContext: EXISetContext? {
        switch offer.namespace.family {
        case .din: .din
        case .iso2: .iso2
        case .iso20: .iso20
        case .iso2Draft, .foreign, .unknown: nil
        }
    }
}

/// An offer, and why it was not selected.
public struct SAPVerdict: Sendable, Hashable, CustomStringConvertible {
    public let offer: SAPOffer
    public let rejection: SAPRejection

    public var description: String { "\(offer): \(rejection)" }
}

/// Why an offer was not selected.
public enum SAPRejection: Error, Sendable, Hashable, CustomStringConvertible {
    /// No protocol of this name is known here.
    case unknownNamespace
    /// A protocol of one maker that is not spoken here.
    case foreign
    /// The draft of ISO 15118-2.
    case draft
    /// A known protocol that the station's list does not have.
    case notServed
    /// The station serves other major versions.
    case majorVersion(served: [UInt32])
    /// Edition -20 on less than TLS 1.3. A car must not offer it there.
    case needsTLS13(SAPTransport)
    /// The station does not serve the protocol over what the connection runs over.
    case transport(SAPTransport, served: [SAPTransport])
    /// Another protocol is offered under the same SchemaID.
    case sharedSchemaID(with: SAPOffer)
    /// The car prefers the other offer, or gave both the same priority and named the other one first.
    case rankedBehind(SAPOffer)

    public var description: String {
        switch self {
        case .unknownNamespace:
            "not a protocol that is known here; skipped, as the standard wants"
        case .foreign:
            "a maker's own protocol; skipped, the car has to offer a standard one beside it"
        case .draft:
            "a draft of ISO 15118-2, which is never selected; the car has to offer \(SAPNamespace.iso2) 2.0"
        case .notServed:
            "this station does not serve it; enable it, if the station's energy service allows"
        case .majorVersion(let served):
            "this station serves major version \(served.map(String.init).joined(separator: ", ")) only"
        case .needsTLS13(let transport):
            "ISO 15118-20 needs TLS 1.3 and this connection is \(transport); the car has to ask for TLS in discovery "
                + "and offer TLS 1.3"
        case .transport(let transport, let served):
            served.isEmpty
                ? "this station serves it over no transport; name one in its configuration"
                : "not served over \(transport), only over \(served.map(\.description).joined(separator: ", "))"
        case .sharedSchemaID(let other):
            "\(other.namespace) \(other.major).\(other.minor) has the same SchemaID \(other.schemaID), so an answer "
                + "could not say which is meant; the car has to number its offers apart"
        case .rankedBehind(let other):
            "the car prefers \(other.namespace) \(other.major).\(other.minor) at priority \(other.priority)"
        }
    }
}

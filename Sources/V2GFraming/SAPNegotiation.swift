/// The choice of the application protocol (ISO 15118-2 8.2, ISO 15118-20 8.2): a function from the car's offers, what
/// the station serves and what the connection runs over, to an answer with its reasons.
///
/// 1. Only a namespace with a major version that the station serves can be selected; another minor version is fine.
/// 2. The lowest priority number wins: the car's ranking counts, not the order of the list ([V2G2-169], [V2G20-169]).
/// 3. The answer repeats the SchemaID of the selected offer.
/// 4. Unknown namespaces are skipped, never an error: cars offer protocols of their makers.
/// 5. Edition -20 is never selected below TLS 1.3 ([V2G20-1237], [V2G20-2356]), whatever the station's list says.
/// 6. The draft of edition -2 is never selected.
/// 7. Without a selection the answer is `Failed_NoNegotiation` without SchemaID, and the connection ends after it.
///
/// The standard leaves two cases open; docs/open-questions.md has the reasons:
/// - Offers of **equal priority**: the one that stands first in the list wins, so that the choice is determined.
/// - Offers of different protocols that **share a SchemaID**: the answer could not say which is meant, so by default none
///   of them is selected.
public enum SAPNegotiation {
    /// What to do with offers of different protocols under one SchemaID.
    public enum SharedSchemaIDs: Sendable, Hashable, CaseIterable {
        /// Select none of them: car and station might go on with different protocols.
        case refuse
        /// Select by priority as if the number were unique.
        case selectByPriority
    }

    /// Chooses a protocol.
    ///
    /// - Parameters:
    ///   - offers: In the order of the request.
    ///   - supported: What the station serves on this connection; the order does not count.
    ///   - transport: What the handshake came over.
    ///   - sharedSchemaIDs: See ``SharedSchemaIDs``.
    public static func negotiate(
        offers: [SAPOffer], supported: [SAPSupportedProtocol], transport: SAPTransport,
        sharedSchemaIDs: SharedSchemaIDs = .refuse
    ) -> SAPResult {
        var best: (index: Int, match: SAPSupportedProtocol)?
        var rejections: [Int: SAPRejection] = [:]
        for (index, offer) in offers.enumerated() {
            do throws(SAPRejection) {
                let match = try judge(offer, supported: supported, transport: transport)
                if sharedSchemaIDs == .refuse {
                    try requireOwnSchemaID(offer, at: index, among: offers)
                }
                // On equal priority the earlier offer stays.
                if let best, offers[best.index].priority <= offer.priority { continue }
                best = (index, match)
            } catch {
                rejections[index] = error
            }
        }
        let selected = best.map { offers[$0.index] }
        let verdicts = offers.enumerated().compactMap { index, offer -> SAPVerdict? in
            if index == best?.index { return nil }
            if let rejection = rejections[index] { return SAPVerdict(offer: offer, rejection: rejection) }
            return selected.map { SAPVerdict(offer: offer, rejection: .rankedBehind($0)) }
        }
        guard let best, let selected else { return .failed(verdicts) }
        return .selected(
            SAPSelection(
                offer: selected, supported: best.match, isMinorDeviation: selected.minor != best.match.minor,
                passedOver: verdicts))
    }

    /// What of `supported` an offer asks for, or why it cannot be had on this connection.
    private static func judge(
        _ offer: SAPOffer, supported: [SAPSupportedProtocol], transport: SAPTransport
    ) throws(SAPRejection) -> SAPSupportedProtocol {
        let family = offer.namespace.family
        if family == .iso2Draft { throw .draft }
        let named = supported.filter { $0.namespace == offer.namespace }
        guard !named.isEmpty else {
            switch family {
            case .foreign: throw .foreign
            case .unknown: throw .unknownNamespace
            case .din, .iso2, .iso20, .iso2Draft: throw .notServed
            }
        }
        let versions = named.filter { $0.major == offer.major }
        guard !versions.isEmpty else { throw .majorVersion(served: Set(named.map(\.major)).sorted()) }
        if family == .iso20, transport != .tls13 { throw .needsTLS13(transport) }
        let reachable = versions.filter { $0.transports.contains(transport) }
        guard let first = reachable.first else {
            let allowed = versions.reduce(into: Set<SAPTransport>()) { $0.formUnion($1.transports) }
            throw .transport(transport, served: SAPTransport.allCases.filter(allowed.contains))
        }
        return reachable.first { $0.minor == offer.minor } ?? first
    }

    private static func requireOwnSchemaID(
        _ offer: SAPOffer, at index: Int, among offers: [SAPOffer]
    ) throws(SAPRejection) {
        for (otherIndex, other) in offers.enumerated()
        where otherIndex != index && other.schemaID == offer.schemaID && !other.namesSameProtocol(as: offer) {
            throw .sharedSchemaID(with: other)
        }
    }
}

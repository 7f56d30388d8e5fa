internal import V2GSession
internal import V2GSessionDIN
internal import V2GSessionISO2
internal import V2GSessionISO20

/// A station's session core, whatever its edition.
protocol StationCore: SendableMetatype {
    associatedtype Flow: StationEdition

    mutating func begin(at moment: SessionMoment) -> [SECCAction<Flow>]
    mutating func handle(_ event: SECCEvent<Flow>, at moment: SessionMoment) -> [SECCAction<Flow>]
}

extension DINSECC: StationCore {
    typealias Flow = DINEdition
}

extension ISO2SECC: StationCore {
    typealias Flow = ISO2Edition
}

extension ISO20SECC: StationCore {
    typealias Flow = ISO20Edition
}

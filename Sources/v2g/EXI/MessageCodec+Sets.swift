internal import V2GFraming
internal import V2GMessagesAppProtocol
internal import V2GMessagesDIN
internal import V2GMessagesISO2
internal import V2GMessagesISO20AC
internal import V2GMessagesISO20ACDP
internal import V2GMessagesISO20Common
internal import V2GMessagesISO20DC
internal import V2GMessagesISO20WPT
internal import V2GMessagesXMLDSig

extension MessageCodec {
    /// The codec of `set`.
    init(_ set: EXISchemaSet) {
        switch set {
        case .sap: self.init(SAP.Element.self)
        case .din: self.init(DIN.Element.self)
        case .iso2: self.init(ISO2.Element.self)
        case .iso20Common: self.init(ISO20Common.Element.self)
        case .iso20AC: self.init(ISO20AC.Element.self)
        case .iso20DC: self.init(ISO20DC.Element.self)
        case .iso20ACDP: self.init(ISO20ACDP.Element.self)
        case .iso20WPT: self.init(ISO20WPT.Element.self)
        case .xmldsig: self.init(XMLDSig.Element.self)
        }
    }
}

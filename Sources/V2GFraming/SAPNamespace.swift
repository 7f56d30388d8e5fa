/// The name of a protocol in the handshake: the `ProtocolNamespace` of an offer.
///
/// Equal only when every byte is: namespaces that look alike, or are the same under Unicode's rules, are different.
public struct SAPNamespace: RawRepresentable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// DIN 70121, version 2.0.
    public static let din = SAPNamespace(rawValue: "urn:din:70121:2012:MsgDef")
    /// ISO 15118-2:2014, version 2.0.
    public static let iso2 = SAPNamespace(rawValue: "urn:iso:15118:2:2013:MsgDef")
    /// A draft of ISO 15118-2, which is recognized so that it can be refused by name.
    public static let iso2Draft = SAPNamespace(rawValue: "urn:iso:15118:2:2010:MsgDef")
    /// ISO 15118-20 AC, version 1.0.
    public static let iso20AC = SAPNamespace(rawValue: iso20Prefix + "AC")
    /// ISO 15118-20 DC, version 1.0.
    public static let iso20DC = SAPNamespace(rawValue: iso20Prefix + "DC")
    /// ISO 15118-20 wireless power transfer, version 1.0.
    public static let iso20WPT = SAPNamespace(rawValue: iso20Prefix + "WPT")
    /// ISO 15118-20 automatic connection devices, version 1.0.
    public static let iso20ACDP = SAPNamespace(rawValue: iso20Prefix + "ACDP")
    /// ISO 15118-20 AC with distributed energy resources after IEC; of the amendment, single source.
    public static let iso20ACDERIEC = SAPNamespace(rawValue: iso20Prefix + "AC-DER-IEC")
    /// ISO 15118-20 AC with distributed energy resources after SAE; of the amendment, single source.
    public static let iso20ACDERSAE = SAPNamespace(rawValue: iso20Prefix + "AC-DER-SAE")
    /// Tesla's own variant of DIN 70121, which its cars offer first and this package does not speak.
    public static let teslaDIN = SAPNamespace(rawValue: "urn:tesla:din:2018:MsgDef")

    private static let iso20Prefix = "urn:iso:std:iso:15118:-20:"

    /// What kind of protocol a namespace names.
    public enum Family: Sendable, Hashable {
        case din
        case iso2
        /// Never selected.
        case iso2Draft
        /// Any namespace of edition -20, also those that are not known here: TLS 1.3 is needed for all of them.
        case iso20
        /// Known to be of one maker.
        case foreign
        case unknown
    }

    /// What kind of protocol it names.
    public var family: Family {
        switch self {
        case .din: .din
        case .iso2: .iso2
        case .iso2Draft: .iso2Draft
        case .teslaDIN: .foreign
        default: rawValue.utf8.starts(with: Self.iso20Prefix.utf8) ? .iso20 : .unknown
        }
    }

    /// The text, with everything but printable ASCII escaped: it comes from the wire and goes into logs.
    public var description: String {
        var text = ""
        for scalar in rawValue.unicodeScalars {
            if scalar.isASCII, (0x20...0x7e).contains(scalar.value), scalar != "\\" {
                text.unicodeScalars.append(scalar)
            } else {
                text += "\\u{" + String(scalar.value, radix: 16) + "}"
            }
        }
        return text
    }
}

extension SAPNamespace: Hashable {
    public static func == (left: SAPNamespace, right: SAPNamespace) -> Bool {
        left.rawValue.utf8.elementsEqual(right.rawValue.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in rawValue.utf8 { hasher.combine(byte) }
    }
}

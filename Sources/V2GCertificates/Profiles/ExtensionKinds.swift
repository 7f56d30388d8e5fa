internal import V2GDER
internal import V2GX509

/// The extensions that the profiles know, as a set.
struct ExtensionKinds: OptionSet, Sendable, Hashable {
    let rawValue: UInt32

    static let basicConstraints = ExtensionKinds(rawValue: 1 << 0)
    static let keyUsage = ExtensionKinds(rawValue: 1 << 1)
    static let extendedKeyUsage = ExtensionKinds(rawValue: 1 << 2)
    static let subjectKeyIdentifier = ExtensionKinds(rawValue: 1 << 3)
    static let authorityKeyIdentifier = ExtensionKinds(rawValue: 1 << 4)
    static let subjectAlternativeName = ExtensionKinds(rawValue: 1 << 5)
    static let authorityInformationAccess = ExtensionKinds(rawValue: 1 << 6)
    static let crlDistributionPoints = ExtensionKinds(rawValue: 1 << 7)
    static let certificatePolicies = ExtensionKinds(rawValue: 1 << 8)
    static let ocspNoCheck = ExtensionKinds(rawValue: 1 << 9)

    /// What every certificate may hold.
    static let common: ExtensionKinds = [
        .basicConstraints, .keyUsage, .extendedKeyUsage, .subjectKeyIdentifier, .authorityKeyIdentifier,
        .authorityInformationAccess, .crlDistributionPoints, .certificatePolicies,
    ]
    /// What path validation here understands, so that it may be critical.
    static let processed: ExtensionKinds = [
        .basicConstraints, .keyUsage, .extendedKeyUsage, .subjectAlternativeName, .certificatePolicies,
    ]

    /// The kind of an extension, `nil` for one that the profiles do not know.
    init?(_ type: ObjectIdentifier) {
        let content = type.content
        if content.count == 3, content[0] == 0x55, content[1] == 0x1d {  // 2.5.29
            switch content[2] {
            case 14: self = .subjectKeyIdentifier
            case 15: self = .keyUsage
            case 17: self = .subjectAlternativeName
            case 19: self = .basicConstraints
            case 31: self = .crlDistributionPoints
            case 32: self = .certificatePolicies
            case 35: self = .authorityKeyIdentifier
            case 37: self = .extendedKeyUsage
            default: return nil
            }
            return
        }
        if type == .authorityInformationAccess {
            self = .authorityInformationAccess
        } else if type == .ocspNoCheck {
            self = .ocspNoCheck
        } else {
            return nil
        }
    }

    init(rawValue: UInt32) { self.rawValue = rawValue }
}

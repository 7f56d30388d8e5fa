internal import V2GDER
internal import V2GKeys
internal import V2GX509

/// The table behind ``CertificateProfile/profile(_:_:)``. Each function is one column, so that a role's answer can be
/// compared with its neighbors'.
extension CertificateProfile {
    static func make(_ role: Role, _ edition: Edition) -> CertificateProfile? {
        if edition == .iso2, [.vehicle, .vehicleSub1, .vehicleSub2].contains(role) { return nil }
        let validity = validityDays(role)
        return CertificateProfile(
            role: role, edition: edition,
            // Backend TLS of a -20 operator may stay on P-256, which every TLS library speaks.
            keyAlgorithms: edition.keyAlgorithms + (role.isBackend && edition == .iso20 ? [.p256] : []),
            domainComponent: domainComponent(role, edition), keyUsage: keyUsage(role, edition),
            pathLength: pathLength(role), extendedKeyUsage: extendedKeyUsage(role, edition),
            commonName: commonName(role),
            namesCountry: role != .vehicle,  // [V2G20-2598]: CN and O only
            maximumLength: role.isBackend || role == .ocsp ? nil : edition.maximumCertificateLength,
            defaultValidityDays: validity.usual, maximumValidityDays: validity.maximum,
            ocspLocation: ocspLocation(role), hostNames: hostNames(role))
    }

    /// Annex F and the scripts of public test PKIs. Sub-CAs of MO and OEM are named as their operator likes, below a root
    /// of their own; below a V2G root the component alone tells the branches apart (``HierarchyJudge``).
    private static func domainComponent(_ role: Role, _ edition: Edition) -> DomainComponentRule {
        switch role {
        case .v2gRoot, .v2gRootLink: .required("V2G")
        case .cpoSub1, .cpoSub2: .required("V2G", or: "CPO", "CSO")
        case .cpsSub1, .cpsSub2: .required("CPS", or: "V2G")
        case .moRoot, .moRootLink, .moSub1, .moSub2: .usual("MO", or: "V2G")
        case .oemRoot, .oemRootLink, .oemSub1, .oemSub2, .vehicleSub1, .vehicleSub2: .usual("OEM", or: "V2G")
        case .secc: edition == .iso2 ? .required("CPO") : .required("CPO", or: "CSO")
        case .contract: .required("MO")
        case .oem: .required("OEM")
        case .cps: .required("CPS")
        // [V2G20-2598] knows no domain component here, yet test PKIs write OEM; anything else is another role's.
        case .vehicle: DomainComponentRule(issued: nil, accepted: ["OEM"], isOptionalOnVerification: true)
        case .privateRoot, .csmsRoot, .csmsRootLink, .csmsSub: .outsideHierarchies
        case .ocsp, .station, .csms, .est: .free
        }
    }

    private static func keyUsage(_ role: Role, _ edition: Edition) -> KeyUsageRule {
        let signer: KeyUsage = [.keyCertSign, .cRLSign]
        func leaf(_ issued: KeyUsage, allowed: KeyUsage = []) -> KeyUsageRule {
            KeyUsageRule(
                required: .digitalSignature, issued: issued, allowed: issued.union(allowed), forbidden: signer)
        }
        switch role {
        case .moSub2:
            // It also signs the tariffs that a car shows its driver.
            return KeyUsageRule(
                required: .keyCertSign, issued: signer.union(.digitalSignature),
                allowed: signer.union([.digitalSignature, .nonRepudiation]), forbidden: [])
        case .secc:
            // The -2 suites with static ECDH need key agreement; TLS 1.3 does not.
            return edition == .iso2
                ? leaf([.digitalSignature, .keyAgreement]) : leaf(.digitalSignature, allowed: .keyAgreement)
        case .contract: return leaf([.digitalSignature, .nonRepudiation, .keyAgreement])
        case .oem: return leaf([.digitalSignature, .keyAgreement], allowed: .nonRepudiation)
        case .cps, .ocsp: return leaf(.digitalSignature, allowed: .nonRepudiation)
        case .vehicle, .station, .csms, .est: return leaf(.digitalSignature, allowed: .keyAgreement)
        case .v2gRoot, .cpoSub1, .cpoSub2, .cpsSub1, .cpsSub2, .moRoot, .moSub1, .oemRoot, .oemSub1, .oemSub2,
            .vehicleSub1, .vehicleSub2, .csmsRoot, .csmsSub, .privateRoot, .v2gRootLink, .moRootLink, .oemRootLink,
            .csmsRootLink:
            return KeyUsageRule(required: .keyCertSign, issued: signer, allowed: signer, forbidden: [])
        }
    }

    private static func pathLength(_ role: Role) -> PathLengthRule {
        switch role {
        case .cpoSub1, .cpsSub1, .moSub1, .oemSub1, .vehicleSub1: .exactly(1)
        case .cpoSub2, .cpsSub2, .moSub2, .oemSub2, .vehicleSub2: .exactly(0)
        case .csmsSub, .privateRoot: .atMost(0)
        case .v2gRoot, .moRoot, .oemRoot, .csmsRoot, .v2gRootLink, .moRootLink, .oemRootLink, .csmsRootLink: .unlimited
        case .secc, .contract, .oem, .cps, .vehicle, .ocsp, .station, .csms, .est: .leaf
        }
    }

    private static func extendedKeyUsage(_ role: Role, _ edition: Edition) -> ExtendedKeyUsageRule {
        switch role {
        case .secc:
            return ExtendedKeyUsageRule(
                isMandatory: edition == .iso20, required: [.serverAuth], issued: edition == .iso20 ? [.serverAuth] : [],
                allowed: [.serverAuth], forbidden: [.ocspSigning])
        case .vehicle:
            return ExtendedKeyUsageRule(
                isMandatory: true, required: [.clientAuth], issued: [.clientAuth], allowed: [.clientAuth],
                forbidden: [.serverAuth, .ocspSigning])
        case .contract, .oem, .cps:
            // The three credentials of a car are never interchangeable: a -20 TLS client is a vehicle certificate.
            return ExtendedKeyUsageRule(
                forbidden: edition == .iso20
                    ? [.serverAuth, .clientAuth, .ocspSigning] : [.serverAuth, .ocspSigning])
        case .ocsp:
            return ExtendedKeyUsageRule(
                isMandatory: true, required: [.ocspSigning], issued: [.ocspSigning], allowed: [.ocspSigning],
                forbidden: [.serverAuth, .clientAuth])
        case .station:
            return ExtendedKeyUsageRule(
                isMandatory: true, required: [.clientAuth], issued: [.clientAuth], allowed: [.clientAuth, .serverAuth],
                forbidden: [.ocspSigning])
        case .csms, .est:
            return ExtendedKeyUsageRule(
                isMandatory: true, required: [.serverAuth], issued: [.serverAuth], allowed: [.serverAuth, .clientAuth],
                forbidden: [.ocspSigning])
        case .v2gRoot, .moRoot, .oemRoot, .csmsRoot, .privateRoot, .v2gRootLink, .moRootLink, .oemRootLink,
            .csmsRootLink:
            return ExtendedKeyUsageRule(isForRoots: true)
        case .cpoSub1, .cpoSub2: return ExtendedKeyUsageRule(required: [.serverAuth])
        case .vehicleSub1, .vehicleSub2: return ExtendedKeyUsageRule(required: [.clientAuth])
        case .csmsSub: return ExtendedKeyUsageRule(allowed: [.serverAuth, .clientAuth])
        case .cpsSub1, .cpsSub2, .moSub1, .moSub2, .oemSub1, .oemSub2: return ExtendedKeyUsageRule()
        }
    }

    private static func commonName(_ role: Role) -> CommonNameRule {
        switch role {
        case .secc: .station
        case .contract: .emaid
        case .oem: .pcid
        case .vehicle: .evccID
        default: .free
        }
    }

    /// Usual and longest validity. Years count their leap days generously, so that whole calendar years fit.
    private static func validityDays(_ role: Role) -> (usual: Int, maximum: Int?) {
        func years(_ count: Int) -> Int { count * 365 + count / 4 }
        func limit(_ count: Int) -> Int { years(count) + 2 }
        return switch role {
        case .v2gRoot, .privateRoot: (years(40), limit(40))
        case .moRoot, .oemRoot: (years(40), nil)
        case .csmsRoot: (years(20), limit(40))
        case .v2gRootLink, .csmsRootLink: (years(10), limit(40))
        case .moRootLink, .oemRootLink: (years(10), nil)
        case .cpoSub1, .cpsSub1: (years(4), limit(4))
        case .cpoSub2, .cpsSub2: (years(2), limit(2))
        case .moSub1: (years(4), nil)
        case .moSub2: (years(4), nil)
        case .oemSub1, .oemSub2, .vehicleSub1, .vehicleSub2: (years(30), nil)
        case .csmsSub: (years(5), limit(10))
        case .secc, .cps: (90, 92)
        case .contract: (years(2), limit(2))
        case .oem: (years(20), nil)
        case .vehicle: (years(10), nil)
        case .ocsp: (30, 92)
        case .station, .csms, .est: (90, 398)
        }
    }

    private static func ocspLocation(_ role: Role) -> Expectation {
        switch role {
        case .secc, .cpoSub1, .cpoSub2, .cps, .cpsSub1, .cpsSub2, .contract, .moSub1, .moSub2: .required
        case .v2gRoot, .moRoot, .oemRoot, .csmsRoot, .privateRoot, .ocsp: .absent
        default: .optional
        }
    }

    private static func hostNames(_ role: Role) -> Expectation {
        switch role {
        case .csms, .est: .required
        case .station: .optional
        default: .absent
        }
    }
}

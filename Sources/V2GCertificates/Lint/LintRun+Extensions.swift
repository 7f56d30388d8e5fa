internal import V2GDER
internal import V2GPrimitives
internal import V2GX509

extension LintRun {
    func checkExtensions() {
        var seen: ExtensionKinds = []
        var unknown: [ObjectIdentifier] = []
        var basicConstraints: CertificateExtension?
        var keyUsage: CertificateExtension?
        var extendedKeyUsage: CertificateExtension?
        var hostNames: CertificateExtension?
        let permitted = profile.permittedExtensions
        let mild: ExtensionKinds = [
            .subjectKeyIdentifier, .authorityKeyIdentifier, .authorityInformationAccess, .crlDistributionPoints,
            .ocspNoCheck,
        ]
        for entry in body.extensions {
            guard let kind = ExtensionKinds(entry.type) else {
                if unknown.contains(entry.type) {
                    report(.extensionRepeated, "extension \(entry.type) stands twice")
                } else {
                    unknown.append(entry.type)
                    reportUnknown(entry)
                }
                continue
            }
            guard seen.isDisjoint(with: kind) else {
                report(.extensionRepeated, "extension \(entry.type) stands twice")
                continue
            }
            seen.insert(kind)
            if !permitted.contains(kind) { report(.extensionUnexpected, "extension \(entry.type)") }
            if entry.isCritical, mild.contains(kind) {
                report(.extensionCritical, "extension \(entry.type) is critical")
            }
            switch kind {
            case .basicConstraints: basicConstraints = entry
            case .keyUsage: keyUsage = entry
            case .extendedKeyUsage: extendedKeyUsage = entry
            case .subjectAlternativeName: hostNames = entry
            case .subjectKeyIdentifier: checkKeyIdentifier(entry)
            case .authorityInformationAccess: checkAccess(entry)
            case .crlDistributionPoints: checkDistributionPoints(entry)
            case .certificatePolicies:
                _ = decoded(entry) { (body) throws(DERError) in try body.certificatePolicies() }
            default: break  // the authority key identifier is judged with the issuer; no-check has no content
            }
        }
        checkBasicConstraints(basicConstraints)
        checkKeyUsage(keyUsage)
        checkExtendedKeyUsage(extendedKeyUsage)
        checkHostNames(hostNames)
        if !seen.contains(.subjectKeyIdentifier) { report(.keyIdentifierMissing, "no subject key identifier") }
        if !seen.contains(.authorityKeyIdentifier) {
            report(.authorityKeyIdentifierMissing, "no authority key identifier")
        }
        if !seen.contains(.authorityInformationAccess) { reportNoResponder() }
        if !seen.contains(.ocspNoCheck) { report(.noCheckMissing, "no id-pkix-ocsp-nocheck") }
    }

    private func reportUnknown(_ entry: CertificateExtension) {
        if entry.isCritical, !settings.processedCriticalExtensions.contains(entry.type) {
            report(.extensionUnknownCritical, "extension \(entry.type)")
        } else {
            report(.extensionUnexpected, "extension \(entry.type)")
        }
    }

    private func reportNoResponder() {
        if settings.isPrivateEnvironment || (isIssuing && !settings.requiresOCSPLocation) { return }
        if issuer?.role == .privateRoot { return }  // [V2G2-872]
        report(.ocspLocationMissing, "no OCSP responder is named")
    }

    private func checkKeyIdentifier(_ entry: CertificateExtension) {
        guard let value = decoded(entry, { (body) throws(DERError) in try body.subjectKeyIdentifier() }) else { return }
        if !KeyIdentifierMethod.isDerived(value, from: body.subjectPublicKeyInfo) {
            report(.keyIdentifierMismatch, "\(value.count) bytes \(Hex.encode(value.prefix(20)))")
        }
    }

    private func checkAccess(_ entry: CertificateExtension) {
        let access = decoded(entry) { (body) throws(DERError) in try body.authorityInformationAccess() }
        guard let access else { return }
        var namesResponder = false
        for description in access {
            if description.method == .accessOCSP { namesResponder = true }
            check(location: description.location)
        }
        if !namesResponder { reportNoResponder() }
    }

    private func checkDistributionPoints(_ entry: CertificateExtension) {
        guard let points = decoded(entry, { (body) throws(DERError) in try body.crlDistributionPoints() }) else {
            return
        }
        for point in points { check(location: point) }
    }

    private func check(location: GeneralName) {
        guard case .uri(let uri) = location else {
            if case .directory = location { return }  // an LDAP name: legal, and of no use to us
            report(.locationForm, "a location that is no URI")
            return
        }
        let isSecure = uri.utf8.starts(with: "https://".utf8)
        guard isSecure || uri.utf8.starts(with: "http://".utf8), uri.utf8.count > (isSecure ? 8 : 7),
            uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else {
            report(.locationForm, "'\(uri.printable)'")
            return
        }
    }

    private func checkHostNames(_ entry: CertificateExtension?) {
        guard let entry else {
            report(.hostNameMissing, "no subject alternative name")
            return
        }
        let names = decoded(entry) { (body) throws(DERError) in try body.subjectAlternativeNames() }
        guard let names else { return }
        var namesHost = false
        for name in names {
            switch name {
            case .dns(let host):
                namesHost = true
                if host.utf8.contains(ASCII.star) {
                    report(.hostNameWildcard, "host name \(host.printable)")
                } else if !Self.isHostName(host) {
                    report(.hostNameForm, host.isEmpty ? "an empty host name" : "'\(host.printable)'")
                }
            case .ipAddress(let bytes):
                namesHost = true
                if bytes.count != 4, bytes.count != 16 { report(.hostNameForm, "an address of \(bytes.count) bytes") }
            case .email, .directory, .uri, .other:
                report(.hostNameForm, "a name that is no host name or address")
            }
        }
        if !namesHost { report(.hostNameMissing, "no host name or address among the names") }
    }

    /// Letters, digits and dashes in labels of 1...63, dots between, at most 253 characters (RFC 1123 2.1).
    static func isHostName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        var labelLength = 0
        var last = UInt8(ascii: "-")
        for byte in text.utf8 {
            if byte == UInt8(ascii: ".") {
                guard labelLength > 0, last != ASCII.dash else { return false }
                labelLength = 0
            } else {
                guard ASCII.isAlphanumeric(byte) || (byte == ASCII.dash && labelLength > 0) else { return false }
                labelLength += 1
                guard labelLength <= 63 else { return false }
            }
            last = byte
        }
        return labelLength > 0 && last != ASCII.dash
    }
}

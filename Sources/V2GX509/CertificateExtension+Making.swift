public import V2GDER

extension CertificateExtension {
    /// Basic constraints, critical unless said otherwise (RFC 5280 4.2.1.9).
    public static func basicConstraints(_ value: BasicConstraints, isCritical: Bool = true) -> CertificateExtension {
        CertificateExtension(type: .basicConstraints, isCritical: isCritical) { writer in
            writer.writeSequence { inner in
                if value.isCA { inner.write(true) }
                if let length = value.pathLength { inner.write(length) }
            }
        }
    }

    /// Key usage, critical unless said otherwise (RFC 5280 4.2.1.3).
    public static func keyUsage(_ value: KeyUsage, isCritical: Bool = true) -> CertificateExtension {
        CertificateExtension(type: .keyUsage, isCritical: isCritical) { $0.writeNamedBits(value.rawValue) }
    }

    /// Extended key usage with the purposes in the given order (RFC 5280 4.2.1.12).
    public static func extendedKeyUsage(
        _ purposes: [ObjectIdentifier], isCritical: Bool = false
    ) -> CertificateExtension {
        CertificateExtension(type: .extendedKeyUsage, isCritical: isCritical) { writer in
            writer.writeSequence { inner in
                for purpose in purposes { inner.write(purpose) }
            }
        }
    }

    /// Subject key identifier (RFC 5280 4.2.1.2).
    public static func subjectKeyIdentifier(_ identifier: [UInt8]) -> CertificateExtension {
        CertificateExtension(type: .subjectKeyIdentifier) { $0.write(.octetString, identifier) }
    }

    /// Authority key identifier in its key form (RFC 5280 4.2.1.1).
    public static func authorityKeyIdentifier(_ identifier: [UInt8]) -> CertificateExtension {
        CertificateExtension(type: .authorityKeyIdentifier) { writer in
            writer.writeSequence { $0.write(.contextPrimitive(0), identifier) }
        }
    }

    /// Subject alternative name (RFC 5280 4.2.1.6).
    public static func subjectAlternativeNames(
        _ names: [GeneralName], isCritical: Bool = false
    ) -> CertificateExtension {
        CertificateExtension(type: .subjectAlternativeName, isCritical: isCritical) { writer in
            writer.writeSequence { inner in
                for name in names { name.write(to: &inner) }
            }
        }
    }

    /// Authority information access with OCSP responders first, then places of the issuer's certificate.
    public static func authorityInformationAccess(ocsp: [String], caIssuers: [String] = []) -> CertificateExtension {
        CertificateExtension(type: .authorityInformationAccess) { writer in
            writer.writeSequence { inner in
                let entries =
                    ocsp.map { (ObjectIdentifier.accessOCSP, $0) }
                    + caIssuers.map { (ObjectIdentifier.accessCAIssuers, $0) }
                for (method, uri) in entries {
                    inner.writeSequence { pair in
                        pair.write(method)
                        GeneralName.uri(uri).write(to: &pair)
                    }
                }
            }
        }
    }

    /// One distribution point for each URI.
    public static func crlDistributionPoints(_ uris: [String]) -> CertificateExtension {
        CertificateExtension(type: .crlDistributionPoints) { writer in
            writer.writeSequence { inner in
                for uri in uris {
                    inner.writeSequence { point in
                        point.write(.contextConstructed(0)) { name in
                            name.write(.contextConstructed(0)) { GeneralName.uri(uri).write(to: &$0) }
                        }
                    }
                }
            }
        }
    }

    /// Certificate policies without qualifiers (RFC 5280 4.2.1.4).
    public static func certificatePolicies(_ policies: [ObjectIdentifier]) -> CertificateExtension {
        CertificateExtension(type: .certificatePolicies) { writer in
            writer.writeSequence { inner in
                for policy in policies { inner.writeSequence { $0.write(policy) } }
            }
        }
    }

    /// Marks an OCSP signer whose own status need not be asked for (RFC 6960 4.2.2.2.1).
    public static let ocspNoCheck = CertificateExtension(type: .ocspNoCheck) { $0.writeNull() }
}

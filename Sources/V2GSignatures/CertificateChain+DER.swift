package import SchemaTypes
package import V2GMessagesISO2
package import V2GMessagesISO20Common

extension ISO2.CertificateChain {
    /// From DER, leaf first.
    package init(der chain: [[UInt8]], id: XMLID? = nil) throws(SchemaViolation) {
        var subCertificates: [ISO2.Certificate] = []
        for der in chain.dropFirst() { subCertificates.append(try ISO2.Certificate(der)) }
        self.init(
            id: id, certificate: try ISO2.Certificate(chain.first ?? []),
            subCertificates: subCertificates.isEmpty
                ? nil : ISO2.SubCertificates(certificate: try BoundedList(subCertificates)))
    }

    /// DER, leaf first.
    package var der: [[UInt8]] {
        [certificate.octets] + (subCertificates?.certificate.elements.map(\.octets) ?? [])
    }
}

extension ISO20Common.CertificateChain {
    /// From DER, leaf first.
    package init(der chain: [[UInt8]]) throws(SchemaViolation) {
        self.init(
            certificate: try ISO20Common.Certificate(chain.first ?? []),
            subCertificates: chain.count > 1 ? try ISO20Common.SubCertificates(der: chain.dropFirst()) : nil)
    }

    /// DER, leaf first.
    package var der: [[UInt8]] {
        [certificate.octets] + (subCertificates?.certificate.elements.map(\.octets) ?? [])
    }
}

extension ISO20Common.ContractCertificateChain {
    /// From DER, leaf first, with one to three sub-CAs.
    package init(der chain: [[UInt8]]) throws(SchemaViolation) {
        self.init(
            certificate: try ISO20Common.Certificate(chain.first ?? []),
            subCertificates: try ISO20Common.SubCertificates(der: chain.dropFirst()))
    }

    /// DER, leaf first.
    package var der: [[UInt8]] { [certificate.octets] + subCertificates.certificate.elements.map(\.octets) }
}

extension ISO20Common.SignedCertificateChain {
    /// From DER, leaf first.
    package init(der chain: [[UInt8]], id: XMLID) throws(SchemaViolation) {
        self.init(
            id: id, certificate: try ISO20Common.Certificate(chain.first ?? []),
            subCertificates: chain.count > 1 ? try ISO20Common.SubCertificates(der: chain.dropFirst()) : nil)
    }

    /// DER, leaf first.
    package var der: [[UInt8]] {
        [certificate.octets] + (subCertificates?.certificate.elements.map(\.octets) ?? [])
    }
}

extension ISO20Common.SubCertificates {
    init(der chain: ArraySlice<[UInt8]>) throws(SchemaViolation) {
        var certificates: [ISO20Common.Certificate] = []
        for der in chain { certificates.append(try ISO20Common.Certificate(der)) }
        self.init(certificate: try BoundedList(certificates))
    }
}

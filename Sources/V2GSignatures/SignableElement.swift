internal import EXICodec
internal import SchemaTypes
package import V2GMessagesISO2
package import V2GMessagesISO20Common

/// An element that a signature covers: its Id, and its octets as an EXI fragment.
///
/// Makers take the decoded value that the caller goes on to use, and encode it anew. So what is verified is what is
/// used, and nothing else in the message can take its place.
package struct SignableElement: Sendable, Hashable {
    package let id: String
    /// The canonical fragment, which is what we sign.
    package let fragment: [UInt8]
    /// The same value under a second grammar that peers use, accepted on verification.
    let alternative: [UInt8]?

    private init(
        _ name: StaticString, _ id: XMLID?, fragment: () throws(SchemaViolation) -> [UInt8],
        alternative: (() throws(SchemaViolation) -> [UInt8])? = nil
    ) throws(SignatureRefusal) {
        guard let id else {
            throw SignatureRefusal(
                .elementWithoutID, "\(name) has no Id. A signed element needs one, for the signature to refer to it.")
        }
        self.id = id.string
        do {
            self.fragment = try fragment()
            self.alternative = try alternative?()
        } catch {
            throw SignatureRefusal(.cannotCompute, "\(name) cannot be encoded as a fragment: \(error.message)")
        }
    }

    private init(_ name: StaticString, _ id: XMLID?, _ element: ISO2.Element) throws(SignatureRefusal) {
        try self.init(name, id, fragment: { () throws(SchemaViolation) in try element.encodedFragment() })
    }

    private init(_ name: StaticString, _ id: XMLID?, _ element: ISO20Common.Element) throws(SignatureRefusal) {
        try self.init(name, id, fragment: { () throws(SchemaViolation) in try element.encodedFragment() })
    }
}

// ISO 15118-2.
extension SignableElement {
    /// Signed with the contract key [V2G2-768].
    package static func authorizationReq(_ value: ISO2.AuthorizationReq) throws(SignatureRefusal) -> Self {
        try Self("AuthorizationReq", value.id, .authorizationReq(value))
    }

    /// Signed with the contract key.
    package static func meteringReceiptReq(_ value: ISO2.MeteringReceiptReq) throws(SignatureRefusal) -> Self {
        try Self("MeteringReceiptReq", value.id, .meteringReceiptReq(value))
    }

    /// Signed with the OEM provisioning key.
    package static func certificateInstallationReq(
        _ value: ISO2.CertificateInstallationReq
    ) throws(SignatureRefusal) -> Self {
        try Self("CertificateInstallationReq", value.id, .certificateInstallationReq(value))
    }

    /// Signed with the key of the contract that is to be replaced.
    package static func certificateUpdateReq(_ value: ISO2.CertificateUpdateReq) throws(SignatureRefusal) -> Self {
        try Self("CertificateUpdateReq", value.id, .certificateUpdateReq(value))
    }

    /// The new contract's chain in an answer; signed by the CPS.
    package static func contractSignatureCertChain(_ value: ISO2.CertificateChain) throws(SignatureRefusal) -> Self {
        try Self("ContractSignatureCertChain", value.id, .contractSignatureCertChain(value))
    }

    /// The wrapped contract key in an answer; signed by the CPS.
    package static func contractSignatureEncryptedPrivateKey(
        _ value: ISO2.ContractSignatureEncryptedPrivateKey
    ) throws(SignatureRefusal) -> Self {
        try Self("ContractSignatureEncryptedPrivateKey", value.id, .contractSignatureEncryptedPrivateKey(value))
    }

    /// The sender's ephemeral key in an answer; signed by the CPS.
    package static func dhPublicKey(_ value: ISO2.DiffieHellmanPublickey) throws(SignatureRefusal) -> Self {
        try Self("DHpublickey", value.id, .dhPublicKey(value))
    }

    /// The contract's name in an answer; signed by the CPS.
    ///
    /// The schema declares the name eMAID with two types, so its fragment has a grammar of its own; stacks made with
    /// cbexigen use that of the type instead. We sign the former and verify both.
    package static func emaid(_ value: ISO2.EMAID) throws(SignatureRefusal) -> Self {
        let element = ISO2.Element.emaid(value)
        return try Self(
            "eMAID", value.id,
            fragment: { () throws(SchemaViolation) in try element.encodedFragment() },
            alternative: { () throws(SchemaViolation) in
                try element.encodedFragment(form: EXIForm(ambiguousFragments: .typed))
            })
    }

    /// One tariff of ChargeParameterDiscoveryRes; signed by the mobility operator's sub-CA 2.
    package static func salesTariff(_ value: ISO2.SalesTariff) throws(SignatureRefusal) -> Self {
        try Self("SalesTariff", value.id, .salesTariff(value))
    }

    /// All that the CPS signs in an answer: four elements; its own chain is not among them.
    package static func elements(
        of value: ISO2.CertificateInstallationRes
    ) throws(SignatureRefusal) -> [SignableElement] {
        [
            try .contractSignatureCertChain(value.contractSignatureCertChain),
            try .contractSignatureEncryptedPrivateKey(value.contractSignatureEncryptedPrivateKey),
            try .dhPublicKey(value.dhPublicKey),
            try .emaid(value.emaid),
        ]
    }

    /// All that the CPS signs in an answer: four elements; its own chain is not among them.
    package static func elements(of value: ISO2.CertificateUpdateRes) throws(SignatureRefusal) -> [SignableElement] {
        [
            try .contractSignatureCertChain(value.contractSignatureCertChain),
            try .contractSignatureEncryptedPrivateKey(value.contractSignatureEncryptedPrivateKey),
            try .dhPublicKey(value.dhPublicKey),
            try .emaid(value.emaid),
        ]
    }

    /// The tariffs of one answer, which one signature covers with a reference for each.
    package static func elements(of tariffs: [ISO2.SalesTariff]) throws(SignatureRefusal) -> [SignableElement] {
        var elements: [SignableElement] = []
        for tariff in tariffs { elements.append(try .salesTariff(tariff)) }
        return elements
    }
}

// ISO 15118-20.
extension SignableElement {
    /// The signed part of AuthorizationReq; signed with the contract key.
    package static func pncAReqAuthorizationMode(
        _ value: ISO20Common.PnCAReqAuthorizationMode
    ) throws(SignatureRefusal) -> Self {
        try Self("PnC_AReqAuthorizationMode", value.id, .pncAReqAuthorizationMode(value))
    }

    /// The signed part of CertificateInstallationReq; signed with the OEM provisioning key.
    package static func oemProvisioningCertificateChain(
        _ value: ISO20Common.SignedCertificateChain
    ) throws(SignatureRefusal) -> Self {
        try Self("OEMProvisioningCertificateChain", value.id, .oemProvisioningCertificateChain(value))
    }

    /// The signed part of CertificateInstallationRes; signed by the CPS.
    package static func signedInstallationData(
        _ value: ISO20Common.SignedInstallationData
    ) throws(SignatureRefusal) -> Self {
        try Self("SignedInstallationData", value.id, .signedInstallationData(value))
    }

    /// The signed part of MeteringConfirmationReq; signed with the contract key.
    package static func signedMeteringData(_ value: ISO20Common.SignedMeteringData) throws(SignatureRefusal) -> Self {
        try Self("SignedMeteringData", value.id, .signedMeteringData(value))
    }

    /// Prices in ScheduleExchangeRes; signed for the mobility operator.
    package static func absolutePriceSchedule(
        _ value: ISO20Common.AbsolutePriceSchedule
    ) throws(SignatureRefusal) -> Self {
        try Self("AbsolutePriceSchedule", value.id, .absolutePriceSchedule(value))
    }

    /// Price levels in ScheduleExchangeRes; signed for the mobility operator.
    package static func priceLevelSchedule(_ value: ISO20Common.PriceLevelSchedule) throws(SignatureRefusal) -> Self {
        try Self("PriceLevelSchedule", value.id, .priceLevelSchedule(value))
    }
}

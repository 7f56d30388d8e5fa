internal import SchemaTypes
package import V2GMessagesISO2
package import V2GMessagesISO20
package import V2GMessagesISO20Common

// Answers without a contract. The schemas demand all fields even of an answer that failed or is not finished, so they
// hold dummies: single zero octets, since decoders made by cbexigen do not read empty ones. No car may use them:
// `accept` refuses these answers before it looks at any field.

extension ContractInstaller2 {
    /// An answer to CertificateInstallationReq that gives no contract, unsigned.
    package static func failedResponse(
        _ code: ISO2.ResponseCode
    ) throws(ProvisioningRefusal) -> ISO2.CertificateInstallationRes {
        do {
            return ISO2.CertificateInstallationRes(
                responseCode: code, saProvisioningCertificateChain: try ISO2.CertificateChain(der: [[0]]),
                contractSignatureCertChain: try ISO2.CertificateChain(der: [[0]], id: XMLID("id1")),
                contractSignatureEncryptedPrivateKey: ISO2.ContractSignatureEncryptedPrivateKey(
                    id: try XMLID("id2"), value: try ISO2.PrivateKey([0])),
                dhPublicKey: ISO2.DiffieHellmanPublickey(id: try XMLID("id3"), value: try ISO2.DHpublickey([0])),
                emaid: ISO2.EMAID(id: try XMLID("id4"), value: try ISO2.EMAIDString("XX000000000000")))
        } catch {
            throw ProvisioningRefusal(.cannotCompute, "The placeholder does not fit its message: \(error.message)")
        }
    }

    /// An answer to CertificateUpdateReq that gives no contract, unsigned.
    ///
    /// - Parameter retryCounter: Days after which the car may ask again, -1 for never, as the edition defines it.
    package static func failedUpdateResponse(
        _ code: ISO2.ResponseCode, retryCounter: Int16? = nil
    ) throws(ProvisioningRefusal) -> ISO2.CertificateUpdateRes {
        let answer = try failedResponse(code)
        return ISO2.CertificateUpdateRes(
            responseCode: code, saProvisioningCertificateChain: answer.saProvisioningCertificateChain,
            contractSignatureCertChain: answer.contractSignatureCertChain,
            contractSignatureEncryptedPrivateKey: answer.contractSignatureEncryptedPrivateKey,
            dhPublicKey: answer.dhPublicKey, emaid: answer.emaid, retryCounter: retryCounter)
    }
}

extension ContractInstaller20 {
    /// An answer that gives no contract: it failed, or the backend is still asked (`OK` and `Ongoing`). Unsigned.
    package static func placeholderResponse(
        _ code: ISO20.ResponseCode, processing: ISO20.Processing, header: ISO20.MessageHeader
    ) throws(ProvisioningRefusal) -> ISO20Common.CertificateInstallationRes {
        do {
            return ISO20Common.CertificateInstallationRes(
                header: header, responseCode: code, evseProcessing: processing,
                cpsCertificateChain: try ISO20Common.CertificateChain(der: [[0]]),
                signedInstallationData: ISO20Common.SignedInstallationData(
                    id: try XMLID("id1"),
                    contractCertificateChain: try ISO20Common.ContractCertificateChain(der: [[0], [0]]),
                    ecdhCurve: .secp521,
                    dhPublicKey: try ISO20Common.DhPublicKey([UInt8](repeating: 0, count: 133)),
                    encryptedPrivateKey: .secp521EncryptedPrivateKey(
                        try ISO20Common.Secp521EncryptedPrivateKey([UInt8](repeating: 0, count: 94)))),
                remainingContractCertificateChains: 0)
        } catch {
            throw ProvisioningRefusal(.cannotCompute, "The placeholder does not fit its message: \(error.message)")
        }
    }
}

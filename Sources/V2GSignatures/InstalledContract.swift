internal import CryptoOpenSSL
package import V2GCertificates
package import V2GPrimitives
internal import V2GX509

/// A contract that a car may keep: delivered by a trusted provisioning service, with a key that belongs to it. The
/// installers alone make it.
package struct InstalledContract: Sendable {
    /// DER, leaf first, without the root: what the car sends in PaymentDetailsReq or AuthorizationReq.
    package let chain: [[UInt8]]
    /// The private key: big endian in field length (NIST curves) or raw (Ed448).
    package let scalar: SecretBytes
    package let emaid: EMAID
    /// What was noteworthy about the chains, such as tolerances.
    package let findings: [Finding]
    /// How the answer was signed.
    package let signature: VerifiedSignature
    /// The signer's chain.
    package let provisioningService: ValidatedChain

    init(
        chain: [[UInt8]], scalar: SecretBytes, emaid: EMAID, findings: [Finding], signature: VerifiedSignature,
        provisioningService: ValidatedChain
    ) {
        self.chain = chain
        self.scalar = scalar
        self.emaid = emaid
        self.findings = findings
        self.signature = signature
        self.provisioningService = provisioningService
    }
}

/// What a car installs with, and against what it judges. The same for both editions.
package struct InstallationPolicy: Sendable {
    /// Judges the signer of answers; its role must be ``Role/cps``.
    package let provisioningVerifier: ChainVerifier
    /// Judges the contract's chain, where the car has anchors of mobility operators; its role must be
    /// ``Role/contract``. Without it, the signer's word counts for the contract.
    package let contractVerifier: ChainVerifier?
    package let signatures: MessageSignatureVerifier

    package init(
        provisioningVerifier: ChainVerifier, contractVerifier: ChainVerifier? = nil,
        signatures: MessageSignatureVerifier
    ) {
        self.provisioningVerifier = provisioningVerifier
        self.contractVerifier = contractVerifier
        self.signatures = signatures
    }

    /// Refuses to work with verifiers of another role or edition: they would prove something else.
    func check(_ edition: Edition) throws(ProvisioningRefusal) {
        guard provisioningVerifier.role == .cps, provisioningVerifier.edition == edition,
            contractVerifier.map({ $0.role == .contract && $0.edition == edition }) ?? true,
            signatures.profile.edition == edition
        else {
            throw ProvisioningRefusal(
                .misconfigured,
                "The verifiers are not those of provisioning services and contracts in edition "
                    + "\(edition.rawValue).")
        }
    }

    func judge(
        _ verifier: ChainVerifier, _ what: String, _ chain: [[UInt8]], _ evidence: RevocationEvidence,
        _ time: Timestamp
    ) throws(ProvisioningRefusal) -> ValidatedChain {
        do {
            return try verifier.verify(der: chain, evidence: evidence, at: time)
        } catch {
            throw ProvisioningRefusal(
                .chainRefused, "\(what) is not trusted: \(error.rules.joined(separator: ", ")).", chain: error)
        }
    }
}

extension Certificate {
    /// Reads a contract's leaf: it must hold a key we know and name a contract.
    static func contractLeaf(_ der: [UInt8]) throws(ProvisioningRefusal) -> (certificate: Certificate, emaid: EMAID) {
        let certificate: Certificate
        do {
            certificate = try Certificate(der: der)
        } catch {
            throw ProvisioningRefusal(.badContractCertificate, "The contract certificate cannot be read: \(error).")
        }
        guard let name = certificate.subject.commonName, let emaid = EMAID(name) else {
            throw ProvisioningRefusal(
                .badContractCertificate, "The common name of the contract certificate is not an eMAID.")
        }
        return (certificate, emaid)
    }

    /// Reads what an answer is made of: certificates, leaf first, the root left out.
    static func readChain(
        _ chain: [[UInt8]], _ what: String, subCertificates: ClosedRange<Int>, maximumLength: Int
    ) throws(ProvisioningRefusal) -> [Certificate] {
        guard subCertificates.contains(chain.count - 1) else {
            throw ProvisioningRefusal(
                .misconfigured,
                "\(what) has \(chain.count) certificates. It is a leaf and "
                    + "\(subCertificates.lowerBound) to \(subCertificates.upperBound) sub-CAs, without the root.")
        }
        var certificates: [Certificate] = []
        for der in chain {
            guard der.count <= maximumLength else {
                throw ProvisioningRefusal(
                    .misconfigured, "A certificate of \(what) has \(der.count) octets; messages hold \(maximumLength).")
            }
            do {
                certificates.append(try Certificate(der: der))
            } catch {
                throw ProvisioningRefusal(.misconfigured, "A certificate of \(what) cannot be read: \(error).")
            }
        }
        guard !certificates.dropFirst().contains(where: \.body.isSelfIssued),
            zip(certificates, certificates.dropFirst()).allSatisfy({ $0.issuer.matches($1.subject) })
        else {
            throw ProvisioningRefusal(
                .misconfigured, "\(what) is not in order. Give the leaf first and leave the root out.")
        }
        return certificates
    }

    /// Refuses a private key that is not the certificate's.
    func requireKey(_ scalar: SecretBytes) throws(ProvisioningRefusal) {
        guard let publicKey, privateScalarMatches(scalar, publicKey: publicKey) else { throw .keyMismatch }
    }
}

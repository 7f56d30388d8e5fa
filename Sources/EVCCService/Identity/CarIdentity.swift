internal import CryptoOpenSSL
internal import V2GCertificates
package import V2GKeys
package import V2GPKIDirectory
internal import V2GPrimitives
package import V2GSession
package import V2GTLS
internal import V2GX509

/// The car's certificates and keys in one edition: who it is, what it pays with, and whom it trusts.
package struct CarIdentity: Sendable {
    package let pki: PKIEdition
    /// What signs AuthorizationReq and receipts.
    package var contract: (credential: ContractCredential, key: any SigningKey)?
    /// The same key, where it can agree on secrets: contract updates of -2 are wrapped for it.
    package var contractAgreement: (any AgreementKey)?
    /// The provisioning certificate, whose key signs installation requests and unwraps contract keys.
    package let provisioning: (credential: LeafCredential, key: any SigningKey, agreement: any AgreementKey)?
    /// -20: the TLS client certificate.
    package let vehicle: TLSCredential?

    /// Opens the keys that lie in a PKI directory. What is missing is `nil`; a key that does not fit its certificate is
    /// an error.
    ///
    /// - Parameter provisioningIsVehicle: Without a vehicle certificate the provisioning certificate of -2 stands in for
    ///   it as TLS client, as the `josev` quirk allows.
    package init(_ pki: PKIEdition, opener: KeyOpener, provisioningIsVehicle: Bool = false) async throws {
        self.pki = pki
        if let leaf = try pki.credential(.contract) {
            let key = try await opener.signingKey(leaf)
            guard let name = leaf.leaf.subject.commonName, let emaid = EMAID(name) else {
                throw CarError(
                    .credentials, "The contract certificate '\(leaf.leaf.subject)' has no eMAID as its common name.")
            }
            contract = (ContractCredential(chain: leaf.der, emaid: emaid), key)
            // A key that only signs cannot take updates, which the car then does not ask for.
            contractAgreement = try? await opener.agreementKey(leaf)
        }
        if let leaf = try pki.credential(.oem), leaf.leaf.publicKey?.algorithm.canAgree == true {
            provisioning = (leaf, try await opener.signingKey(leaf), try await opener.agreementKey(leaf))
        } else {
            provisioning = nil
        }
        let standsIn = pki.edition == .iso20 || provisioningIsVehicle
        if let leaf = try pki.credential(.vehicle) ?? (standsIn ? try pki.credential(.oem) : nil) {
            let key: TLSKey
            if let software = try opener.softwareKey(leaf) {
                key = .software(software)
            } else {
                key = .external(try await opener.signingKey(leaf))
            }
            vehicle = TLSCredential(chain: leaf.der, key: key, root: leaf.root?.der)
        } else {
            vehicle = nil
        }
    }
}

extension CarIdentity {
    /// The name that -20 calls EVCCID: the vehicle certificate's common name, else the provisioning certificate's.
    var vehicleName: String? {
        if let der = vehicle?.chain.first, let certificate = try? Certificate(der: der) {
            return certificate.subject.commonName
        }
        return provisioning?.credential.leaf.subject.commonName
    }
}

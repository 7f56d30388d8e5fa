package import V2GKeys
package import V2GPrimitives

package enum SignedInfoGrammar: String, Sendable, Hashable { case standalone, messageSet }

package struct VerifiedSignature: Sendable {
    package let signer: PublicKey
    package let ids: [String]
    package let grammar: SignedInfoGrammar
    package let isOutOfProfile: Bool
}

package struct InstalledContract: Sendable {
    package let chain: [[UInt8]]
    package let scalar: SecretBytes
    package let emaid: EMAID
}

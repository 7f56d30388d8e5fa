internal import CryptoOpenSSL
package import V2GKeys

/// What the product itself uses.
package enum ProductFixture {
    package static let verifier: any SignatureVerifier = ProductSignatureVerifier()
}

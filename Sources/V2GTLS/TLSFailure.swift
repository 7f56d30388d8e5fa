/// Why a handshake or a connection failed, with the alerts that went over the wire.
package struct TLSFailure: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// No suite in common; the message says `Cipher Suite Mismatch`.
        case cipherSuiteMismatch
        /// The judge of the peer refused; the message says `SSL_R_CERTIFICATE_VERIFY_FAILED` and the judge's reason.
        case certificateVerifyFailed
        /// TLS 1.3, and the client came without a certificate.
        case noPeerCertificate
        case versionMismatch
        case groupMismatch
        case signatureAlgorithmMismatch
        /// The peer ended the handshake or the connection with an alert.
        case peerAlert
        /// There is no chain of ours that this peer could use.
        case noCertificate
        /// Our key did not sign.
        case keyFailed
        /// The bytes are not TLS.
        case notTLS
        /// An extension of the ClientHello is malformed.
        case malformedHello
        /// Anything else, such as a record that does not decrypt.
        case protocolError
    }

    package let code: Code
    package let message: String
    package let alertSent: TLSAlert?
    package let alertReceived: TLSAlert?

    package init(code: Code, message: String, alertSent: TLSAlert? = nil, alertReceived: TLSAlert? = nil) {
        self.code = code
        self.message = message
        self.alertSent = alertSent
        self.alertReceived = alertReceived
    }

    package var description: String { message }
}

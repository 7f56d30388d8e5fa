internal import CTLSEngine
internal import V2GKeys

/// Puts what is known of a failure into words that operators search for.
struct Explanation {
    let kind: v2g_tls_failure
    let text: String
    let alertSent: TLSAlert?
    let alertReceived: TLSAlert?
    let helloRefusal: (code: TLSFailure.Code, message: String)?
    let verifyRefusal: String?
    let keyError: KeyError?
    let isServer: Bool

    var failure: TLSFailure {
        let (code, message) = verdict
        return TLSFailure(
            code: code, message: message + alerts, alertSent: alertSent, alertReceived: alertReceived)
    }

    private var alerts: String {
        var parts: [String] = []
        if let alertSent { parts.append("sent alert \(alertSent)") }
        if let alertReceived { parts.append("received alert \(alertReceived)") }
        return parts.isEmpty ? "" : " [\(parts.joined(separator: ", "))]"
    }

    private var verdict: (TLSFailure.Code, String) {
        if let helloRefusal { return helloRefusal }
        if let verifyRefusal {
            return (
                .certificateVerifyFailed,
                "SSL_R_CERTIFICATE_VERIFY_FAILED: the \(isServer ? "vehicle" : "station") chain was refused: "
                    + verifyRefusal
            )
        }
        switch kind {
        case V2G_TLS_FAILURE_NO_SHARED_CIPHER:
            return (.cipherSuiteMismatch, "Cipher Suite Mismatch: \(text).")
        case V2G_TLS_FAILURE_VERIFY, V2G_TLS_FAILURE_STATUS:
            return (.certificateVerifyFailed, "SSL_R_CERTIFICATE_VERIFY_FAILED: \(text).")
        case V2G_TLS_FAILURE_NO_PEER_CERTIFICATE:
            return (
                .noPeerCertificate,
                "The car sent no certificate in TLS 1.3, which edition -20 asks of it. Install a vehicle certificate."
            )
        case V2G_TLS_FAILURE_VERSION:
            return (.versionMismatch, "No TLS version in common: \(text).")
        case V2G_TLS_FAILURE_GROUP:
            return (.groupMismatch, "No key exchange group in common: \(text).")
        case V2G_TLS_FAILURE_SIGNATURE_ALGORITHM:
            return (.signatureAlgorithmMismatch, "No signature algorithm in common: \(text).")
        case V2G_TLS_FAILURE_NO_CERTIFICATE:
            return (.noCertificate, "There is no chain of ours for this peer: \(text).")
        case V2G_TLS_FAILURE_KEY:
            return (.keyFailed, "Our key did not sign: \(keyError?.message ?? text)")
        case V2G_TLS_FAILURE_NOT_TLS:
            return (.notTLS, "What arrived is not TLS: \(text).")
        case V2G_TLS_FAILURE_PEER_ALERT:
            return (.peerAlert, peerAlert)
        default:
            return (.protocolError, "TLS failed: \(text).")
        }
    }

    private var peerAlert: String {
        let who = isServer ? "The car" : "The station"
        switch alertReceived {
        case .handshakeFailure?:
            return "\(who) ended the handshake: no suite, group or signature in common (Cipher Suite Mismatch)."
        case .unknownCA?:
            return "\(who) does not know the root of our chain. Show a chain of a root that it has."
        case .certificateRequired?:
            return "\(who) asks for a certificate of ours. Install a vehicle certificate."
        case .badCertificateStatusResponse?:
            return "\(who) did not accept our OCSP answer, or its absence. Refresh the stored answers."
        case .protocolVersion?:
            return "\(who) does not serve our TLS version."
        default:
            return "\(who) ended the connection."
        }
    }
}

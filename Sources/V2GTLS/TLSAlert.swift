/// A TLS alert by its number (RFC 8446 section 6, RFC 6066 section 8), with the name that the registry gives it.
package struct TLSAlert: Sendable, Hashable, CustomStringConvertible {
    package let code: UInt8

    package init(code: UInt8) { self.code = code }

    package static let closeNotify = TLSAlert(code: 0)
    package static let unexpectedMessage = TLSAlert(code: 10)
    package static let handshakeFailure = TLSAlert(code: 40)
    package static let badCertificate = TLSAlert(code: 42)
    package static let unsupportedCertificate = TLSAlert(code: 43)
    package static let certificateRevoked = TLSAlert(code: 44)
    package static let certificateExpired = TLSAlert(code: 45)
    package static let certificateUnknown = TLSAlert(code: 46)
    package static let illegalParameter = TLSAlert(code: 47)
    package static let unknownCA = TLSAlert(code: 48)
    package static let decodeError = TLSAlert(code: 50)
    package static let decryptError = TLSAlert(code: 51)
    package static let protocolVersion = TLSAlert(code: 70)
    package static let insufficientSecurity = TLSAlert(code: 71)
    package static let internalError = TLSAlert(code: 80)
    package static let missingExtension = TLSAlert(code: 109)
    package static let unsupportedExtension = TLSAlert(code: 110)
    package static let badCertificateStatusResponse = TLSAlert(code: 113)
    package static let certificateRequired = TLSAlert(code: 116)

    /// The registry's name, such as `unknown_ca`.
    package var name: String { Self.names[code] ?? "alert" }
    package var description: String { "\(name) (\(code))" }

    private static let names: [UInt8: String] = [
        0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow",
        40: "handshake_failure", 42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
        45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
        49: "access_denied", 50: "decode_error", 51: "decrypt_error", 70: "protocol_version",
        71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback", 90: "user_canceled",
        100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
        113: "bad_certificate_status_response", 116: "certificate_required", 120: "no_application_protocol",
    ]
}

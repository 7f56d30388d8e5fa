internal import COpenSSL
internal import V2GKeys

extension KeyError {
    /// An error that carries what OpenSSL's error queue of this thread says, and leaves the queue empty, so that no
    /// stale entry is blamed on the next call.
    static func drainingOpenSSL(_ code: Code, _ message: String) -> KeyError {
        var reasons: [String] = []
        while true {
            let entry = ERR_get_error()
            guard entry != 0 else { break }
            // The newest entries are consequences of the first ones.
            guard reasons.count < 3 else { continue }
            if let reason = unsafe ERR_reason_error_string(entry) {
                reasons.append(unsafe String(cString: reason))
            } else {
                reasons.append("code \(entry)")
            }
        }
        let detail = reasons.isEmpty ? "" : " (OpenSSL: \(reasons.joined(separator: "; ")))"
        return KeyError(code, message + detail)
    }
}

/// Empties the error queue after a failure that is an answer and not an error, such as a wrong signature.
func discardOpenSSLErrors() {
    ERR_clear_error()
}

internal import CPKCS11
internal import V2GKeys

/// What went wrong at the token's border, before it is told in the words of ``KeyError``.
enum PKCS11Failure: Error {
    /// A Cryptoki function answered with another code than `CKR_OK`.
    case call(function: String, code: CK_RV)
    /// A judgement of our own.
    case key(KeyError)

    /// Whether the sessions are void, so that one new attempt with new sessions makes sense.
    var isConnectionLost: Bool {
        guard case .call(_, let code) = self else { return false }
        return [
            CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED,
            CKR_USER_NOT_LOGGED_IN, CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_RECOGNIZED,
        ].contains(code)
    }

    /// Whether the token does not know the object's handle, while the session is good.
    var isHandleUnknown: Bool {
        guard case .call(_, let code) = self else { return false }
        return code == CKR_KEY_HANDLE_INVALID || code == CKR_OBJECT_HANDLE_INVALID
    }

    /// - Parameter doing: What was being done and with what: names the token, the object and the mechanism.
    func keyError(doing: String) -> KeyError {
        switch self {
        case .key(let error):
            return error
        case .call(let function, let code):
            let (kind, remedy) = Self.meaning(of: code)
            return KeyError(kind, "\(doing) failed: \(function) answered \(Self.name(of: code)). \(remedy)")
        }
    }

    private static func meaning(of code: CK_RV) -> (KeyError.Code, String) {
        switch code {
        case CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE:
            (.pinIncorrect, "The PIN is wrong. Correct it before the token locks.")
        case CKR_PIN_LOCKED:
            (
                .pinIncorrect,
                "The PIN is locked after too many wrong ones. Unlock it with the token's security officer PIN."
            )
        case CKR_PIN_EXPIRED:
            (.pinIncorrect, "The PIN has expired. Set a new one with the token's own tool.")
        case CKR_USER_PIN_NOT_INITIALIZED:
            (.pinRequired, "The token has no user PIN yet. Set one with the token's own tool.")
        case CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_FUNCTION_NOT_SUPPORTED, CKR_CURVE_NOT_SUPPORTED,
            CKR_DOMAIN_PARAMS_INVALID, CKR_KEY_SIZE_RANGE, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_TYPE_INCONSISTENT:
            (.unsupported, "The token or this key cannot do it. Use another kind of key or another token.")
        case CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED,
            CKR_USER_NOT_LOGGED_IN, CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_RECOGNIZED,
            CKR_DEVICE_ERROR:
            (.tokenUnavailable, "The token is gone or broken. Connect it again.")
        case CKR_SESSION_COUNT:
            (.tokenUnavailable, "The token has no free session. Close other programs that use it.")
        case CKR_TOKEN_WRITE_PROTECTED, CKR_SESSION_READ_ONLY:
            (.unsupported, "The token is write-protected.")
        case CKR_DEVICE_MEMORY:
            (.operationFailed, "The token is full. Delete keys that are no longer used.")
        default:
            (.operationFailed, "See the token's own log.")
        }
    }

    static func name(of code: CK_RV) -> String { names[code] ?? "0x" + String(code, radix: 16) }

    private static let names: [CK_RV: String] = [
        CKR_CANCEL: "CKR_CANCEL", CKR_HOST_MEMORY: "CKR_HOST_MEMORY", CKR_SLOT_ID_INVALID: "CKR_SLOT_ID_INVALID",
        CKR_GENERAL_ERROR: "CKR_GENERAL_ERROR", CKR_FUNCTION_FAILED: "CKR_FUNCTION_FAILED",
        CKR_ARGUMENTS_BAD: "CKR_ARGUMENTS_BAD", CKR_CANT_LOCK: "CKR_CANT_LOCK",
        CKR_ATTRIBUTE_READ_ONLY: "CKR_ATTRIBUTE_READ_ONLY", CKR_ATTRIBUTE_SENSITIVE: "CKR_ATTRIBUTE_SENSITIVE",
        CKR_ATTRIBUTE_TYPE_INVALID: "CKR_ATTRIBUTE_TYPE_INVALID",
        CKR_ATTRIBUTE_VALUE_INVALID: "CKR_ATTRIBUTE_VALUE_INVALID", CKR_DATA_INVALID: "CKR_DATA_INVALID",
        CKR_DATA_LEN_RANGE: "CKR_DATA_LEN_RANGE", CKR_DEVICE_ERROR: "CKR_DEVICE_ERROR",
        CKR_DEVICE_MEMORY: "CKR_DEVICE_MEMORY", CKR_DEVICE_REMOVED: "CKR_DEVICE_REMOVED",
        CKR_FUNCTION_NOT_SUPPORTED: "CKR_FUNCTION_NOT_SUPPORTED", CKR_KEY_HANDLE_INVALID: "CKR_KEY_HANDLE_INVALID",
        CKR_KEY_SIZE_RANGE: "CKR_KEY_SIZE_RANGE", CKR_KEY_TYPE_INCONSISTENT: "CKR_KEY_TYPE_INCONSISTENT",
        CKR_KEY_FUNCTION_NOT_PERMITTED: "CKR_KEY_FUNCTION_NOT_PERMITTED",
        CKR_MECHANISM_INVALID: "CKR_MECHANISM_INVALID", CKR_MECHANISM_PARAM_INVALID: "CKR_MECHANISM_PARAM_INVALID",
        CKR_OBJECT_HANDLE_INVALID: "CKR_OBJECT_HANDLE_INVALID", CKR_OPERATION_ACTIVE: "CKR_OPERATION_ACTIVE",
        CKR_OPERATION_NOT_INITIALIZED: "CKR_OPERATION_NOT_INITIALIZED", CKR_PIN_INCORRECT: "CKR_PIN_INCORRECT",
        CKR_PIN_INVALID: "CKR_PIN_INVALID", CKR_PIN_LEN_RANGE: "CKR_PIN_LEN_RANGE",
        CKR_PIN_EXPIRED: "CKR_PIN_EXPIRED", CKR_PIN_LOCKED: "CKR_PIN_LOCKED", CKR_SESSION_CLOSED: "CKR_SESSION_CLOSED",
        CKR_SESSION_COUNT: "CKR_SESSION_COUNT", CKR_SESSION_HANDLE_INVALID: "CKR_SESSION_HANDLE_INVALID",
        CKR_SESSION_READ_ONLY: "CKR_SESSION_READ_ONLY", CKR_TEMPLATE_INCOMPLETE: "CKR_TEMPLATE_INCOMPLETE",
        CKR_TEMPLATE_INCONSISTENT: "CKR_TEMPLATE_INCONSISTENT", CKR_TOKEN_NOT_PRESENT: "CKR_TOKEN_NOT_PRESENT",
        CKR_TOKEN_NOT_RECOGNIZED: "CKR_TOKEN_NOT_RECOGNIZED",
        CKR_TOKEN_WRITE_PROTECTED: "CKR_TOKEN_WRITE_PROTECTED", CKR_USER_NOT_LOGGED_IN: "CKR_USER_NOT_LOGGED_IN",
        CKR_USER_PIN_NOT_INITIALIZED: "CKR_USER_PIN_NOT_INITIALIZED",
        CKR_DOMAIN_PARAMS_INVALID: "CKR_DOMAIN_PARAMS_INVALID", CKR_CURVE_NOT_SUPPORTED: "CKR_CURVE_NOT_SUPPORTED",
        CKR_BUFFER_TOO_SMALL: "CKR_BUFFER_TOO_SMALL", CKR_CRYPTOKI_NOT_INITIALIZED: "CKR_CRYPTOKI_NOT_INITIALIZED",
    ]
}

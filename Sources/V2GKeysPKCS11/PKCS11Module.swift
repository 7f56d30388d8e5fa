internal import CPKCS11
internal import Glibc
internal import Synchronization
internal import V2GKeys

/// A loaded and initialized PKCS#11 module with its threads. Never unloaded: keys, sessions and threads of its own may
/// outlive any moment at which we could think that nobody uses it.
final class PKCS11Module: Sendable {
    let path: String
    let functions: PKCS11Functions
    let pool: BlockingPool
    private let tokens = Mutex<[TokenIdentity: PKCS11Token]>([:])

    /// Loads a module. Blocks; `ModuleRegistry` calls it on a thread of its own.
    ///
    /// - Throws: ``KeyError`` with `notFound`, `insecurePermissions`, `unreadable` or `tokenUnavailable`.
    init(path: String, threads: Int, queueLimit: Int) throws(KeyError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw KeyError(.notFound, "There is no PKCS#11 module at '\(path)'. \(ModuleSearch.hint())")
        }
        guard status.st_mode & 0o002 == 0 else {
            throw KeyError(
                .insecurePermissions, "PKCS#11 module '\(path)' can be changed by anyone. chmod o-w '\(path)'.")
        }
        guard let library = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown reason"
            throw KeyError(.unreadable, "PKCS#11 module '\(path)' cannot be loaded: \(reason).")
        }
        guard let symbol = unsafe dlsym(library, "C_GetFunctionList") else {
            throw KeyError(.unreadable, "'\(path)' is no PKCS#11 module: it has no C_GetFunctionList.")
        }
        typealias GetFunctionList = @convention(c) (UnsafeMutablePointer<CK_FUNCTION_LIST_PTR?>?) -> CK_RV
        let getFunctionList = unsafe unsafeBitCast(symbol, to: GetFunctionList.self)
        var list: CK_FUNCTION_LIST_PTR?
        let answer = unsafe getFunctionList(&list)
        guard answer == CKR_OK, let list = unsafe list else {
            throw KeyError(
                .unreadable,
                "'\(path)' gives no function list: C_GetFunctionList answered \(PKCS11Failure.name(of: answer)).")
        }
        self.path = path
        functions = try unsafe PKCS11Functions(list.pointee, module: path)
        pool = BlockingPool(name: "PKCS#11 module '\(path)'", threads: threads, queueLimit: queueLimit)
        try initialize()
    }

    /// Initializes the module, also after somebody else in this process has finalized it.
    func initialize() throws(KeyError) {
        var arguments = unsafe CK_C_INITIALIZE_ARGS()
        unsafe arguments.flags = CK_FLAGS(CKF_OS_LOCKING_OK)
        let answer = unsafe functions.initialize(&arguments)
        guard answer == CKR_OK || answer == CKR_CRYPTOKI_ALREADY_INITIALIZED else {
            throw KeyError(
                .tokenUnavailable,
                "PKCS#11 module '\(path)' does not start: C_Initialize answered \(PKCS11Failure.name(of: answer)). "
                    + "Check its configuration and that the device's service runs.")
        }
    }

    /// The slots that hold a token, with what each token says of itself.
    func slots() throws(PKCS11Failure) -> [(slot: CK_SLOT_ID, token: TokenInformation)] {
        var found: [(CK_SLOT_ID, TokenInformation)] = []
        for slot in try slotIdentifiers() {
            var information = CK_TOKEN_INFO()
            let answer = unsafe functions.getTokenInfo(slot, &information)
            // A token may be pulled between the two calls; the others still count.
            guard answer == CKR_OK else { continue }
            found.append((slot, TokenInformation(information)))
        }
        return found
    }

    /// The token that a URI names, one value a token for the life of the process.
    func token(_ uri: PKCS11URI) throws(PKCS11Failure) -> PKCS11Token {
        try checkLibrary(uri)
        let all = try slots().filter { $0.token.isInitialized }
        let matching = all.filter { uri.matches($0.token.identity) && (uri.slotID ?? $0.slot) == $0.slot }
        guard let first = matching.first else {
            let known = all.isEmpty ? "none" : all.map { "'\($0.token.identity.label)'" }.joined(separator: ", ")
            throw .key(
                KeyError(.notFound, "No token of module '\(path)' matches '\(uri)'. Tokens there: \(known)."))
        }
        guard matching.count == 1 else {
            throw .key(
                KeyError(
                    .badReference, "'\(uri)' matches \(matching.count) tokens. Add token=LABEL or serial=NUMBER to it.")
            )
        }
        return tokens.withLock { tokens in
            if let known = tokens[first.token.identity] { return known }
            let token = PKCS11Token(module: self, identity: first.token.identity)
            tokens[first.token.identity] = token
            return token
        }
    }

    private func slotIdentifiers() throws(PKCS11Failure) -> [CK_SLOT_ID] {
        // The number of slots may grow between the two calls; a third round is enough for any honest module.
        for _ in 0..<3 {
            var count: CK_ULONG = 0
            var answer = unsafe functions.getSlotList(CK_BBOOL(CK_TRUE), nil, &count)
            guard answer == CKR_OK else { throw .call(function: "C_GetSlotList", code: answer) }
            guard count > 0 else { return [] }
            guard count <= 1024 else {
                throw .key(KeyError(.tokenMisbehaved, "Module '\(path)' claims \(count) slots."))
            }
            var slots = [CK_SLOT_ID](repeating: 0, count: Int(count))
            answer = unsafe functions.getSlotList(CK_BBOOL(CK_TRUE), &slots, &count)
            if answer == CKR_BUFFER_TOO_SMALL { continue }
            guard answer == CKR_OK else { throw .call(function: "C_GetSlotList", code: answer) }
            return Array(slots.prefix(Int(min(count, CK_ULONG(slots.count)))))
        }
        throw .call(function: "C_GetSlotList", code: CKR_BUFFER_TOO_SMALL)
    }

    private func checkLibrary(_ uri: PKCS11URI) throws(PKCS11Failure) {
        guard uri.libraryManufacturer != nil || uri.libraryDescription != nil || uri.libraryVersion != nil else {
            return
        }
        var information = CK_INFO()
        let answer = unsafe functions.getInfo(&information)
        guard answer == CKR_OK else { throw .call(function: "C_GetInfo", code: answer) }
        let version = PKCS11URI.LibraryVersion(
            major: information.libraryVersion.major, minor: information.libraryVersion.minor)
        guard
            uri.libraryManufacturer ?? paddedText(information.manufacturerID) == paddedText(information.manufacturerID),
            uri.libraryDescription ?? paddedText(information.libraryDescription)
                == paddedText(information.libraryDescription),
            uri.libraryVersion ?? version == version
        else {
            throw .key(KeyError(.notFound, "Module '\(path)' is not the library that '\(uri)' names."))
        }
    }
}

/// What names a token over restarts and slot changes.
struct TokenIdentity: Sendable, Hashable {
    let label: String
    let manufacturer: String
    let model: String
    let serial: String
}

struct TokenInformation: Sendable {
    let identity: TokenIdentity
    let flags: CK_FLAGS

    init(_ information: CK_TOKEN_INFO) {
        identity = TokenIdentity(
            label: paddedText(information.label), manufacturer: paddedText(information.manufacturerID),
            model: paddedText(information.model), serial: paddedText(information.serialNumber))
        flags = information.flags
    }

    var isInitialized: Bool { flags & CKF_TOKEN_INITIALIZED != 0 }
    var needsLogin: Bool { flags & CKF_LOGIN_REQUIRED != 0 }
    var hasPINPad: Bool { flags & CKF_PROTECTED_AUTHENTICATION_PATH != 0 }
}

extension PKCS11URI {
    func matches(_ identity: TokenIdentity) -> Bool {
        (token ?? identity.label) == identity.label && (manufacturer ?? identity.manufacturer) == identity.manufacturer
            && (model ?? identity.model) == identity.model && (serial ?? identity.serial) == identity.serial
    }
}

/// A text field of Cryptoki: fixed length, padded with blanks (some modules pad with NUL).
func paddedText<T>(_ field: T) -> String {
    let bytes = unsafe withUnsafeBytes(of: field) { unsafe Array($0) }
    let used = bytes.prefix { $0 != 0 }
    let end = used.lastIndex { $0 != UInt8(ascii: " ") }.map { $0 + 1 } ?? 0
    return String(decoding: used[..<end], as: UTF8.self)
}

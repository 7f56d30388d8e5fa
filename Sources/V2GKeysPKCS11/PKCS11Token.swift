internal import CPKCS11
internal import Synchronization
internal import V2GKeys
internal import V2GPrimitives

/// One token: its sessions, its login, and finding it again when it was away.
///
/// Every method blocks and runs on the module's own threads. A *generation* is one connection: when sessions turn out
/// to be void, the next one starts, old sessions and object handles count no more, and the operation that noticed is
/// tried once again.
final class PKCS11Token: Sendable {
    private struct State {
        var generation = 0
        var slot: CK_SLOT_ID?
        var idle: [CK_SESSION_HANDLE] = []
        var isLoggedIn = false
        /// Open as long as the login is to hold: a token logs out when its last session is closed.
        var loginSession: CK_SESSION_HANDLE?
        /// The PIN that the token took, to log in again and to hold later users of the token to it.
        var pin: SecretBytes?
        /// A PIN that the token refused. It is not tried a second time: the counter of the token is short.
        var refusedPIN: SecretBytes?
    }

    let module: PKCS11Module
    let identity: TokenIdentity
    private let state = Mutex(State())
    /// Held during login and look-up of the slot, so that a wrong PIN is tried once and not by every thread.
    private let connecting = Mutex(())
    /// Held during key generation: "never overwrites" is a look and then an act.
    let generating = Mutex(())

    init(module: PKCS11Module, identity: TokenIdentity) {
        self.module = module
        self.identity = identity
    }

    var name: String { "Token '\(identity.label)'" }

    /// Runs `body` with a session of a logged-in token; once more with a new connection if the sessions were void.
    func withSession<T>(
        readWrite: Bool = false, doing: String, _ body: (Session) throws(PKCS11Failure) -> T
    ) throws(KeyError) -> T {
        let first = state.withLock { $0.generation }
        do throws(PKCS11Failure) {
            return try attempt(readWrite, body)
        } catch  where error.isConnectionLost {
            do throws(PKCS11Failure) {
                try reconnect(from: first, after: error)
                return try attempt(readWrite, body)
            } catch {
                throw error.keyError(doing: "\(name): \(doing)")
            }
        } catch {
            throw error.keyError(doing: "\(name): \(doing)")
        }
    }

    private func attempt<T>(
        _ readWrite: Bool, _ body: (Session) throws(PKCS11Failure) -> T
    ) throws(PKCS11Failure) -> T {
        let session = try borrow(readWrite)
        do throws(PKCS11Failure) {
            let result = try body(session)
            giveBack(session, readWrite)
            return result
        } catch {
            if case .key = error {
                giveBack(session, readWrite)
            } else {
                // Nobody knows what operation is still active in it.
                closeIfCurrent(session)
            }
            throw error
        }
    }

    /// Logs in with the PIN from its source, or checks that it is the PIN the token is logged in with.
    ///
    /// - Throws: ``KeyError`` with `pinRequired`, `pinIncorrect`, and what reading the source throws.
    func authenticate(_ source: SecretSource) throws(KeyError) {
        let pin = try source.read()
        do throws(PKCS11Failure) {
            try connecting.withLock { _ throws(PKCS11Failure) in try logIn(pin) }
        } catch  where error.isConnectionLost {
            do throws(PKCS11Failure) {
                try reconnect(from: state.withLock { $0.generation }, after: error)
                try connecting.withLock { _ throws(PKCS11Failure) in try logIn(pin) }
            } catch {
                throw error.keyError(doing: "\(name): logging in")
            }
        } catch {
            throw error.keyError(doing: "\(name): logging in")
        }
    }

    /// Refuses with the mechanism's name unless the token has it for keys of this size.
    func require(_ mechanism: Mechanism, for algorithm: KeyAlgorithm) throws(PKCS11Failure) {
        guard try offers(mechanism, for: algorithm) else {
            throw .key(
                KeyError(
                    .unsupported,
                    "\(name) does not offer \(mechanism.name) for \(algorithm.rawValue) (\(algorithm.bits) bits). "
                        + "Use another kind of key or another token."))
        }
    }

    func offers(_ mechanism: Mechanism, for algorithm: KeyAlgorithm) throws(PKCS11Failure) -> Bool {
        var information = CK_MECHANISM_INFO()
        let answer = unsafe module.functions.getMechanismInfo(try slot(), mechanism.type, &information)
        if answer == CKR_MECHANISM_INVALID { return false }
        guard answer == CKR_OK else { throw .call(function: "C_GetMechanismInfo", code: answer) }
        guard information.flags & mechanism.flag != 0 else { return false }
        // Zero stands for "not stated" with some modules.
        guard information.ulMaxKeySize != 0 else { return true }
        return information.ulMinKeySize <= algorithm.bits && algorithm.bits <= information.ulMaxKeySize
    }

    // MARK: Connection

    private func slot() throws(PKCS11Failure) -> CK_SLOT_ID {
        if let slot = state.withLock({ $0.slot }) { return slot }
        let matching = try module.slots().filter { $0.token.isInitialized && $0.token.identity == identity }
        guard let found = matching.first else {
            throw .key(KeyError(.tokenUnavailable, "\(name) is not there any more. Connect it again."))
        }
        state.withLock { $0.slot = found.slot }
        return found.slot
    }

    private func borrow(_ readWrite: Bool) throws(PKCS11Failure) -> Session {
        if !readWrite {
            let idle = state.withLock { state -> Session? in
                guard state.isLoggedIn, let handle = state.idle.popLast() else { return nil }
                return Session(module: module, handle: handle, generation: state.generation)
            }
            if let idle { return idle }
        }
        try connecting.withLock { _ throws(PKCS11Failure) in
            let (isLoggedIn, pin) = state.withLock { ($0.isLoggedIn, $0.pin) }
            if !isLoggedIn { try logIn(pin) }
        }
        return try open(readWrite)
    }

    private func open(_ readWrite: Bool) throws(PKCS11Failure) -> Session {
        let generation = state.withLock { $0.generation }
        var handle: CK_SESSION_HANDLE = 0
        let flags = CK_FLAGS(CKF_SERIAL_SESSION) | (readWrite ? CK_FLAGS(CKF_RW_SESSION) : 0)
        let answer = unsafe module.functions.openSession(try slot(), flags, nil, nil, &handle)
        guard answer == CKR_OK else { throw .call(function: "C_OpenSession", code: answer) }
        return Session(module: module, handle: handle, generation: generation)
    }

    private func giveBack(_ session: Session, _ readWrite: Bool) {
        let isKept = state.withLock { state in
            guard !readWrite, state.generation == session.generation, state.idle.count < 64 else { return false }
            state.idle.append(session.handle)
            return true
        }
        if !isKept { closeIfCurrent(session) }
    }

    /// The handle of an older connection may by now belong to a session that somebody else has open.
    private func closeIfCurrent(_ session: Session) {
        if state.withLock({ $0.generation == session.generation }) { session.close() }
    }

    /// Called with `connecting` held.
    private func logIn(_ pin: SecretBytes?) throws(PKCS11Failure) {
        let (isLoggedIn, known, refused) = state.withLock { ($0.isLoggedIn, $0.pin, $0.refusedPIN) }
        if isLoggedIn {
            guard let pin, let known else { return }
            guard pin.isEqual(to: known) else {
                throw .key(KeyError(.pinIncorrect, "\(name): another PIN is in use than the one given. Correct it."))
            }
            return
        }
        let information = try information()
        guard information.needsLogin else {
            state.withLock { $0.isLoggedIn = true }
            return
        }
        if pin == nil, !information.hasPINPad {
            throw .key(
                KeyError(
                    .pinRequired,
                    "\(name) needs a PIN. Add ?pin-source=file:/PATH to the URI or set the environment variable V2G_PIN."
                ))
        }
        if let pin, let refused, pin.isEqual(to: refused) {
            throw .key(
                KeyError(
                    .pinIncorrect,
                    "\(name) refused this PIN before. It is not tried again, so that the token does not lock."))
        }
        let session = try open(false)
        let answer = callLogin(session, pin)
        guard answer == CKR_OK || answer == CKR_USER_ALREADY_LOGGED_IN else {
            closeIfCurrent(session)
            if [CKR_PIN_INCORRECT, CKR_PIN_INVALID, CKR_PIN_LEN_RANGE].contains(answer) {
                state.withLock { $0.refusedPIN = pin }
            }
            throw .call(function: "C_Login", code: answer)
        }
        // Somebody else in this process logged in: the token looked at no PIN, so this one is not proven by it.
        let isProven = answer == CKR_OK
        if !isProven, let pin, let known, !pin.isEqual(to: known) {
            closeIfCurrent(session)
            throw .key(KeyError(.pinIncorrect, "\(name): another PIN is in use than the one given. Correct it."))
        }
        state.withLock { state in
            state.isLoggedIn = true
            if isProven {
                state.pin = pin
                state.refusedPIN = nil
            }
            state.loginSession = session.handle
        }
    }

    private func callLogin(_ session: Session, _ pin: SecretBytes?) -> CK_RV {
        guard let pin else { return module.functions.login(session.handle, CK_USER_TYPE(CKU_USER), nil, 0) }
        var copy = pin.copy()
        defer { copy.wipe() }
        return unsafe module.functions.login(session.handle, CK_USER_TYPE(CKU_USER), &copy, CK_ULONG(copy.count))
    }

    private func information() throws(PKCS11Failure) -> TokenInformation {
        var information = CK_TOKEN_INFO()
        let answer = unsafe module.functions.getTokenInfo(try slot(), &information)
        guard answer == CKR_OK else { throw .call(function: "C_GetTokenInfo", code: answer) }
        let read = TokenInformation(information)
        guard read.identity == identity else {
            throw .key(KeyError(.tokenUnavailable, "\(name) was replaced by token '\(read.identity.label)'."))
        }
        return read
    }

    /// Starts the next generation, unless another thread did so meanwhile.
    private func reconnect(from generation: Int, after failure: PKCS11Failure) throws(PKCS11Failure) {
        if case .call(_, CKR_CRYPTOKI_NOT_INITIALIZED) = failure {
            do throws(KeyError) { try module.initialize() } catch { throw .key(error) }
        }
        // Only a logout leaves sessions behind. After anything else their handles are void or belong to others by now.
        let isLogout = if case .call(_, CKR_USER_NOT_LOGGED_IN) = failure { true } else { false }
        state.withLock { state in
            guard state.generation == generation else { return }
            if isLogout {
                // Before the next generation begins, so that no handle can have been given out anew.
                for handle in state.idle + [state.loginSession].compactMap({ $0 }) {
                    Session(module: module, handle: handle, generation: generation).close()
                }
            }
            state.generation += 1
            state.slot = nil
            state.isLoggedIn = false
            state.idle = []
            state.loginSession = nil
        }
    }
}

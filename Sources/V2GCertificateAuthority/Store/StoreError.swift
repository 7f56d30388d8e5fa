/// An error from the certificate store. Switch on ``code``; the rest is for people.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What kind of error it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case revoked, notFound, alreadyExists, invalidArgument, duplicateSerial, keyBoundElsewhere, wrongState
            case keyCompromised, differsFromPlan, retired, finallyRevoked, versionConflict
            case notAStore, newerSchema, insecurePermissions, corrupted, storageFull, storageFailed, unavailable
            case busy, overloaded, closed
        }
        private let value: Value
        public var description: String { value.rawValue }

        /// The certificate that was to be renewed is revoked.
        public static let revoked = Code(value: .revoked)
        /// Nothing in the store answers to the name, serial or identifier.
        public static let notFound = Code(value: .notFound)
        /// The record is there already and would be overwritten.
        public static let alreadyExists = Code(value: .alreadyExists)
        /// A value breaks a limit of the store, for example a serial of more than 20 bytes.
        public static let invalidArgument = Code(value: .invalidArgument)
        /// The issuer has reserved this serial before.
        public static let duplicateSerial = Code(value: .duplicateSerial)
        /// The key belongs to another role, edition or name; ``StoreError/bindings`` says which.
        public static let keyBoundElsewhere = Code(value: .keyBoundElsewhere)
        /// A certificate of the key was revoked because the key was compromised; it is never certified again.
        public static let keyCompromised = Code(value: .keyCompromised)
        /// The record is not in a state that allows the step, for example a cancelled intent that shall be completed.
        public static let wrongState = Code(value: .wrongState)
        /// The certificate is not the one whose body was planned.
        public static let differsFromPlan = Code(value: .differsFromPlan)
        /// The certificate authority is retired and issues nothing.
        public static let retired = Code(value: .retired)
        /// The certificate is revoked for good and can never be good again.
        public static let finallyRevoked = Code(value: .finallyRevoked)
        /// Somebody else changed the setting since it was read.
        public static let versionConflict = Code(value: .versionConflict)
        /// The file is not a store of this program.
        public static let notAStore = Code(value: .notAStore)
        /// A newer version of this program wrote the store.
        public static let newerSchema = Code(value: .newerSchema)
        /// Others than the owner can read or write the store.
        public static let insecurePermissions = Code(value: .insecurePermissions)
        /// The store is damaged or was tampered with.
        public static let corrupted = Code(value: .corrupted)
        /// No space is left on the file system; nothing of the request was kept.
        public static let storageFull = Code(value: .storageFull)
        /// Reading or writing failed in the operating system; nothing of the request was kept.
        public static let storageFailed = Code(value: .storageFailed)
        /// The store cannot be opened or written at this path.
        public static let unavailable = Code(value: .unavailable)
        /// Another process held the store for too long; nothing of the request was kept.
        public static let busy = Code(value: .busy)
        /// Too many writes wait already; nothing of the request was kept.
        public static let overloaded = Code(value: .overloaded)
        /// The store was closed.
        public static let closed = Code(value: .closed)
    }

    public let code: Code
    /// What went wrong, where, and what to do about it.
    public let message: String
    public let cause: (any Error)?
    /// For ``Code/keyBoundElsewhere``: what the key is already used for.
    package let bindings: [KeyBinding]

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil, bindings: [KeyBinding] = []) {
        self.code = code
        self.message = message
        self.cause = cause
        self.bindings = bindings
    }

    public var description: String { message }
}

internal import GRDB

extension StoreError {
    /// Puts an error of SQLite into the words of the store.
    init(wrapping error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(.storageFailed, "the store \(path) failed: \(error)", cause: error)
            return
        }
        let reason = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(
                .storageFull,
                "no space is left for the store \(path); nothing of the request was kept, free space "
                    + "and try again", cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .busy,
                "another process holds the store \(path) (\(reason)); nothing of the request was kept, try again",
                cause: error)
        case .SQLITE_CORRUPT, .SQLITE_FORMAT:
            self.init(
                .corrupted, "the store \(path) is damaged (\(reason)); restore it from a backup", cause: error)
        case .SQLITE_NOTADB:
            self.init(
                .notAStore, "\(path) is not a database; name the store of the certificate authority", cause: error)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_READONLY:
            self.init(
                .unavailable,
                "the store \(path) cannot be opened for writing (\(reason)); check the path, its owner "
                    + "and its permissions", cause: error)
        case .SQLITE_CONSTRAINT:
            self.init(
                .invalidArgument, "the store refused a record that breaks its rules (\(reason)); nothing was kept",
                cause: error)
        case .SQLITE_TOOBIG, .SQLITE_RANGE, .SQLITE_MISMATCH:
            self.init(.invalidArgument, "a value does not fit into the store (\(reason))", cause: error)
        case .SQLITE_MISUSE:
            self.init(.closed, "the store \(path) was closed; open it again", cause: error)
        default:
            self.init(
                .storageFailed,
                "the store \(path) could not be read or written (\(reason)); nothing of the request was "
                    + "kept, check the disk and try again", cause: error)
        }
    }

    /// Whether the file or the system failed rather than the request: then nothing else in the transaction is safe.
    var isOfTheStorage: Bool {
        switch code {
        case .storageFull, .storageFailed, .busy, .corrupted, .notAStore, .unavailable, .closed: true
        default: false
        }
    }
}

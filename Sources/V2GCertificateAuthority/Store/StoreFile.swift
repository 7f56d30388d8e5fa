#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The store's file in the file system: its mode and its directory entry.
///
/// An existing file is only looked at by name: closing a descriptor of it would drop the locks that SQLite holds in this
/// process.
enum StoreFile {
    /// Makes an empty file of mode 0600 and its directory entry durable. False when there is one already.
    static func create(_ path: String) throws(StoreError) -> Bool {
        let descriptor = unsafe path.withCString { unsafe open($0, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600) }
        if descriptor < 0 {
            if errno == EEXIST { return false }
            throw failure("created", path)
        }
        // The umask may have taken away what the owner needs.
        let isModeSet = fchmod(descriptor, 0o600) == 0
        let isSynced = fsync(descriptor) == 0
        guard close(descriptor) == 0, isModeSet, isSynced else { throw failure("created", path) }
        try syncDirectory(of: path)
        return true
    }

    /// Refuses what is no regular file of mode 0600.
    static func checkMode(_ path: String) throws(StoreError) {
        var status = stat()
        let result = unsafe path.withCString { unsafe stat($0, &status) }
        guard result == 0 else {
            if errno == ENOENT {
                throw StoreError(.unavailable, "there is no store at \(path); make one with 'v2g pki init'")
            }
            throw failure("read", path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(.notAStore, "\(path) is not a regular file; name the store of the certificate authority")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw StoreError(
                .insecurePermissions,
                "the store \(path) has mode \(mode), so others can read or change it; run 'chmod 600 \(path)' after "
                    + "making sure that nobody did")
        }
    }

    private static func syncDirectory(of path: String) throws(StoreError) {
        let directory =
            path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = unsafe directory.withCString { unsafe open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw failure("opened", directory) }
        let isSynced = fsync(descriptor) == 0
        let code = errno
        _ = close(descriptor)
        errno = code
        guard isSynced else { throw failure("synced", directory) }
    }

    private static func failure(_ verb: String, _ path: String) -> StoreError {
        let number = errno
        let reason = unsafe String(cString: strerror(number))
        let code: StoreError.Code =
            switch number {
            case ENOSPC, EDQUOT: .storageFull
            case EIO: .storageFailed
            default: .unavailable
            }
        return StoreError(code, "\(path) could not be \(verb): \(reason); check the path, its owner and the disk")
    }
}

internal import Glibc

/// An advisory lock on a file, held until the value goes away or its process ends, however it ends.
public struct FileLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Whether others may hold the lock at the same time.
    public enum Mode: Sendable {
        case shared, exclusive
    }

    /// Takes the lock at once or not at all; makes the file when it is missing.
    ///
    /// - Returns: `nil` when another holder is in the way.
    public static func tryLock(_ path: String, _ mode: Mode) throws(FileFailure) -> FileLock? {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileFailure(path: path, operation: "opening the lock", number: errno) }
        guard flock(descriptor, (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            guard number == EWOULDBLOCK else { throw FileFailure(path: path, operation: "locking", number: number) }
            return nil
        }
        return FileLock(descriptor: descriptor)
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// Turns an exclusive lock into a shared one.
    public func share() {
        // Nobody can be in the way of a lock that gets weaker; only a signal can interrupt the call.
        while flock(descriptor, LOCK_SH) != 0, errno == EINTR {}
    }

    deinit { close(descriptor) }
}

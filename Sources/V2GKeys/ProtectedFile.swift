internal import Glibc
package import V2GPrimitives

/// Reading and making files that hold secrets. Every check is made on the opened file, never on its name, so that
/// nobody can swap the file between check and use.
package enum ProtectedFile {
    /// Reads a secret file whole.
    ///
    /// - Parameters:
    ///   - what: How messages call it, for example "key file".
    ///   - limit: Most bytes it may have.
    /// - Throws: ``KeyError`` with `notFound`, `insecurePermissions` (group or others have any permission, the owner
    ///   is neither we nor root, or the directory lets others replace the file) or `unreadable`.
    package static func read(_ path: String, what: String, limit: Int) throws(KeyError) -> SecretBytes {
        // O_NONBLOCK: opening a named pipe must not wait for a writer.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw systemError("\(what) '\(path)' cannot be opened", errno) }
        defer { close(descriptor) }

        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw systemError("\(what) '\(path)' has no status", errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeyError(.unreadable, "\(what) '\(path)' is not a regular file.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyError(
                .insecurePermissions,
                "\(what) '\(path)' has mode \(octal(status.st_mode)): others can read or change it. "
                    + "Treat the secret as known, or if you are sure that nobody read it: chmod 0400 '\(path)'.")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw KeyError(
                .insecurePermissions,
                "\(what) '\(path)' belongs to user \(status.st_uid), who can change it at will. chown it to user \(geteuid())."
            )
        }
        try checkDirectories(of: path, what: what)
        guard status.st_size <= limit else {
            throw KeyError(.unreadable, "\(what) '\(path)' has \(status.st_size) bytes, more than \(limit).")
        }
        return try readAll(descriptor, path, what, limit: limit)
    }

    /// Makes a new file that appears whole or not at all, and survives a power cut once this returns. Never overwrites.
    ///
    /// - Parameter mode: Permission bits, set whatever the umask.
    /// - Throws: ``KeyError`` with `alreadyExists`, `notFound` (no such directory), `insecurePermissions` (others may
    ///   replace files in the directory) or `operationFailed`.
    package static func create(_ path: String, contents: SecretBytes, mode: UInt32, what: String) throws(KeyError) {
        let (directory, name) = split(path)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw KeyError(.badReference, "\(what) '\(path)' does not end in a file name.")
        }
        let parent = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw systemError("Directory '\(directory)' for the \(what) cannot be opened", errno) }
        defer { close(parent) }
        var status = stat()
        guard unsafe fstat(parent, &status) == 0 else {
            throw systemError("Directory '\(directory)' has no status", errno)
        }
        try checkDirectory(status, directory, what: what)

        let temporary = ".\(name.prefix(100)).\(UInt64.random(in: .min ... .max)).tmp"
        let descriptor = unsafe openat(
            parent, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw systemError("\(what) '\(path)' cannot be made", errno) }
        defer {
            close(descriptor)
            _ = unsafe unlinkat(parent, temporary, 0)
        }
        guard fchmod(descriptor, mode_t(mode)) == 0 else { throw systemError("Mode of '\(path)' cannot be set", errno) }
        try writeAll(descriptor, contents, path, what)
        guard fsync(descriptor) == 0 else { throw systemError("\(what) '\(path)' cannot be made durable", errno) }
        // A link fails where the name exists, unlike a rename: that is what "never overwrites" rests on.
        guard unsafe linkat(parent, temporary, parent, name, 0) == 0 else {
            throw systemError("\(what) '\(path)' cannot be made", errno)
        }
        guard fsync(parent) == 0 else { throw systemError("Directory '\(directory)' cannot be made durable", errno) }
    }

    /// Makes a directory with mode 0700, or checks one that exists: ours (or root's) and closed to others.
    package static func ensurePrivateDirectory(_ path: String) throws(KeyError) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST {
            throw systemError("Directory '\(path)' cannot be made", errno)
        }
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("Directory '\(path)' cannot be opened", errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw systemError("Directory '\(path)' has no status", errno)
        }
        guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
            throw KeyError(
                .insecurePermissions,
                "Directory '\(path)' has mode \(octal(status.st_mode)) and user \(status.st_uid); keys need 0700. "
                    + "chmod 0700 '\(path)' and chown it to the user that runs this.")
        }
    }

    // MARK: Helpers

    private static func readAll(
        _ descriptor: Int32, _ path: String, _ what: String, limit: Int
    ) throws(KeyError) -> SecretBytes {
        // One byte more than allowed, so that a file that grows meanwhile is noticed.
        var buffer = [UInt8](repeating: 0, count: limit + 1)
        defer { buffer.wipe() }
        var used = 0
        while used < buffer.count {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(descriptor, bytes.baseAddress.map { unsafe $0 + used }, bytes.count - used)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw systemError("\(what) '\(path)' cannot be read", errno)
            }
            if count == 0 { break }
            used += count
        }
        guard used <= limit else {
            throw KeyError(.unreadable, "\(what) '\(path)' has more than \(limit) bytes.")
        }
        var exact = [UInt8](buffer[..<used])
        return SecretBytes(taking: &exact)
    }

    private static func writeAll(
        _ descriptor: Int32, _ contents: SecretBytes, _ path: String, _ what: String
    ) throws(KeyError) {
        var bytes = contents.copy()
        defer { bytes.wipe() }
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw systemError("\(what) '\(path)' cannot be written", errno)
            }
            written += count
        }
    }

    /// Checks the directory that the name is in and, for a symbolic link, the one that the file is in.
    private static func checkDirectories(of path: String, what: String) throws(KeyError) {
        var directories = [split(path).directory]
        if let resolved = unsafe realpath(path, nil) {
            directories.append(split(unsafe String(cString: resolved)).directory)
            unsafe free(resolved)
        }
        for directory in Set(directories) {
            // By name and not opened: a directory may be closed to reading and still let us at the file.
            var status = stat()
            guard unsafe stat(directory, &status) == 0 else {
                throw systemError("Directory '\(directory)' has no status", errno)
            }
            try checkDirectory(status, directory, what: what)
        }
    }

    private static func checkDirectory(_ status: stat, _ path: String, what: String) throws(KeyError) {
        guard status.st_mode & 0o002 == 0 || status.st_mode & S_ISVTX != 0 else {
            throw KeyError(
                .insecurePermissions,
                "Directory '\(path)' of the \(what) has mode \(octal(status.st_mode)): anyone can replace files in it. "
                    + "chmod o-w '\(path)'.")
        }
    }

    private static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let name = String(path[path.index(after: slash)...])
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }

    private static func octal(_ mode: mode_t) -> String { "0" + String(mode & 0o7777, radix: 8) }

    private static func systemError(_ doing: String, _ code: Int32) -> KeyError {
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return switch code {
        case ENOENT, ENOTDIR: KeyError(.notFound, "\(doing): \(reason). Check the path.")
        case EEXIST:
            KeyError(
                .alreadyExists, "\(doing): it exists and is never overwritten. Move it away or choose another name.")
        case EACCES, EPERM: KeyError(.unreadable, "\(doing): \(reason). Run as the user that owns it.")
        default: KeyError(.operationFailed, "\(doing): \(reason).")
        }
    }
}

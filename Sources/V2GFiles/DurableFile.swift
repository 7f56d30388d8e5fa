internal import Glibc

/// A file operation that the system refused.
public struct FileFailure: Error, Sendable, CustomStringConvertible {
    public let path: String
    /// What was tried.
    public let operation: String
    /// The system's error number.
    public let number: Int32

    /// The system's words for the error.
    public var reason: String { unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)" }
    public var description: String { "'\(path)': \(operation) failed: \(reason)" }
}

/// Files that appear whole or not at all, and are on disk when the call returns.
public enum DurableFile {
    /// Writes a file beside its place, makes it durable, and renames it into place.
    ///
    /// - Parameters:
    ///   - mode: Permission bits, set whatever the umask.
    ///   - replacing: Whether an existing file is replaced; otherwise it is an error (`EEXIST`).
    public static func write(
        _ bytes: [UInt8], to path: String, mode: Int, replacing: Bool = true
    ) throws(FileFailure) {
        let directory = Self.directory(of: path)
        var generator = SystemRandomNumberGenerator()
        let temporary = path + ".\(String(generator.next() as UInt64, radix: 36)).tmp"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw FileFailure(path: path, operation: "creating", number: errno) }
        var isPlaced = false
        defer {
            close(descriptor)
            if !isPlaced { _ = unsafe unlink(temporary) }
        }
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress.map { unsafe $0 + offset }, buffer.count - offset)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileFailure(path: path, operation: "writing", number: errno)
            }
            offset += count
        }
        guard fchmod(descriptor, mode_t(mode)) == 0 else {
            throw FileFailure(path: path, operation: "setting the mode of", number: errno)
        }
        guard fsync(descriptor) == 0 else { throw FileFailure(path: path, operation: "syncing", number: errno) }
        if replacing {
            guard unsafe rename(temporary, path) == 0 else {
                throw FileFailure(path: path, operation: "placing", number: errno)
            }
            isPlaced = true
        } else {
            // A link fails where the name exists, unlike a rename.
            guard unsafe link(temporary, path) == 0 else {
                throw FileFailure(path: path, operation: "placing", number: errno)
            }
        }
        try syncDirectory(directory)
    }

    /// Makes a directory and its missing parents. An existing one keeps its mode.
    public static func makeDirectory(_ path: String, mode: Int = 0o755) throws(FileFailure) {
        if unsafe mkdir(path, mode_t(mode)) == 0 {
            guard unsafe chmod(path, mode_t(mode)) == 0 else {
                throw FileFailure(path: path, operation: "setting the mode of", number: errno)
            }
            try syncDirectory(directory(of: path))
            return
        }
        switch errno {
        case EEXIST:
            var status = stat()
            guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw FileFailure(path: path, operation: "making the directory", number: ENOTDIR)
            }
        case ENOENT where directory(of: path) != path:
            try makeDirectory(directory(of: path), mode: 0o755)
            // Once more and no oftener: some file systems (/proc) answer ENOENT although the parent is there.
            guard unsafe mkdir(path, mode_t(mode)) == 0, unsafe chmod(path, mode_t(mode)) == 0 else {
                throw FileFailure(path: path, operation: "making the directory", number: errno)
            }
            try syncDirectory(directory(of: path))
        default: throw FileFailure(path: path, operation: "making the directory", number: errno)
        }
    }

    /// Removes a file, for good when the call returns.
    public static func remove(_ path: String) throws(FileFailure) {
        guard unsafe unlink(path) == 0 else { throw FileFailure(path: path, operation: "removing", number: errno) }
        try syncDirectory(directory(of: path))
    }

    /// Sets the permission bits of what is there.
    public static func setMode(_ mode: Int, of path: String) throws(FileFailure) {
        guard unsafe chmod(path, mode_t(mode)) == 0 else {
            throw FileFailure(path: path, operation: "setting the mode of", number: errno)
        }
    }

    /// Makes the names in a directory durable.
    public static func syncDirectory(_ path: String) throws(FileFailure) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(path: path, operation: "opening", number: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileFailure(path: path, operation: "syncing", number: errno) }
    }

    /// Removes the temporary files (`*.tmp`) that writers left in a directory when they were killed.
    ///
    /// - Parameter seconds: Only those that were not written to for so long, when others may be writing now.
    public static func removeTemporaries(in directory: String, olderThan seconds: Int) throws(FileFailure) {
        guard let stream = unsafe opendir(directory) else {
            throw FileFailure(path: directory, operation: "listing", number: errno)
        }
        defer { unsafe closedir(stream) }
        let now = time(nil)
        // An entry is as long as its name: reading the whole structure would run beyond it, and off the page at the end.
        let nameOffset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19
        while let entry = unsafe readdir(stream) {
            let name = unsafe String(
                cString: UnsafeRawPointer(entry).advanced(by: nameOffset).assumingMemoryBound(to: CChar.self))
            guard name.hasSuffix(".tmp") else { continue }
            let path = directory + "/" + name
            var status = stat()
            // One that is gone meanwhile was placed or removed by its writer.
            guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                now - status.st_mtim.tv_sec >= seconds
            else { continue }
            guard unsafe unlink(path) == 0 || errno == ENOENT else {
                throw FileFailure(path: path, operation: "removing", number: errno)
            }
        }
    }

    /// Whether something has this name.
    public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

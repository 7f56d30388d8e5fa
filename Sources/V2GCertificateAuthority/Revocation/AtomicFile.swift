#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Replaces files so that readers, and whoever comes after a crash, see the old content or the new one.
enum AtomicFile {
    /// Writes beside the file, makes it durable, renames it into place, and makes that durable.
    ///
    /// - Throws: ``RevocationError`` with `publishingFailed`. The old file is untouched then, unless only the last step
    ///   failed.
    static func replace(_ path: String, with bytes: [UInt8], mode: UInt32) throws(RevocationError) {
        let slash = path.lastIndex(of: "/")
        let directory = slash.map { String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let temporary = "\(directory)/.\(name).new"
        func failed(_ step: String, _ code: Int32) -> RevocationError {
            let reason = unsafe String(cString: strerror(code))
            return RevocationError(
                .publishingFailed,
                """
                '\(path)' was not published: \(step) failed (\(reason)). Check the space and the permissions of \
                '\(directory)'; the next try puts it right.
                """)
        }

        // A rest of an interrupted run is in nobody's use.
        _ = unsafe unlink(temporary)
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
        guard file >= 0 else { throw failed("creating '\(temporary)'", errno) }
        var problem: (step: String, code: Int32)?
        var written = 0
        while written < bytes.count, problem == nil {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(file, buffer.baseAddress?.advanced(by: written), buffer.count - written)
            }
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                problem = ("writing '\(temporary)'", count == 0 ? EIO : errno)
            }
        }
        if problem == nil, fchmod(file, mode_t(mode)) != 0 { problem = ("setting the mode of '\(temporary)'", errno) }
        if problem == nil, fsync(file) != 0 { problem = ("making '\(temporary)' durable", errno) }
        if close(file) != 0, problem == nil { problem = ("closing '\(temporary)'", errno) }
        if problem == nil, unsafe rename(temporary, path) != 0 { problem = ("renaming '\(temporary)'", errno) }
        if let problem {
            _ = unsafe unlink(temporary)
            throw failed(problem.step, problem.code)
        }
        let folder = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failed("opening '\(directory)'", errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw failed("making '\(directory)' durable", errno) }
    }
}

internal import Glibc
internal import Synchronization
internal import V2GKeys

/// Every module once in the process: Cryptoki keeps login state and sessions per process, not per user of it.
final class ModuleRegistry: Sendable {
    static let shared = ModuleRegistry()

    private let modules = Mutex<[String: PKCS11Module]>([:])
    private let loader = BlockingPool(name: "PKCS#11 loader", threads: 1, queueLimit: 64)

    func module(for uri: PKCS11URI, settings: PKCS11Settings) async throws(KeyError) -> PKCS11Module {
        let path = try ModuleSearch.path(for: uri, settings: settings)
        let known = modules.withLock { $0[path] }
        if let known { return known }
        return try await loader.run(within: settings.generationTimeout, doing: "loading '\(path)'") {
            [self] () throws(KeyError) in
            // One thread loads, so a second task that wanted the same module finds it here.
            let known = modules.withLock { $0[path] }
            if let known { return known }
            let module = try PKCS11Module(path: path, threads: settings.threads, queueLimit: settings.queueLimit)
            return modules.withLock { modules in
                modules[path] = module
                return module
            }
        }
    }
}

/// Where modules are found.
enum ModuleSearch {
    /// The environment variable that names the module when the URI does not.
    static let variable = "V2G_PKCS11_MODULE"

    private static let folders = [
        "/usr/lib/x86_64-linux-gnu/pkcs11", "/usr/lib/aarch64-linux-gnu/pkcs11", "/usr/lib/pkcs11", "/usr/lib64/pkcs11",
        "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib/x86_64-linux-gnu/softhsm",
        "/usr/lib/aarch64-linux-gnu/softhsm", "/usr/lib/softhsm", "/usr/lib64", "/usr/lib", "/usr/local/lib",
    ]
    private static let names = [
        "libsofthsm2", "libtpm2_pkcs11", "yubihsm_pkcs11", "libykcs11", "libcs_pkcs11_R3", "libCryptoki2_64",
        "libcknfast", "opensc-pkcs11",
    ]

    static func path(for uri: PKCS11URI, settings: PKCS11Settings) throws(KeyError) -> String {
        if let path = uri.modulePath { return canonical(path) }
        if let name = uri.moduleName {
            let candidates = folders.flatMap { ["\($0)/\(name).so", "\($0)/lib\(name).so"] }
            guard let path = candidates.first(where: exists) else {
                throw KeyError(.notFound, "No PKCS#11 module named '\(name)' was found. \(hint())")
            }
            return canonical(path)
        }
        if let path = settings.modulePath { return canonical(path) }
        guard let value = unsafe getenv(variable) else {
            throw KeyError(.notFound, "'\(uri)' names no PKCS#11 module. \(hint())")
        }
        let path = unsafe String(cString: value)
        guard path.hasPrefix("/") else {
            throw KeyError(.badReference, "\(variable) must hold an absolute path, it holds '\(path)'.")
        }
        return canonical(path)
    }

    /// What to do, with the modules that this machine has.
    static func hint() -> String {
        let present = folders.flatMap { folder in names.map { "\(folder)/\($0).so" } }.filter(exists)
        let known =
            present.isEmpty
            ? "None is installed in a known place." : "Installed here: \(present.joined(separator: ", "))."
        return "Add ?module-path=/PATH to the URI or set \(variable). \(known)"
    }

    private static func exists(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

    /// One name for one file, so that a link does not load the module a second time.
    private static func canonical(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}

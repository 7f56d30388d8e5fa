import CryptoOpenSSL
import Foundation
import Testing
import V2GKeys
import V2GKeysPKCS11
import V2GPrimitives

/// swtpm, a message bus, tpm2-abrmd and a tpm2-pkcs11 token, started by `scripts/test-tpm-env`.
private final class SoftwareTPM: Sendable {
    static let modulePath = [
        "/usr/lib/x86_64-linux-gnu/pkcs11/libtpm2_pkcs11.so", "/usr/lib/aarch64-linux-gnu/pkcs11/libtpm2_pkcs11.so",
        "/usr/lib/x86_64-linux-gnu/libtpm2_pkcs11.so.1",
    ].first { FileManager.default.fileExists(atPath: $0) }
    static let resourceManagerLibrary = [
        "/usr/lib/x86_64-linux-gnu/libtss2-tcti-tabrmd.so.0", "/usr/lib/aarch64-linux-gnu/libtss2-tcti-tabrmd.so.0",
    ].first { FileManager.default.fileExists(atPath: $0) }
    static let isInstalled =
        modulePath != nil && resourceManagerLibrary != nil
        && ["swtpm", "dbus-daemon", "tpm2-abrmd", "tpm2_ptool", "bash", "python3"].allSatisfy { findTool($0) != nil }

    let directory: TemporaryDirectory
    private let script: String

    init() throws {
        directory = try TemporaryDirectory()
        script =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("scripts/test-tpm-env").path
        // Output of the daemons goes to files, so that nobody waits for the end of a pipe they hold.
        let started = try run("bash", script, "start", directory.path)
        try #require(started.status == 0, "\(started.errors)")
        for line in try String(contentsOfFile: directory.file("env"), encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            unsafe setenv(String(parts[0]), String(parts[1]), 1)
        }
    }

    func stop() { _ = try? run("bash", script, "stop", directory.path) }

    func reference(_ label: String) -> KeyReference {
        var uri = PKCS11URI(token: "tpm", object: label, modulePath: Self.modulePath)
        uri.pinSourcePath = directory.file("pin")
        return .pkcs11(uri)
    }
}

@Suite(.enabled(if: SoftwareTPM.isInstalled)) struct SoftwareTPMTests {
    /// One test, because the module reads its environment once a process and the daemons end with the test.
    @Test(.timeLimit(.minutes(2))) func tpmMakesKeysAndSignsAndNamesWhatItCannot() async throws {
        let tpm = try SoftwareTPM()
        defer { tpm.stop() }
        let verifier = ProductSignatureVerifier()
        let provider = PKCS11KeyProvider(verifier: verifier)

        let reference = tpm.reference("station")
        let publicKey = try await provider.generate(reference, algorithm: .p256)
        let key = try await provider.signingKey(reference)
        #expect(key.publicKey == publicKey)
        let signature = try await key.sign([1, 2, 3])
        #expect(verifier.isValid(signature: signature, algorithm: .ecdsaSHA256, over: [1, 2, 3], by: publicKey))
        #expect(!verifier.isValid(signature: signature, algorithm: .ecdsaSHA256, over: [1, 2], by: publicKey))
        #expect(try await provider.describe(reference).isInToken)
        #expect(await code { _ = try await provider.generate(reference, algorithm: .p256) } == .alreadyExists)

        // Several tasks at once: the TPM has few slots for loaded keys and sessions.
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    #expect(await keyError { _ = try await key.sign([UInt8(task)]) } == nil)
                }
            }
        }

        let ed448 = await keyError { _ = try await provider.generate(tpm.reference("ed448"), algorithm: .ed448) }
        #expect(ed448?.code == .unsupported)
        #expect(ed448?.message.contains("CKM_EC_EDWARDS_KEY_PAIR_GEN") == true)
        let agreement = await keyError { _ = try await provider.agreementKey(reference) }
        #expect(agreement?.code == .unsupported)
        #expect(agreement?.message.contains("CKM_ECDH1_DERIVE") == true)

        // Whether a TPM has P-521 depends on its firmware: it works, or the refusal names the mechanism.
        let p521 = tpm.reference("p521")
        let refusal = await keyError {
            _ = try await provider.generate(p521, algorithm: .p521)
            _ = try await provider.signingKey(p521).sign([5])
        }
        if let refusal {
            #expect([.unsupported, .operationFailed].contains(refusal.code))
            #expect(refusal.message.contains("CKM_"), "\(refusal.message)")
        }

        // The resource manager goes away: an error and no signature.
        tpm.stop()
        #expect(await keyError { _ = try await key.sign([4]) } != nil)
    }
}

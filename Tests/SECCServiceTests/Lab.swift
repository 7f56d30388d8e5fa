import CryptoOpenSSL
import Foundation
import V2GCertificates
import V2GKeys
import V2GPrimitives
import V2GTestSupport
import V2GX509

/// A PKI directory on disk, valid now, that goes away with the value.
final class Lab {
    let path = NSTemporaryDirectory() + "secc-\(UUID().uuidString)"
    let secc: Issued
    let sub2: Issued
    let responder: Issued

    var state: String { path + "/state" }
    var pki: String { path + "/pki" }

    /// - Parameters:
    ///   - holdsLeaf: The SECC certificate and its key.
    ///   - holdsResponder: The key of the CA's OCSP responder.
    init(holdsLeaf: Bool = true, holdsResponder: Bool = true) throws {
        let fixture = ChainFixture()
        let now = Timestamp.now()
        func current(_ template: inout CertificateTemplate) {
            template.notBefore = now.advanced(bySeconds: -86_400)
            template.notAfter = now.advanced(bySeconds: 60 * 86_400)
        }
        let root = try fixture.issue(.v2gRoot)
        let sub1 = try fixture.issue(.cpoSub1, by: root)
        sub2 = try fixture.issue(.cpoSub2, by: sub1)
        secc = try fixture.issue(.secc, by: sub2, bend: current)
        responder = try fixture.issue(.ocsp, by: sub2, bend: current)
        for directory in ["certs", "private", "crl"] {
            try FileManager.default.createDirectory(
                atPath: "\(pki)/\(directory)", withIntermediateDirectories: true)
        }
        try write(root, as: "v2g_root", key: false)
        try write(sub1, as: "cpo_sub1", key: false)
        try write(sub2, as: "cpo_sub2", key: false)
        if holdsLeaf { try write(secc, as: "secc", key: true) }
        if holdsResponder { try write(responder, as: "ocsp_cpo_sub2", key: true) }
        try revoke([])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func revoke(_ certificates: [Certificate]) throws {
        let list = try StatusFixture(at: .now()).list(by: sub2, revoking: certificates)
        try Data(list).write(to: URL(fileURLWithPath: "\(pki)/crl/cpo_sub2.crl"))
    }

    private func write(_ issued: Issued, as name: String, key: Bool) throws {
        try Data(issued.certificate.der).write(to: URL(fileURLWithPath: "\(pki)/certs/\(name).crt"))
        guard key else { return }
        let pem = try issued.key.pem(passphrase: nil).withExposed { span in
            var bytes = Data()
            for index in span.indices { bytes.append(span[index]) }
            return bytes
        }
        let file = "\(pki)/private/\(name).key"
        try pem.write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    }
}

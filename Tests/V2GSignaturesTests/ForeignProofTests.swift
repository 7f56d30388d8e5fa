import CryptoOpenSSL
import EXICodec
import Foundation
import SchemaTypes
import Testing
import V2GCertificates
import V2GKeys
import V2GMessagesISO2
import V2GMessagesISO20
import V2GMessagesISO20Common
import V2GMessagesXMLDSig
import V2GPrimitives
import V2GSignatures
import V2GX509

/// What other stacks say of ours, and we of theirs. Driven by Tests/Interop/signatures/run, which names files by
/// variables of the environment.
@Suite struct ForeignProofTests {
    static let output = ProcessInfo.processInfo.environment["V2G_SIGNATURES_OUT"]
    static let oemKey = ProcessInfo.processInfo.environment["V2G_CAPTURES_OEM_KEY"]
    static let captures = ProcessInfo.processInfo.environment["V2G_CAPTURES"]

    private struct Line: Encodable {
        var kind = "signature"
        var set: String?
        var element: String?
        var id: String?
        var fragment: String?
        var signature: String?
        var algorithm: String?
        var publicKey: String?
        var digest: String?
        var receiver: String?
        var encryptedKey: String?
        var dhPublicKey: String?
        var scalar: String?
    }

    private static func text(_ octets: [UInt8]) -> String {
        octets.map { String(format: "%02x", $0) }.joined()
    }

    /// Signatures over every element under every key, for others to verify.
    @Test(.enabled(if: output != nil)) func writesSignaturesForOthers() throws {
        var lines: [Line] = []
        for edition in Edition.allCases {
            for signer in try Signer.all(edition) where signer.profile.signsWith == .standalone {
                for sample in try SignedSample.all() where sample.edition == edition {
                    let element = try sample.signable()
                    let signature = try signer.sign([element])
                    lines.append(
                        Line(
                            set: edition == .iso2 ? "iso2" : "iso20-common", element: sample.name, id: element.id,
                            fragment: Self.text(element.fragment),
                            signature: Self.text(try XMLDSig.Element.signature(signature).encodedFragment()),
                            algorithm: signer.key.algorithm.rawValue, publicKey: Self.text(signer.key.publicKey.bytes),
                            digest: signer.profile.ed448Digest == .shake256
                                ? "shake256" : signer.key.algorithm == .p256 ? "sha256" : "sha512"))
                }
            }
        }
        for _ in 0..<20 {
            let receiver = try SoftwareKey.generate(.p256)
            let scalar = try SoftwareKey.generate(.p256).exportPrivateScalar()
            let wrapped = try ContractKeyWrap2.wrap(scalar: scalar, for: receiver.publicKey)
            lines.append(
                Line(
                    kind: "wrapped", receiver: Self.text(try receiver.exportPrivateScalar().copy()),
                    encryptedKey: Self.text(wrapped.encryptedKey), dhPublicKey: Self.text(wrapped.dhPublicKey),
                    scalar: Self.text(scalar.copy())))
        }
        let encoder = JSONEncoder()
        let text = try lines.map { String(decoding: try encoder.encode($0), as: UTF8.self) }.joined(separator: "\n")
        try (text + "\n").write(toFile: try #require(Self.output), atomically: true, encoding: .utf8)
    }

    /// Captured frames (`*.exi`, a folder for each session): every signature in them, by the key that its message or
    /// session names.
    @Test(.enabled(if: captures != nil)) func verifiesCapturedSignatures() async throws {
        let root = try #require(Self.captures)
        var report: [String] = []
        for session in try FileManager.default.contentsOfDirectory(atPath: root).sorted() {
            var contract: [[UInt8]] = []
            for file in try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(session)").sorted()
            where file.hasSuffix(".exi") {
                let octets = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(session)/\(file)")))
                if let found = try Self.iso2(octets, &contract) ?? Self.iso20(octets) {
                    report.append("\(session)/\(file): \(found)")
                }
                if let found = try await Self.unwrapped(octets) { report.append("\(session)/\(file): \(found)") }
            }
        }
        for line in report { print("captured \(line)") }
        // Sessions without a contract may bring tariffs that nothing in them can judge.
        #expect(report.contains { $0.contains("verified") })
        #expect(!report.contains { $0.contains("refused") })
    }

    private static func judge(
        _ edition: Edition, _ signature: XMLDSig.Signature?, _ elements: () throws -> [SignableElement],
        _ certificate: [UInt8]
    ) throws -> String? {
        guard let signature else { return nil }
        guard let key = try? Certificate(der: certificate).publicKey else { return "no certificate of the signer" }
        let profile = SignatureProfile(edition: edition, allowsP256InEdition20: true)
        let verifier = MessageSignatureVerifier(profile: profile)
        do {
            let verified = try verifier.verify(signature, over: try elements(), by: key)
            let note = verified.isOutOfProfile ? ", out of profile" : ""
            return "verified \(verified.ids.sorted()), \(key.algorithm.rawValue), \(verified.grammar)\(note)"
        } catch {
            return "refused: \(error)"
        }
    }

    /// Unwraps a captured contract key, where the key of the car is given.
    private static func unwrapped(_ octets: [UInt8]) async throws -> String? {
        guard let path = oemKey,
            case .v2gMessage(let message)? = try? ISO2.Element(decodingDocument: octets.span),
            case .certificateInstallationRes(let body)? = message.body.bodyElement,
            let contract = try Certificate(der: body.contractSignatureCertChain.certificate.octets).publicKey
        else { return nil }
        let pem = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        do throws(ProvisioningRefusal) {
            let key: SoftwareKey
            do throws(KeyError) {
                key = try SoftwareKey(pem: SecretBytes(copying: pem))
            } catch {
                return "refused: \(error)"
            }
            let scalar = try await ContractKeyWrap2.unwrap(
                encryptedKey: body.contractSignatureEncryptedPrivateKey.value.octets,
                dhPublicKey: body.dhPublicKey.value.octets, with: key, contract: contract)
            return "verified: the unwrapped key, \(scalar.count) octets, belongs to the contract"
        } catch {
            return "refused: \(error)"
        }
    }

    private static func iso2(_ octets: [UInt8], _ contract: inout [[UInt8]]) throws -> String? {
        guard case .v2gMessage(let message)? = try? ISO2.Element(decodingDocument: octets.span) else { return nil }
        let signature = message.header.signature
        switch message.body.bodyElement {
        case .paymentDetailsReq(let body):
            contract = body.contractSignatureCertChain.der
            return nil
        case .authorizationReq(let body):
            return try judge(.iso2, signature, { [try .authorizationReq(body)] }, contract.first ?? [])
        case .meteringReceiptReq(let body):
            return try judge(.iso2, signature, { [try .meteringReceiptReq(body)] }, contract.first ?? [])
        case .certificateInstallationReq(let body):
            return try judge(
                .iso2, signature, { [try .certificateInstallationReq(body)] }, body.oemProvisioningCert.octets)
        case .certificateInstallationRes(let body):
            return try judge(
                .iso2, signature, { try SignableElement.elements(of: body) },
                body.saProvisioningCertificateChain.certificate.octets)
        case .chargeParameterDiscoveryRes(let body):
            guard case .saScheduleList(let list)? = body.saSchedules else { return nil }
            let tariffs = list.saScheduleTuple.elements.compactMap(\.salesTariff)
            return try judge(
                .iso2, signature, { try SignableElement.elements(of: tariffs) }, contract.count > 1 ? contract[1] : [])
        default:
            return signature == nil ? nil : "signed, and not looked at"
        }
    }

    private static func iso20(_ octets: [UInt8]) throws -> String? {
        switch try? ISO20Common.Element(decodingDocument: octets.span) {
        case .authorizationReq(let body)?:
            guard case .pncAReqAuthorizationMode(let mode) = body.aReqAuthorizationMode else { return nil }
            return try judge(
                .iso20, body.header.signature, { [try .pncAReqAuthorizationMode(mode)] },
                mode.contractCertificateChain.certificate.octets)
        default:
            return nil
        }
    }
}

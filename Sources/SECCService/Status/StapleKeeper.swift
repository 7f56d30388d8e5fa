internal import Foundation
internal import Logging
internal import NIOCore
internal import Synchronization
internal import V2GFiles
internal import V2GKeys
internal import V2GPKIDirectory
internal import V2GPrimitives
internal import V2GX509

/// Keeps fresh OCSP answers for the station's own chains, for stapling.
///
/// An answer comes from the first source that has a current one: files in `ocsp/`, the directory's own responder key (a
/// lab), the cache of the last run, the responder that the certificate names. It is renewed when half of its life is over.
/// A certificate that is revoked is never stapled for; the station is told.
final class StapleKeeper: Sendable {
    struct Subject: Sendable {
        let certificate: Certificate
        let issuer: Certificate
    }

    private let subjects: [Subject]
    private let files: [String]
    private let cache: String
    private let lab: LabResponder
    private let loop: any EventLoop
    private let logger: Logger
    private let answers = Mutex<[[UInt8]: StapleAnswer]>([:])

    /// - Parameters:
    ///   - files: Directories with `*.der`.
    ///   - cache: Where answers are kept for the next start.
    init(
        _ subjects: [Subject], files: [String], cache: String, lab: LabResponder, loop: any EventLoop, logger: Logger
    ) {
        self.subjects = subjects
        self.files = files
        self.cache = cache
        self.lab = lab
        self.loop = loop
        self.logger = logger
    }

    /// The current answer for a certificate of ours; never one that says anything but good.
    func staple(for certificate: [UInt8], at now: Timestamp = .now()) -> [UInt8]? {
        answers.withLock { answers in
            guard let answer = answers[HashAlgorithm.sha256.hash(certificate)], answer.isGood,
                answer.isCurrent(at: now)
            else { return nil }
            return answer.der
        }
    }

    /// Whether one of our certificates is known to be revoked.
    var isRevoked: Bool { answers.withLock { $0.values.contains { $0.isRevoked } } }
    var count: Int { answers.withLock { $0.values.count { $0.isGood } } }

    /// Renews what is due.
    ///
    /// - Parameter fetches: Ask responders over the network too.
    func refresh(at now: Timestamp = .now(), fetches: Bool) async {
        for subject in subjects {
            let key = HashAlgorithm.sha256.hash(subject.certificate.der)
            let old = answers.withLock { $0[key] }
            // A lab's own answer is made anew each time: it costs a signature, and a revocation shows at once.
            let new: StapleAnswer?
            if let answer = fromFiles(subject, at: now) {
                new = answer
            } else if let answer = await lab.answer(about: subject.certificate, issuer: subject.issuer, at: now) {
                new = answer
            } else if let old, old.isCurrent(at: now), !old.isStale(at: now) {
                continue
            } else if let answer = fromCache(key, subject, at: now), !answer.isStale(at: now) || !fetches {
                new = answer
            } else {
                new = fetches ? await fetch(subject, key) : nil
            }
            guard let new else {
                if fetches { missing(subject) }
                continue
            }
            answers.withLock { $0[key] = new }
            if new.isRevoked, old?.isRevoked != true { alarm(subject) }
        }
    }

    private func fromFiles(_ subject: Subject, at now: Timestamp) -> StapleAnswer? {
        var newest: StapleAnswer?
        for directory in files {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            for name in names where name.hasSuffix(".der") {
                guard let der = try? CertificateFiles.read("\(directory)/\(name)", limit: OCSPResponse.maximumLength),
                    let answer = StapleAnswer(der: der, about: subject.certificate), answer.isCurrent(at: now),
                    answer.thisUpdate >= newest?.thisUpdate ?? .earliest
                else { continue }
                newest = answer
            }
        }
        return newest
    }

    private func fromCache(_ key: [UInt8], _ subject: Subject, at now: Timestamp) -> StapleAnswer? {
        guard let der = try? CertificateFiles.read(path(key), limit: OCSPResponse.maximumLength),
            let answer = StapleAnswer(der: der, about: subject.certificate), answer.isCurrent(at: now)
        else { return nil }
        return answer
    }

    private func fetch(_ subject: Subject, _ key: [UInt8]) async -> StapleAnswer? {
        let request = OCSPRequest(certIDs: [
            OCSPCertID(serialNumber: subject.certificate.body.serialNumber, issuer: subject.issuer.body, hash: .sha1)
        ]).encoded()
        for url in subject.certificate.body.ocspURLs.prefix(2) {
            do {
                let der = try await OCSPFetch.post(request, to: url, on: loop)
                guard let answer = StapleAnswer(der: der, about: subject.certificate) else { continue }
                do throws(FileFailure) {
                    try DurableFile.write(der, to: path(key), mode: 0o600)
                } catch {
                    logger.warning("an OCSP answer could not be cached", metadata: ["v2g.detail": "\(error)"])
                }
                return answer
            } catch {
                logger.info(
                    "an OCSP responder did not answer", metadata: ["v2g.url": "\(url)", "v2g.detail": "\(error)"])
            }
        }
        return nil
    }

    private func path(_ key: [UInt8]) -> String { "\(cache)/\(Hex.encode(Array(key.prefix(16)))).der" }

    private func missing(_ subject: Subject) {
        logger.warning(
            "no OCSP answer for a certificate of this station; cars refuse it",
            metadata: [
                "v2g.serial": "\(subject.certificate.body.serialNumber.hex)",
                "v2g.detail": "put one into ocsp/ of the PKI directory, or make the certificate's responder reachable",
            ])
    }

    private func alarm(_ subject: Subject) {
        logger.error(
            "a certificate of this station is revoked; Plug & Charge is withdrawn",
            metadata: [
                "v2g.serial": "\(subject.certificate.body.serialNumber.hex)", "v2g.rule": "V2G.STATUS.REVOKED",
                "v2g.detail": "install a new certificate and reload (SIGHUP)",
            ])
    }
}

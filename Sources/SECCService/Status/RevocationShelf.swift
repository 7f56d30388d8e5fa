internal import Foundation
internal import Synchronization
package import V2GCertificates
internal import V2GPKIDirectory
package import V2GX509

/// The CRLs of a station, read again when their files change, so that a revocation counts without a restart.
package final class RevocationShelf: Sendable {
    private struct Shelf: Sendable {
        var lists: [CertificateRevocationList] = []
        var stamp: [String] = []
        var checkedAt: ContinuousClock.Instant?
        var evidence = RevocationEvidence.none
    }

    /// Files are looked at no more often.
    private static let interval = Duration.seconds(1)

    private let iso2: [String]
    private let iso20: [String]
    private let shelves = Mutex<[Edition: Shelf]>([:])

    /// - Parameters:
    ///   - iso2: CRL files, or directories of `*.crl`.
    ///   - iso20: The same for -20.
    package init(iso2: [String], iso20: [String]) {
        self.iso2 = iso2
        self.iso20 = iso20
    }

    package func evidence(_ edition: Edition) -> RevocationEvidence {
        shelf(edition).evidence
    }

    package func lists(_ edition: Edition) -> [CertificateRevocationList] { shelf(edition).lists }

    private func shelf(_ edition: Edition) -> Shelf {
        shelves.withLock { shelves in
            var shelf = shelves[edition] ?? Shelf()
            if let checkedAt = shelf.checkedAt, ContinuousClock.now - checkedAt < Self.interval { return shelf }
            shelf.checkedAt = .now
            let files = Self.files(edition == .iso2 ? iso2 : iso20)
            let stamp = files.map { "\($0) \(Self.changed($0))" }
            if stamp != shelf.stamp {
                shelf.stamp = stamp
                // A list that cannot be read is missing: what it would have said is then asked for in vain.
                shelf.lists = files.compactMap { file in
                    (try? CertificateFiles.list(file)).flatMap { try? CertificateRevocationList(der: $0) }
                }
                shelf.evidence = RevocationEvidence(lists: shelf.lists)
            }
            shelves[edition] = shelf
            return shelf
        }
    }

    private static func files(_ places: [String]) -> [String] {
        places.flatMap { place -> [String] in
            guard !place.hasSuffix(".crl") else { return [place] }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
            return names.filter { $0.hasSuffix(".crl") }.sorted().map { "\(place)/\($0)" }
        }
    }

    private static func changed(_ file: String) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        let date = attributes?[.modificationDate] as? Date
        return "\(date?.timeIntervalSince1970 ?? 0) \(attributes?[.size] ?? 0)"
    }
}

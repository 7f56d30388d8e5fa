public import V2GX509

/// OCSP answers and CRLs as they came, read once. What cannot be read stays here as such: it is judged, not dropped.
public struct RevocationEvidence: Sendable {
    enum Answer: Sendable {
        case basic(BasicOCSPResponse)
        case failed(OCSPFailure)
        case malformed(String)
    }

    enum List: Sendable {
        case list(CertificateRevocationList)
        case malformed(String)
    }

    /// Most OCSP answers, and most CRLs of one CA, that are looked at.
    public static let maximumCount = 64
    /// Most CRLs that are read at all: a directory of every CA's CRLs fits.
    public static let maximumListCount = 4_096

    let answers: [Answer]
    let lists: [List]
    /// The nonce of the request that the answers must repeat, `nil` when none was sent.
    let nonce: [UInt8]?
    /// Whether more was given than is read, so that what decides may be among the rest.
    let isExcessive: Bool

    /// Takes evidence as DER.
    ///
    /// - Parameters:
    ///   - ocsp: Complete OCSP responses, such as a TLS server staples.
    ///   - crls: Complete CRLs.
    ///   - nonce: What was sent in the OCSP request, if anything.
    public init(ocsp: [[UInt8]] = [], crls: [[UInt8]] = [], nonce: [UInt8]? = nil) {
        let lists = crls.prefix(Self.maximumListCount).map { der in
            do {
                return List.list(try CertificateRevocationList(der: der))
            } catch {
                return .malformed("\(error)")
            }
        }
        self.init(
            answers: Self.read(ocsp), lists: lists, nonce: nonce,
            isExcessive: ocsp.count > Self.maximumCount || crls.count > Self.maximumListCount)
    }

    /// Takes CRLs that were read before: large ones are worth keeping.
    public init(ocsp: [[UInt8]] = [], lists: [CertificateRevocationList], nonce: [UInt8]? = nil) {
        self.init(
            answers: Self.read(ocsp), lists: lists.prefix(Self.maximumListCount).map { .list($0) }, nonce: nonce,
            isExcessive: ocsp.count > Self.maximumCount || lists.count > Self.maximumListCount)
    }

    private init(answers: [Answer], lists: [List], nonce: [UInt8]?, isExcessive: Bool) {
        self.answers = answers
        self.lists = lists
        self.nonce = nonce
        self.isExcessive = isExcessive
    }

    private static func read(_ ocsp: [[UInt8]]) -> [Answer] {
        ocsp.prefix(maximumCount).map { der in
            do {
                switch try OCSPResponse(der: der) {
                case .answered(let basic): return .basic(basic)
                case .failed(let failure): return .failed(failure)
                }
            } catch {
                return .malformed("\(error)")
            }
        }
    }

    /// The CRLs that bear a CA's name, and whether there are too many of them to look at all. Others' do not count: they
    /// must neither crowd out the one that matters nor cost a signature check.
    func lists(of issuer: DistinguishedName) -> (found: [CertificateRevocationList], isExcessive: Bool) {
        var found: [CertificateRevocationList] = []
        for case .list(let list) in lists where list.issuer.matches(issuer) {
            guard found.count < Self.maximumCount else { return (found, true) }
            found.append(list)
        }
        return (found, false)
    }

    /// No evidence.
    public static let none = RevocationEvidence()

    var isEmpty: Bool { answers.isEmpty && lists.isEmpty }
}

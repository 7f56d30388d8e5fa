internal import V2GDER
internal import V2GX509

/// The CRL distribution points of a certificate with what decides about a CRL's scope (RFC 5280 4.2.1.13).
struct DistributionPoints {
    struct Point {
        let fullName: [GeneralName]
        let hasRelativeName: Bool
        let hasReasons: Bool
        let hasCRLIssuer: Bool
    }

    let points: [Point]

    private static let bound = 64

    init(of body: CertificateBody) throws(DERError) {
        points =
            try body.decode(.crlDistributionPoints) { (reader) throws(DERError) in
                var list = try reader.readSequence()
                var found: [Point] = []
                while !list.isAtEnd {
                    guard found.count < Self.bound else {
                        throw DERError(.tooMany("distribution points"), at: list.offset)
                    }
                    var point = try list.readSequence()
                    found.append(try Self.point(&point))
                }
                return found
            } ?? []
    }

    private static func point(_ point: inout DERReader) throws(DERError) -> Point {
        var names: [GeneralName] = []
        var isRelative = false
        if let element = try point.readOptional(.contextConstructed(0)) {
            var choice = point.reader(inside: element)
            let form = try choice.read()
            try choice.finish()
            if form.tag == .contextConstructed(0) {
                var list = choice.reader(inside: form)
                while !list.isAtEnd {
                    guard names.count < bound else { throw DERError(.tooMany("general names"), at: list.offset) }
                    names.append(try GeneralName(reading: &list))
                }
            } else {
                isRelative = true
            }
        }
        let reasons = try point.readOptional(.contextPrimitive(1))
        let issuer = try point.readOptional(.contextConstructed(2))
        try point.finish()
        return Point(
            fullName: names, hasRelativeName: isRelative, hasReasons: reasons != nil, hasCRLIssuer: issuer != nil)
    }

    /// Whether a CRL of the certificate's own issuer, without a scope, is meant for it. One that names a CRL issuer is
    /// served by that one alone.
    var isServedByFullCRL: Bool { points.isEmpty || points.contains { !$0.hasCRLIssuer } }

    /// Whether a point that the issuer itself serves bears one of the names.
    func names(anyOf others: [GeneralName]) -> Bool {
        points.contains { point in
            !point.hasCRLIssuer && point.fullName.contains { name in others.contains { Self.isSame(name, $0) } }
        }
    }

    private static func isSame(_ left: GeneralName, _ right: GeneralName) -> Bool {
        if case .directory(let left) = left, case .directory(let right) = right { return left.matches(right) }
        return left == right
    }
}

internal import V2GDER
internal import V2GX509

/// The name constraints extension (RFC 5280 4.2.1.10).
struct NameConstraints {
    let permitted: [GeneralName]
    let excluded: [GeneralName]

    /// Most subtrees that are looked at in one certificate.
    private static let bound = 256

    /// `nil` when the certificate has no such extension.
    ///
    /// - Throws: For malformed ones, and for subtrees with `minimum` or `maximum`, which RFC 5280 does not use.
    init?(of body: CertificateBody) throws(DERError) {
        let decoded = try body.decode(.nameConstraints) { (reader) throws(DERError) in
            var inner = try reader.readSequence()
            let permitted = try Self.subtrees(.contextConstructed(0), &inner)
            let excluded = try Self.subtrees(.contextConstructed(1), &inner)
            try inner.finish()
            guard !permitted.isEmpty || !excluded.isEmpty else {
                throw DERError(.badValue("name constraints that constrain nothing"), at: 0)
            }
            return (permitted, excluded)
        }
        guard let decoded else { return nil }
        (permitted, excluded) = decoded
    }

    private static func subtrees(_ tag: DERTag, _ reader: inout DERReader) throws(DERError) -> [GeneralName] {
        guard let element = try reader.readOptional(tag) else { return [] }
        var list = reader.reader(inside: element)
        var found: [GeneralName] = []
        while !list.isAtEnd {
            guard found.count < bound else { throw DERError(.tooMany("name subtrees"), at: list.offset) }
            var subtree = try list.readSequence()
            found.append(try GeneralName(reading: &subtree))
            try subtree.finish()
        }
        guard !found.isEmpty else { throw DERError(.badValue("an empty list of name subtrees"), at: list.offset) }
        return found
    }

    /// The first name of a certificate that the constraints do not allow, for people; `nil` when all are allowed.
    func violation(by body: CertificateBody) throws(DERError) -> String? {
        var names = try body.subjectAlternativeNames() ?? []
        if !body.subject.isEmpty { names.append(.directory(body.subject)) }
        // RFC 5280 4.2.1.10: an address in the subject counts when no alternative name gives one.
        if !names.contains(where: { Form($0) == .email }) {
            names += body.subject.values(of: .emailAddress).map { .email($0) }
        }
        for name in names {
            let form = Form(name)
            let wanted = permitted.filter { Form($0) == form }
            if !wanted.isEmpty, !wanted.contains(where: { Self.contains(name, in: $0) == true }) {
                return "\(Self.text(name)) is outside the permitted names"
            }
            for base in excluded where Form(base) == form && Self.contains(name, in: base) != false {
                return "\(Self.text(name)) is excluded"
            }
        }
        return nil
    }

    private enum Form: Hashable {
        case email, dns, directory, uri, ip
        case unsupported

        init(_ name: GeneralName) {
            switch name {
            case .email: self = .email
            case .dns: self = .dns
            case .directory: self = .directory
            case .uri: self = .uri
            case .ipAddress: self = .ip
            case .other: self = .unsupported
            }
        }
    }

    /// Whether a name lies within a subtree of its own form; `nil` when that cannot be told.
    private static func contains(_ name: GeneralName, in base: GeneralName) -> Bool? {
        switch (name, base) {
        case (.directory(let name), .directory(let base)): return isWithin(name, base)
        case (.dns(let name), .dns(let base)): return isHost(name, within: base)
        case (.email(let name), .email(let base)):
            guard let at = name.lastIndex(of: "@") else { return nil }
            let host = String(name[name.index(after: at)...])
            if let baseAt = base.lastIndex(of: "@") {
                // Only the host part compares without regard to case.
                return name[..<at] == base[..<baseAt]
                    && host.lowercased() == base[base.index(after: baseAt)...].lowercased()
            }
            return isHost(host, matching: base)
        case (.uri(let name), .uri(let base)):
            guard let host = uriHost(name) else { return nil }
            return isHost(host, matching: base)
        case (.ipAddress(let name), .ipAddress(let base)):
            guard base.count == 2 * name.count else { return name.count == 4 || name.count == 16 ? false : nil }
            return (0..<name.count).allSatisfy { name[$0] & base[name.count + $0] == base[$0] & base[name.count + $0] }
        default: return nil
        }
    }

    private static func isWithin(_ name: DistinguishedName, _ base: DistinguishedName) -> Bool {
        guard name.rdns.count >= base.rdns.count else { return false }
        return zip(name.rdns, base.rdns).allSatisfy { left, right in
            guard left.count == right.count else { return false }
            // The attributes of one part are a set: each must have its match.
            return right.allSatisfy { wanted in
                left.contains { DistinguishedName([$0]).matches(DistinguishedName([wanted])) }
            }
        }
    }

    /// DNS form: the host itself and everything below it.
    private static func isHost(_ name: String, within base: String) -> Bool {
        let (name, base) = (name.lowercased(), base.lowercased())
        return base.isEmpty || name == base || name.hasSuffix(base.hasPrefix(".") ? base : "." + base)
    }

    /// E-mail and URI form: with a leading dot everything below the host, else the host alone.
    private static func isHost(_ name: String, matching base: String) -> Bool {
        let (name, base) = (name.lowercased(), base.lowercased())
        return base.hasPrefix(".") ? name.hasSuffix(base) && name != base : name == base
    }

    /// The host of an absolute URI with a host name; `nil` for others (RFC 5280 4.2.1.10: those cannot be constrained,
    /// so they are refused).
    private static func uriHost(_ uri: String) -> String? {
        guard let colon = uri.firstIndex(of: ":"), uri[colon...].hasPrefix("://") else { return nil }
        let rest = uri[uri.index(colon, offsetBy: 3)...]
        var authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        let host = authority.prefix { $0 != ":" }
        guard !host.isEmpty, !host.hasPrefix("["), host.contains(where: { $0.isLetter }) else { return nil }
        return String(host)
    }

    private static func text(_ name: GeneralName) -> String {
        switch name {
        case .email(let text): "the e-mail address \(text.debugDescription)"
        case .dns(let text): "the host name \(text.debugDescription)"
        case .directory(let name): "the name '\(name)'"
        case .uri(let text): "the URI \(text.debugDescription)"
        case .ipAddress: "an IP address"
        case .other: "a name of an unsupported form"
        }
    }
}

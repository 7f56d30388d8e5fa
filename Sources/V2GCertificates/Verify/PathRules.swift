package import V2GDER
package import V2GPrimitives
internal import V2GX509

/// What RFC 5280 6.1 asks of a path whose signatures and names are known to chain, whatever its role.
package struct PathRules: Sendable {
    /// Difference of clocks that is forgiven at both ends of a validity, in seconds.
    package var clockSkewSeconds: Int64 = 0
    /// Whether the anchor's own validity, path length and key usage count.
    package var judgesAnchor = true
    /// Critical extensions that path validation understands.
    package var processed: Set<ObjectIdentifier> = PathRules.understood

    package init() {}

    package static let understood: Set<ObjectIdentifier> = [
        .basicConstraints, .keyUsage, .extendedKeyUsage, .subjectAlternativeName, .certificatePolicies,
        .nameConstraints, .policyConstraints, .policyMappings, .inhibitAnyPolicy,
    ]

    /// Judges every certificate of a path.
    ///
    /// - Returns: Findings for each certificate, leaf first, and for the anchor at the end.
    package func findings(_ path: CandidatePath, at time: Timestamp) -> [[Finding]] {
        var found: [[Finding]] = []
        found.reserveCapacity(path.certificates.count + 1)
        var intermediatesBelow = 0
        for (index, certificate) in path.certificates.enumerated() {
            var own: [Finding] = []
            checkTime(certificate, time, &own)
            checkForm(certificate, &own)
            if index > 0 {
                checkCA(certificate, intermediatesBelow, &own)
                // Self-issued certificates (a CA's key rollover) do not count (RFC 5280 6.1.4 (l)).
                if !certificate.body.isSelfIssued { intermediatesBelow += 1 }
            }
            found.append(own)
        }
        var anchor: [Finding] = []
        if judgesAnchor {
            checkTime(path.anchor.certificate, time, &anchor)
            checkCA(path.anchor.certificate, intermediatesBelow, &anchor)
        }
        found.append(anchor)
        checkNames(path, &found)
        return found
    }

    private func checkTime(_ certificate: Certificate, _ time: Timestamp, _ found: inout [Finding]) {
        let body = certificate.body
        if time.advanced(bySeconds: clockSkewSeconds) < body.notBefore {
            found.append(.verifier(.chainNotYetValid, "valid from \(body.notBefore), judged at \(time)"))
        }
        if time.advanced(bySeconds: -clockSkewSeconds) > body.notAfter {
            found.append(.verifier(.chainExpired, "valid until \(body.notAfter), judged at \(time)"))
        }
    }

    private func checkForm(_ certificate: Certificate, _ found: inout [Finding]) {
        let body = certificate.body
        if body.signatureAlgorithm != certificate.signatureAlgorithm {
            found.append(
                .verifier(
                    .chainAlgorithm,
                    "\(body.signatureAlgorithm.algorithm) inside, \(certificate.signatureAlgorithm.algorithm) outside"))
        }
        for (index, entry) in body.extensions.enumerated() {
            if entry.isCritical, !processed.contains(entry.type) {
                found.append(.verifier(.chainCritical, "extension \(entry.type)"))
            }
            if body.extensions[..<index].contains(where: { $0.type == entry.type }) {
                found.append(.verifier(.chainRepeated, "extension \(entry.type)"))
            }
        }
    }

    private func checkCA(_ certificate: Certificate, _ intermediatesBelow: Int, _ found: inout [Finding]) {
        do {
            let constraints = try certificate.body.basicConstraints()
            if constraints?.isCA != true {
                found.append(
                    .verifier(.chainNotCA, constraints == nil ? "no basic constraints" : "cA is not set"))
            }
            if let limit = constraints?.pathLength, limit < intermediatesBelow {
                found.append(
                    .verifier(.chainPathLength, "path length \(limit), and \(intermediatesBelow) sub-CAs follow"))
            }
            if let usage = try certificate.body.keyUsage(), !usage.contains(.keyCertSign) {
                found.append(.verifier(.chainCannotSign, "key usage: \(usage)"))
            }
        } catch {
            found.append(.verifier(.chainMalformed, error.description))
        }
    }

    private func checkNames(_ path: CandidatePath, _ found: inout [[Finding]]) {
        // Constraints bind what stands below them; those of an anchor count too, as the safer reading.
        for upper in path.certificates.indices.dropFirst() {
            constrain(path, below: upper, by: path.certificates[upper], &found)
        }
        if judgesAnchor {
            constrain(path, below: path.certificates.count, by: path.anchor.certificate, &found)
        }
    }

    private func constrain(
        _ path: CandidatePath, below upper: Int, by certificate: Certificate, _ found: inout [[Finding]]
    ) {
        guard certificate.body.firstExtension(.nameConstraints) != nil else { return }
        do {
            guard let constraints = try NameConstraints(of: certificate.body) else { return }
            for lower in 0..<upper {
                let body = path.certificates[lower].body
                if lower > 0, body.isSelfIssued { continue }
                if let violation = try constraints.violation(by: body) {
                    found[lower].append(.verifier(.chainNames, "\(violation) by '\(certificate.subject)'"))
                }
            }
        } catch {
            found[upper].append(.verifier(.chainMalformed, "name constraints: \(error)"))
        }
    }
}

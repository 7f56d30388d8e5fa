internal import V2GDER
internal import V2GKeys
internal import V2GX509

extension LintRun {
    private var keysText: String { profile.keyAlgorithms.map(\.displayName).joined(separator: ", ") }

    func checkKey() {
        let info = body.subjectPublicKeyInfo
        if let key = info.key {
            if !profile.keyAlgorithms.contains(key.algorithm), !followsIssuer(key.algorithm) {
                reportForbidden(key.algorithm)
            }
            return
        }
        let identifier = info.algorithm.algorithm
        if identifier == .rsaEncryption {
            report(.keyIsRSA, "the key is \(info.keyDescription)")
        } else if let algorithm = info.algorithm.keyAlgorithm {
            if profile.keyAlgorithms.contains(algorithm) {
                report(.keyPoint, "\(info.keyBits.count) bytes for a key on \(algorithm.displayName)")
            } else {
                reportForbidden(algorithm)
            }
        } else if identifier == .ecPublicKey {
            if info.algorithm.parameters?.first == DERTag.objectIdentifier.rawValue {
                report(.keyCurve, "the key is on \(info.keyDescription); allowed: \(keysText)")
            } else {
                report(.keyParameters, "the curve is not given by name")
            }
        } else if identifier == .ed448 || identifier == .x448 {
            report(.keyParameters, "parameters on a key that has none")
        } else {
            report(.keyType, "the key is \(info.keyDescription); allowed: \(keysText)")
        }
    }

    /// An OCSP signer speaks for its CA and is read by whoever reads that CA: below one on P-256, such as a -20
    /// operator's backend CA, P-256 is no weaker than the CA itself. Whether the CA may have such a key is its own rule.
    private func followsIssuer(_ algorithm: KeyAlgorithm) -> Bool {
        profile.role == .ocsp && algorithm == .p256 && issuer?.body.subjectPublicKeyInfo.key?.algorithm == .p256
    }

    private func reportForbidden(_ algorithm: KeyAlgorithm) {
        let rule: Rule = algorithm == .p256 || algorithm == .p521 ? .keyCurve : .keyType
        report(
            rule, tolerance: profile.edition == .iso20 && algorithm == .p256 ? .p256InEdition20 : nil,
            "the key is \(algorithm.displayName); allowed: \(keysText)")
    }

    func checkSignatureAlgorithm() {
        let identifier = body.signatureAlgorithm
        if let algorithm = identifier.signatureAlgorithm {
            guard !profile.signatureAlgorithms.contains(algorithm),
                !(algorithm == .ecdsaSHA256 && followsIssuer(.p256))
            else { return }
            let rule: Rule = algorithm == .ed448 ? .signatureAlgorithm : .signatureHash
            report(
                rule, tolerance: profile.edition == .iso20 && algorithm == .ecdsaSHA256 ? .p256InEdition20 : nil,
                "signed with \(algorithm.rawValue); \(signaturesText)")
        } else if AlgorithmIdentifier(algorithm: identifier.algorithm).signatureAlgorithm != nil {
            report(.signatureParameters, "\(identifier.algorithm) with parameters")
        } else if identifier.algorithm.content.starts(with: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04]) {
            // 1.2.840.10045.4: ECDSA with some other hash
            report(.signatureHash, "signed with \(identifier.algorithm); \(signaturesText)")
        } else {
            report(.signatureAlgorithm, "signed with \(identifier.algorithm); \(signaturesText)")
        }
    }

    private var signaturesText: String {
        "allowed: " + profile.signatureAlgorithms.map(\.rawValue).joined(separator: ", ")
    }

    /// What only a signed certificate can break. Whether the signature verifies is for the verifier.
    func checkSignature(of certificate: Certificate) {
        if certificate.signatureAlgorithm != body.signatureAlgorithm {
            report(
                .signatureMismatch,
                "\(certificate.signatureAlgorithm.algorithm) outside, \(body.signatureAlgorithm.algorithm) inside")
        }
        switch body.signatureAlgorithm.signatureAlgorithm {
        case .ed448:
            if certificate.signature.count != 114 {
                report(.signatureEncoding, "\(certificate.signature.count) bytes for an Ed448 signature")
            }
        case .ecdsaSHA256:
            if !isECDSAValue(certificate.signature, scalarLength: 32) {
                report(.signatureEncoding, "no DER sequence of two integers of the curve's size")
            }
        case .ecdsaSHA512:
            if !isECDSAValue(certificate.signature, scalarLength: 66) {
                report(.signatureEncoding, "no DER sequence of two integers of the curve's size")
            }
        case nil: break  // reported already
        }
    }

    private func isECDSAValue(_ signature: [UInt8], scalarLength: Int) -> Bool {
        var reader = DERReader(signature)
        do {
            var pair = try reader.readSequence()
            try reader.finish()
            for _ in 0..<2 {
                let integer = try pair.readIntegerBytes()
                guard let first = integer.first, first < 0x80, integer.contains(where: { $0 != 0 }),
                    integer.count - (first == 0 ? 1 : 0) <= scalarLength
                else { return false }
            }
            try pair.finish()
            return true
        } catch {
            return false
        }
    }
}

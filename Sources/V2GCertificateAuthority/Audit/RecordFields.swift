internal import Crypto
internal import V2GX509

/// What the audit log says about each kind of record. Writing and verifying use the same functions, so an entry is right
/// exactly when the record, read back, gives the same bytes. The first field identifies the record.
enum RecordFields {
    static func store(identifier: [UInt8], createdAt: Int64) -> AuditFields {
        var fields = AuditFields()
        fields.add("store", bytes: identifier)
        fields.add("created", number: createdAt)
        return fields
    }

    static func authority(_ record: AuthorityRecord) -> AuditFields {
        var fields = AuditFields()
        fields.add("authority", number: record.id.rawValue)
        fields.add("name", text: record.name)
        fields.add("edition", text: record.edition)
        fields.add("role", text: record.role)
        fields.add("generation", number: record.generation)
        fields.add("key-reference", text: record.keyReference)
        fields.add("key", bytes: record.keyHash)
        fields.add("state", text: record.state.description)
        fields.add("created", number: record.createdAt)
        return fields
    }

    static func authorityCertificate(_ record: AuthorityCertificate) -> AuditFields {
        var fields = AuditFields()
        fields.add("authority-certificate", number: record.id)
        fields.add("authority", number: record.authority.rawValue)
        fields.add("issuer", text: record.issuerName)
        fields.add("certificate", bytes: digest(record.certificate))
        fields.add("state", text: record.state.description)
        fields.add("recorded", number: record.recordedAt)
        return fields
    }

    static func ocspSigner(_ record: OCSPSignerRecord) -> AuditFields {
        var fields = AuditFields()
        fields.add("ocsp-signer", number: record.id)
        fields.add("authority", number: record.authority.rawValue)
        fields.add("certificate", bytes: digest(record.certificate))
        fields.add("key-reference", text: record.keyReference)
        fields.add("not-after", number: record.notAfter)
        fields.add("state", text: record.state.description)
        return fields
    }

    static func plan(_ plan: IssuancePlan, plannedAt: Int64) -> AuditFields {
        var fields = AuditFields()
        fields.add("serial", bytes: plan.serial)
        fields.add("issuer", number: plan.issuer.rawValue)
        fields.add("role", text: plan.role)
        fields.add("edition", text: plan.edition)
        fields.add("subject", text: plan.subject)
        fields.add("key", bytes: plan.keyHash)
        fields.add("body", bytes: plan.bodyHash)
        fields.add("not-after", number: plan.notAfter)
        fields.add("planned", number: plannedAt)
        return fields
    }

    static func certificate(_ der: [UInt8]) -> AuditFields {
        var fields = AuditFields()
        fields.add("certificate", bytes: digest(der))
        return fields
    }

    static func cancellation(reason: String) -> AuditFields {
        var fields = AuditFields()
        fields.add("reason", text: reason)
        return fields
    }

    static func revocation(issuer: AuthorityID, serial: [UInt8], _ revocation: Revocation) -> AuditFields {
        var fields = AuditFields()
        fields.add("serial", bytes: serial)
        fields.add("issuer", number: issuer.rawValue)
        fields.add("reason", number: Int64(revocation.reason.rawValue))
        fields.add("revoked", number: revocation.revokedAt)
        return fields
    }

    static func holdLifted(issuer: AuthorityID, serial: [UInt8]) -> AuditFields {
        var fields = AuditFields()
        fields.add("serial", bytes: serial)
        fields.add("issuer", number: issuer.rawValue)
        return fields
    }

    static func crlNumber(issuer: AuthorityID, number: Int64) -> AuditFields {
        var fields = AuditFields()
        fields.add("crl-number-of", number: issuer.rawValue)
        fields.add("number", number: number)
        return fields
    }

    static func crl(_ record: CRLRecord) -> AuditFields {
        var fields = AuditFields()
        fields.add("crl-of", number: record.authority.rawValue)
        fields.add("number", number: record.number)
        fields.add("crl", bytes: digest(record.crl))
        fields.add("this-update", number: record.thisUpdate)
        fields.add("next-update", number: record.nextUpdate)
        fields.add("covers", number: record.coveredSequence)
        return fields
    }

    static func setting(_ record: SettingRecord) -> AuditFields {
        var fields = AuditFields()
        fields.add("setting", text: record.key)
        fields.add("version", number: record.version)
        fields.add("value", bytes: digest(record.value))
        return fields
    }

    static func note(_ subject: String, detail: String) -> AuditFields {
        var fields = AuditFields()
        fields.add("subject", text: subject)
        fields.add("detail", text: detail)
        return fields
    }

    static func digest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
}

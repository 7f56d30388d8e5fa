extension Rule {
    static let subjectRules: [Rule] = [
        domainComponentMissing, domainComponentWrong, commonNameMissing, commonNameEmpty, commonNameTooLong,
        organizationMissing, organizationLength, countryMissing, countryForm, attributeRepeated, attributeNotText,
        vehicleSubjectExtra, subjectExtra, stationName, contractName, contractCheckDigit, provisioningName, vehicleName,
    ]

    static let domainComponentMissing = Rule(
        "V2G2-925.DC-MISSING",
        reason: "Without its domain component the certificate does not say which role it plays.",
        remedy: "Issue it with the domain component of its role: V2G, CPO, CPS, MO or OEM.",
        reference: "V2G2-925; ISO 15118-2 Annex F; ISO 15118-20 Annex B",
        scope: { !$0.domainComponent.accepted.isEmpty && $0.domainComponent.issued != nil })
    static let domainComponentWrong = Rule(
        "V2G2-925.DC-WRONG",
        reason: "The domain component says that the certificate plays another role.",
        remedy: "Use a certificate of the right role, or issue it with the role's domain component.",
        reference: "V2G2-925; ISO 15118-2 Annex F; ISO 15118-20 Annex B",
        scope: { !$0.domainComponent.accepted.isEmpty || !$0.domainComponent.refused.isEmpty })
    static let commonNameMissing = Rule(
        "V2G.SUBJECT.CN-MISSING", backend: .warning,
        reason: "The subject has no common name, so nothing says whose certificate it is.",
        remedy: "Give the subject a common name.",
        reference: "ISO 15118-2 Annex F; ISO 15118-20 Annex B")
    static let commonNameEmpty = Rule(
        "V2G.SUBJECT.CN-EMPTY",
        reason: "The subject's common name has no characters.",
        remedy: "Give the subject a common name of 1 to 64 characters.",
        reference: "RFC 5280 appendix A.1")
    static let commonNameTooLong = Rule(
        "V2G.SUBJECT.CN-LENGTH",
        reason: "The subject's common name has more than 64 characters.",
        remedy: "Shorten the common name.",
        reference: "RFC 5280 appendix A.1 (ub-common-name)")
    static let organizationMissing = Rule(
        "V2G.SUBJECT.O-MISSING", backend: .notice,
        reason: "The subject names no organization, so nothing says who answers for the certificate.",
        remedy: "Give the subject an organization.",
        reference: "ISO 15118-2 Annex F; V2G20-2598")
    static let organizationLength = Rule(
        "V2G.SUBJECT.O-LENGTH", verifying: .warning,
        reason: "The subject's organization does not have 1 to 64 characters.",
        remedy: "Write the organization in 1 to 64 characters.",
        reference: "RFC 5280 appendix A.1 (ub-organization-name)")
    static let countryMissing = Rule(
        "V2G.SUBJECT.C-MISSING", verifying: .warning, backend: .notice,
        reason: "The subject names no country.",
        remedy: "Give the subject a country.",
        reference: "ISO 15118-2 Annex F",
        scope: { $0.namesCountry })
    static let countryForm = Rule(
        "V2G.SUBJECT.C-FORM", verifying: .warning,
        reason: "The subject's country is not a two-letter code.",
        remedy: "Write the country as its ISO 3166-1 code, such as DE.",
        reference: "RFC 5280 appendix A.1 (X520countryName)",
        scope: { $0.namesCountry })
    static let attributeRepeated = Rule(
        "V2G.SUBJECT.REPEATED",
        reason: "A name attribute stands twice in the subject, so two readers can see two different subjects.",
        remedy: "Write each attribute once.",
        reference: "ISO 15118-2 Annex F")
    static let attributeNotText = Rule(
        "V2G.SUBJECT.TEXT",
        reason: "A name attribute of the subject is not readable text.",
        remedy: "Write attributes as UTF-8 or printable strings without control characters.",
        reference: "RFC 5280 4.1.2.4")
    static let vehicleSubjectExtra = Rule(
        "V2G20-2598.SUBJECT", verifying: .warning,
        reason: "The subject of a vehicle certificate has nothing but a common name and an organization.",
        remedy: "Leave the other attributes out.",
        reference: "V2G20-2598",
        scope: { $0.role == .vehicle })
    static let subjectExtra = Rule(
        "V2G.SUBJECT.EXTRA", verifying: .notice,
        reason: "The subject has an attribute that is not in the role's profile and makes the certificate longer.",
        remedy: "Leave out everything but CN, O, C and the role's DC.",
        reference: "ISO 15118-2 Annex F",
        scope: { $0.role != .vehicle })
    static let stationName = Rule(
        "V2G.CN.STATION", verifying: .warning,
        reason: "The common name of a station is neither an EVSEID nor a SECCID.",
        remedy: "Name the station such as DE*ABC*E123 or by its SECCID.",
        reference: "ISO 15118-2 Annex F, Annex H; ISO 15118-20 Table B.5",
        scope: { $0.commonName == .station })
    static let contractName = Rule(
        "V2G.CN.EMAID",
        reason: "The common name of a contract is no eMAID, so nobody can be billed.",
        remedy: "Name the contract by its eMAID, without separators.",
        reference: "ISO 15118-2 Annex F, Annex H",
        scope: { $0.commonName == .emaid })
    static let contractCheckDigit = Rule(
        "V2G.CN.EMAID-CHECK-DIGIT",
        reason: "The eMAID's check digit is wrong, so the identifier was mistyped or made up.",
        remedy: "Issue with the right check digit or none; backends may refuse the contract.",
        reference: "ISO 15118-2 Annex H",
        scope: { $0.commonName == .emaid })
    static let provisioningName = Rule(
        "V2G.CN.PCID", verifying: .warning,
        reason: "The common name of a provisioning certificate is no PCID, so contracts cannot be addressed to it.",
        remedy: "Name it by its PCID: 17 or 18 letters and digits.",
        reference: "ISO 15118-2 Annex F, Annex H",
        scope: { $0.commonName == .pcid })
    static let vehicleName = Rule(
        "V2G.CN.EVCCID", verifying: .warning,
        reason: "The common name of a vehicle certificate is no EVCCID.",
        remedy: "Name the vehicle by its EVCCID: letters and digits that start with the manufacturer's code.",
        reference: "V2G20-2598",
        scope: { $0.commonName == .evccID })
}

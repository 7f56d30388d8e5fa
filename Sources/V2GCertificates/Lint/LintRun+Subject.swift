internal import V2GDER
internal import V2GPrimitives
internal import V2GX509

extension LintRun {
    /// The name attributes that profiles know, by the last byte of their identifier in 2.5.4, and DC.
    private enum Part: Int {
        case commonName, organization, country, domainComponent

        init?(_ type: ObjectIdentifier) {
            let content = type.content
            if content.count == 3, content[0] == 0x55, content[1] == 0x04 {
                switch content[2] {
                case 3: self = .commonName
                case 6: self = .country
                case 10: self = .organization
                default: return nil
                }
            } else if type == .domainComponent {
                self = .domainComponent
            } else {
                return nil
            }
        }
    }

    func checkSubject() {
        var seen = 0
        var others: [ObjectIdentifier] = []
        for rdn in body.subject.rdns {
            for attribute in rdn {
                guard let text = attribute.text, text.isReadable else {
                    report(.attributeNotText, "\(attribute.typeName) is not readable")
                    if let part = Part(attribute.type) { seen |= 1 << part.rawValue }
                    continue
                }
                if let part = Part(attribute.type) {
                    if seen & (1 << part.rawValue) != 0 {
                        report(.attributeRepeated, "\(attribute.typeName) stands twice")
                    }
                    seen |= 1 << part.rawValue
                    check(part, text)
                } else {
                    if others.contains(attribute.type) {
                        report(.attributeRepeated, "\(attribute.typeName) stands twice")
                    }
                    others.append(attribute.type)
                    reportExtra(attribute)
                }
            }
        }
        func isMissing(_ part: Part) -> Bool { seen & (1 << part.rawValue) == 0 }
        if isMissing(.commonName) { report(.commonNameMissing, "no CN in the subject") }
        if isMissing(.organization) { report(.organizationMissing, "no O in the subject") }
        if isMissing(.country) { report(.countryMissing, "no C in the subject") }
        if isMissing(.domainComponent), let issued = profile.issuedDomainComponent(settings) {
            report(
                .domainComponentMissing,
                tolerance: profile.role == .contract ? .contractWithoutDomainComponent : nil,
                atMost: profile.domainComponent.isOptionalOnVerification ? .warning : .error,
                "no DC in the subject; expected DC=\(issued)")
        }
    }

    private func check(_ part: Part, _ text: String) {
        switch part {
        case .commonName: checkCommonName(text)
        case .organization:
            if text.isEmpty || (text.utf8.count > 64 && text.unicodeScalars.count > 64) {
                report(.organizationLength, "O has \(text.unicodeScalars.count) characters")
            }
        case .country:
            if !profile.namesCountry {
                report(.vehicleSubjectExtra, "C in the subject")
            } else if text.utf8.count != 2 || !text.utf8.allSatisfy(ASCII.isLetter) {
                report(.countryForm, "C=\(text.printable)")
            }
        case .domainComponent: checkDomainComponent(text)
        }
    }

    private func reportExtra(_ attribute: NameAttribute) {
        if profile.role == .vehicle {
            report(.vehicleSubjectExtra, "\(attribute.typeName) in the subject")
        } else {
            report(.subjectExtra, "\(attribute.typeName) in the subject")
        }
    }

    private func checkDomainComponent(_ text: String) {
        let accepted = profile.domainComponent.accepted
        if profile.domainComponent.refused.contains(text.uppercased()) {
            report(.domainComponentWrong, "DC=\(text.printable) where no charging hierarchy may be named")
            return
        }
        if accepted.isEmpty {
            report(.subjectExtra, "DC=\(text.printable) in the subject")
            return
        }
        guard accepted.contains(text) else {
            report(.domainComponentWrong, "DC=\(text.printable); expected \(accepted.joined(separator: " or "))")
            return
        }
        let issued = profile.issuedDomainComponent(settings)
        guard issued != text else { return }
        if profile.role == .vehicle {
            report(.vehicleSubjectExtra, "DC=\(text.printable) in the subject")
        } else if isIssuing {
            report(.domainComponentWrong, "DC=\(text.printable); expected DC=\(issued ?? "none")")
        } else if text == "V2G", profile.isOwnBranch {
            report(
                .domainComponentWrong, tolerance: .subCADomainComponentV2G,
                "DC=V2G, as charge point operators' sub-CAs have it; expected DC=\(issued ?? "none")")
        } else if profile.role == .secc {
            report(
                .domainComponentWrong, tolerance: .seccDomainComponentEither,
                "DC=\(text.printable) where DC=\(issued ?? "none") is set")
        }
    }

    private func checkCommonName(_ text: String) {
        if text.isEmpty {
            report(.commonNameEmpty, "CN has no characters")
            return
        }
        if text.utf8.count > 64, text.unicodeScalars.count > 64 {
            report(.commonNameTooLong, "CN has \(text.unicodeScalars.count) characters")
            return
        }
        switch profile.commonName {
        case .free: break
        case .station:
            if EVSEID(text) == nil, SECCID(text) == nil { report(.stationName, "CN=\(text.printable)") }
        case .emaid:
            guard let emaid = EMAID(text) else {
                // Contracts of the older form and its separators are in the field; a driver is not turned away for them.
                let isOlder = DINContractID(text) != nil || EMAID(text.replacing("*", with: "-")) != nil
                report(.contractName, atMost: isOlder ? .warning : .error, "CN=\(text.printable)")
                return
            }
            if case .wrong(let expected) = emaid.checkDigitState {
                report(
                    .contractCheckDigit, tolerance: .emaidCheckDigit,
                    "CN=\(text.printable); the check digit would be \(expected)")
            }
        case .pcid:
            if PCID(text) == nil { report(.provisioningName, "CN=\(text.printable)") }
        case .evccID:
            if EVCCID(text) == nil { report(.vehicleName, "CN=\(text.printable)") }
        }
    }
}

extension String {
    /// Whether there are neither control nor invisible formatting characters, which could hide one name in another.
    fileprivate var isReadable: Bool {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return true }
        return unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }

    /// At most 80 characters, with anything unreadable as `?`: findings go to terminals and logs.
    var printable: String {
        let shown = String(prefix(80).map { String($0).isReadable ? $0 : "?" })
        return count > 80 ? shown + "..." : shown
    }
}

/// Swift names for schema names.
///
/// A type keeps its schema name without underscores and without the suffix `Type`; a property is the element's name with
/// its first word in lower case. The tables below hold what the rules cannot know, and a test pins the results.
package enum SwiftNames {
    /// Words in capitals that start a longer run of capitals, such as `EVSEID`. Longest first.
    static let acronyms = ["EVSE", "EVCC", "SECC", "EV", "DC", "AC"]

    /// Names whose words the rules would part wrongly.
    static let exceptions = [
        "eMAID": "emaid", "EMAID": "emaid", "DHpublickey": "dhPublicKey", "DHPublicKey": "dhPublicKey",
        "SECP521_EncryptedPrivateKey": "secp521EncryptedPrivateKey",
        "PnC_AReqAuthorizationMode": "pncAReqAuthorizationMode",
        "PnC_ASResAuthorizationMode": "pncASResAuthorizationMode",
        "eMAIDType": "EMAIDString", "NO_ERROR": "noError",
    ]

    static let keywords: Set<String> = [
        "as", "break", "case", "catch", "class", "continue", "default", "defer", "do", "else", "enum", "extension",
        "false",
        "for", "func", "if", "import", "in", "init", "inout", "is", "let", "nil", "operator", "protocol", "public",
        "repeat", "return", "self", "static", "struct", "super", "switch", "throw", "throws", "true", "try",
        "typealias",
        "var", "where", "while",
    ]

    /// The Swift name of a type: `DC_EVStatusType` is `DCEVStatus`, `responseCodeType` is `ResponseCode`.
    package static func type(_ name: String) -> String {
        if let exception = exceptions[name], exception.first?.isUppercase == true { return exception }
        var name = name
        if name.hasSuffix("Type"), name.count > 4 { name.removeLast(4) }
        if name == "eMAID" { return "EMAID" }
        return words(name).map(capitalized).joined()
    }

    /// The Swift name of a property or a case: `EVSEID` is `evseID`, `FAILED_SequenceError` is `failedSequenceError`.
    package static func property(_ name: String) -> String {
        if let exception = exceptions[name] { return exception }
        let words = words(name)
        guard let first = words.first else { return "value" }
        let head = firstWord(first)
        var result = head.lowercased() + first.dropFirst(head.count)
        for word in words.dropFirst() {
            result += capitalized(isShout(word) && word.count > 5 ? word.lowercased() : word)
        }
        if result.first?.isNumber == true { result = "_" + result }
        return keywords.contains(result) ? "`\(result)`" : result
    }

    private static func words(_ name: String) -> [String] {
        name.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    private static func isShout(_ word: String) -> Bool { word.allSatisfy { $0.isUppercase } }

    private static func capitalized(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }

    /// The first word of `EVReady` (`EV`), `EVSEID` (`EVSE`), `SAScheduleTuple` (`SA`), `MeterID` (`M`) or `URI`.
    private static func firstWord(_ name: String) -> String {
        let capitals = name.prefix { $0.isUppercase || $0.isNumber }
        if capitals.count < 2 { return String(name.prefix(1)) }
        if capitals.count == name.count {
            // A shout is one word unless it starts with a known acronym and goes on: EVSEID, but not FAILED.
            for acronym in acronyms where name.hasPrefix(acronym) && name.count > acronym.count { return acronym }
            return name
        }
        for acronym in acronyms where capitals.hasPrefix(acronym) { return acronym }
        return String(capitals.dropLast())
    }
}

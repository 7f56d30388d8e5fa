import EXICodec
import SchemaTypes
import V2GMessageText
import V2GMessagesAppProtocol
import V2GMessagesDIN
import V2GMessagesISO2
import V2GMessagesISO20AC
import V2GMessagesISO20ACDP
import V2GMessagesISO20Common
import V2GMessagesISO20DC
import V2GMessagesISO20WPT
import V2GMessagesXMLDSig

/// A schema set by its name on the command line; the folder of its vectors.
enum MessageSet: String, CaseIterable, Sendable {
    case sap, din, iso2, xmldsig
    case iso20Common = "iso20-common"
    case iso20AC = "iso20-ac"
    case iso20DC = "iso20-dc"
    case iso20ACDP = "iso20-acdp"
    case iso20WPT = "iso20-wpt"

    var element: any EXIElement.Type {
        switch self {
        case .sap: SAP.Element.self
        case .din: DIN.Element.self
        case .iso2: ISO2.Element.self
        case .xmldsig: XMLDSig.Element.self
        case .iso20Common: ISO20Common.Element.self
        case .iso20AC: ISO20AC.Element.self
        case .iso20DC: ISO20DC.Element.self
        case .iso20ACDP: ISO20ACDP.Element.self
        case .iso20WPT: ISO20WPT.Element.self
        }
    }
}

/// A document has one global element; a fragment any element, as signatures cover them.
enum Grammar: String, Decodable, Sendable {
    case document, fragment
}

/// Bytes as the codec tells them, and as it writes what it read.
struct Reading: Equatable {
    var json: String
    var xml: String
    var rewritten: [UInt8]
    var notes: EXINotes
}

/// What became of bytes that may be anything.
enum Outcome: Equatable {
    case value
    case refused(EXIError.Code)
    /// Neither a value that stays the same nor a refusal at a bit of the input: a fault of ours.
    case fault(String)
}

extension MessageSet {
    func read(
        _ bytes: [UInt8], _ grammar: Grammar = .document, options: EXIOptions = EXIOptions()
    ) throws -> Reading {
        try element.reading(bytes, grammar, options)
    }

    /// The octets of a message given as JSON.
    func write(_ json: String, _ grammar: Grammar = .document, form: EXIForm = EXIForm()) throws -> [UInt8] {
        try element.writing(json, grammar, form)
    }

    func outcome(of bytes: [UInt8], _ grammar: Grammar) -> Outcome {
        element.outcome(bytes, grammar)
    }

    /// The refusal of bytes; nothing when they were read.
    func refusal(
        of bytes: [UInt8], _ grammar: Grammar = .document, options: EXIOptions = EXIOptions()
    ) -> EXIError? {
        element.refusal(bytes, grammar, options)
    }
}

extension EXIElement {
    static func decoded(
        _ bytes: [UInt8], _ grammar: Grammar, _ options: EXIOptions, _ notes: inout EXINotes
    ) throws(EXIError) -> Self {
        switch grammar {
        case .document: try Self(decodingDocument: bytes.span, options: options, notes: &notes)
        case .fragment: try Self(decodingFragment: bytes.span, options: options, notes: &notes)
        }
    }

    func encoded(_ grammar: Grammar, _ form: EXIForm) throws(SchemaViolation) -> [UInt8] {
        switch grammar {
        case .document: try encodedDocument(form: form)
        case .fragment: try encodedFragment(form: form)
        }
    }

    static func reading(_ bytes: [UInt8], _ grammar: Grammar, _ options: EXIOptions) throws -> Reading {
        var notes = EXINotes()
        let element = try decoded(bytes, grammar, options, &notes)
        return Reading(
            json: try MessageText.json(element), xml: try MessageText.xml(element),
            rewritten: try element.encoded(grammar, EXIForm()), notes: notes)
    }

    static func writing(_ json: String, _ grammar: Grammar, _ form: EXIForm) throws -> [UInt8] {
        try MessageText.decode(Self.self, json: json, userInfo: textInfo).encoded(grammar, form)
    }

    static func refusal(_ bytes: [UInt8], _ grammar: Grammar, _ options: EXIOptions) -> EXIError? {
        var notes = EXINotes()
        do throws(EXIError) {
            _ = try decoded(bytes, grammar, options, &notes)
            return nil
        } catch {
            return error
        }
    }

    static func outcome(_ bytes: [UInt8], _ grammar: Grammar) -> Outcome {
        var notes = EXINotes()
        let value: Self
        do throws(EXIError) {
            value = try decoded(bytes, grammar, EXIOptions(), &notes)
        } catch {
            guard (0...bytes.count * 8).contains(error.bit) else {
                return .fault("bit \(error.bit) is not in the input")
            }
            return .refused(error.code)
        }
        do {
            let form = EXIForm(wildcards: notes.wildcardForm ?? .anyType)
            let written = try value.encoded(grammar, form)
            let again = try decoded(written, grammar, EXIOptions(), &notes)
            guard again == value else { return .fault("the value changes when it is written and read") }
            guard try again.encoded(grammar, form) == written else { return .fault("the bytes change the second time") }
            // Every value passes the initializers that check: what bytes can say, a program can say too.
            let text = try MessageText.json(value)
            let told = try MessageText.decode(Self.self, json: text, userInfo: textInfo)
            guard try told.encoded(grammar, form) == written else {
                return .fault("the value changes in text: \(text)")
            }
            return .value
        } catch {
            return .fault("a value that was read is refused: \(error)")
        }
    }
}

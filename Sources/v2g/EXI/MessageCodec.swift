internal import EXICodec
internal import SchemaTypes
internal import V2GMessageText

/// A schema set without its type: EXI octets <-> text.
struct MessageCodec: Sendable {
    /// How a decoded message is printed.
    enum Form: Sendable {
        case json, prettyJSON, xml
    }

    /// A document has one global element; a fragment any element, as signatures cover them.
    enum Grammar: Sendable {
        case document, fragment
    }

    typealias Text = (text: String, notes: EXINotes)

    private let decoding: @Sendable ([UInt8], Grammar, EXIOptions, Form) throws -> Text
    private let encoding: @Sendable ([UInt8], Grammar, EXIForm, Int) throws -> [UInt8]

    /// The codec of the set whose elements are `Element`.
    init<Element: EXIElement>(_: Element.Type) {
        decoding = { bytes, grammar, options, form in
            var notes = EXINotes()
            let element =
                switch grammar {
                case .document: try Element(decodingDocument: bytes.span, options: options, notes: &notes)
                case .fragment: try Element(decodingFragment: bytes.span, options: options, notes: &notes)
                }
            let text =
                switch form {
                case .json: try MessageText.json(element)
                case .prettyJSON: try MessageText.json(element, pretty: true)
                case .xml: try MessageText.xml(element)
                }
            return (text, notes)
        }
        encoding = { json, grammar, form, maximum in
            let element = try MessageText.decode(
                Element.self, json: json, maximum: maximum, userInfo: Element.textInfo)
            return switch grammar {
            case .document: try element.encodedDocument(form: form)
            case .fragment: try element.encodedFragment(form: form)
            }
        }
    }

    /// EXI to text.
    ///
    /// - Parameter start: octets of the input in front of `bytes`, for the position in errors.
    func decode(
        _ bytes: [UInt8], _ grammar: Grammar, options: EXIOptions, form: Form, behind start: Int = 0
    ) throws(DocumentFailure) -> Text {
        do {
            return try decoding(bytes, grammar, options, form)
        } catch let error as EXIError {
            throw DocumentFailure(error, behind: start * 8)
        } catch let error as MessageTextError {
            throw DocumentFailure("the message was read, but has no text: \(error)", bit: start * 8)
        } catch {
            throw DocumentFailure("\(error)", bit: start * 8)
        }
    }

    /// JSON to EXI.
    ///
    /// - Parameter maximum: most octets of `json`.
    func encode(
        _ json: [UInt8], _ grammar: Grammar, form: EXIForm, maximum: Int
    ) throws(DocumentFailure) -> [UInt8] {
        do {
            return try encoding(json, grammar, form, maximum)
        } catch let error as MessageTextError {
            throw DocumentFailure(error)
        } catch let violation as SchemaViolation {
            throw DocumentFailure(violation.message, bit: nil)
        } catch {
            throw DocumentFailure("\(error)", bit: nil)
        }
    }
}

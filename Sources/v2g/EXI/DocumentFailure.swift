internal import EXICodec
internal import SchemaTypes
internal import V2GFraming
internal import V2GMessageText

/// Why one document could not be decoded or encoded. In line mode it is printed, and the next line is read.
struct DocumentFailure: Error, Equatable {
    /// What, where, why, and what to do.
    let message: String
    /// The bit of the input where it shows, counted from its first octet; nothing when the input is text.
    let bit: Int?
    /// Whether the command was called wrongly, rather than the document being wrong.
    var isUsage = false

    init(_ message: String, bit: Int?, isUsage: Bool = false) {
        self.message = message
        self.bit = bit
        self.isUsage = isUsage
    }

    /// - Parameter start: bits of the input in front of the EXI document.
    init(_ error: EXIError, behind start: Int) {
        let error = error.moved(by: start)
        self.init(error.description, bit: error.bit)
    }

    init(_ error: FramingError) {
        self.init(error.description, bit: Int(clamping: error.offset.multipliedReportingOverflow(by: 8).partialValue))
    }

    init(_ error: MessageTextError) {
        self.init(error.description, bit: nil)
    }

    /// The line that line mode prints: `{"error":"...","bit":12}`, where the bit of a text is `null`.
    var line: String {
        get throws { try MessageText.json(self) }
    }

    /// How the command ends when this was the only document.
    var ending: CLIFailure { CLIFailure(isUsage ? .usage : .refused, message) }
}

extension DocumentFailure: Encodable {
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: FieldKey.self)
        try fields.encode(message, forKey: FieldKey("error", in: ""))
        if let bit {
            try fields.encode(bit, forKey: FieldKey("bit", in: ""))
        } else {
            try fields.encodeNil(forKey: FieldKey("bit", in: ""))
        }
    }
}

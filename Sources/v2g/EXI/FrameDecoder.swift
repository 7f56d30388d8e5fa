internal import EXICodec
internal import V2GFraming

/// Hexadecimal text to the text of the message in it: what `v2g exi decode` does with one document.
struct FrameDecoder {
    /// What the octets are.
    enum Source {
        /// EXI of a known set.
        case payload(EXISchemaSet, MessageCodec.Grammar)
        /// A whole V2GTP message, and the protocol for payload type 0x8001.
        case message(AgreedProtocol?)
    }

    let source: Source
    let form: MessageCodec.Form
    let options: EXIOptions
    /// Most octets of an EXI document.
    let maximum: Int
    /// The codec of a set.
    var codec: @Sendable (EXISchemaSet) -> MessageCodec = { MessageCodec($0) }

    /// Most octets of a line that can hold a document: three for each octet, `0x` and some blanks.
    var maximumLine: Int { (maximum + V2GTPHeader.size) * 3 + 64 }

    /// The message as text on one line (unless pretty), and a remark when something about it was unusual.
    func decode(hex: some BidirectionalCollection<UInt8>) throws(DocumentFailure) -> (result: String, remark: String?) {
        let text: MessageCodec.Text
        switch source {
        case .payload(let set, let grammar):
            let octets = try HexText.octets(of: hex, maximum: maximum)
            text = try codec(set).decode(octets, grammar, options: options, form: form)
        case .message(let agreed):
            let octets = try HexText.octets(of: hex, maximum: maximum + V2GTPHeader.size)
            let frame = try Self.frame(octets, limit: maximum)
            let set = try Self.set(of: frame.payloadType, agreed)
            text = try codec(set).decode(
                frame.payload, .document, options: options, form: form, behind: V2GTPHeader.size)
        }
        return (text.text, Self.remark(text.notes))
    }

    private static func frame(_ octets: [UInt8], limit: Int) throws(DocumentFailure) -> V2GTPFrame {
        do throws(FramingError) {
            return try V2GTPFrame(decoding: octets.span, payloadLimit: limit)
        } catch {
            throw DocumentFailure(error)
        }
    }

    /// The schema set that a payload type stands for. The type is octets 2 and 3, from bit 16 on.
    static func set(of type: V2GTPPayloadType, _ agreed: AgreedProtocol?) throws(DocumentFailure) -> EXISchemaSet {
        let reason: String
        switch type.family {
        case .exi(.fixed(let set)): return set
        case .exi(.contextual):
            guard let agreed else {
                throw DocumentFailure(
                    "payload type \(type) stands for the handshake, DIN 70121 and ISO 15118-2 alike; say which with "
                        + "--protocol sap, din or iso2", bit: 16, isUsage: true)
            }
            if let set = type.schemaSet(in: agreed.context) { return set }
            reason = "has no place in that protocol"
        case .exi(.amendment): reason = "is of the amendment of ISO 15118-20, whose schemas are not built in"
        case .sdp: reason = "is discovery (SDP), which is not EXI"
        case .manufacturer: reason = "is left to manufacturers; its content is not known"
        case .reserved: reason = "has no meaning; the octets are damaged, or no V2GTP message"
        }
        throw DocumentFailure("at bit 16 (octet 2): payload type \(type) \(reason)", bit: 16)
    }

    private static func remark(_ notes: EXINotes) -> String? {
        var remarks: [String] = []
        if notes.trailingOctets > 0 {
            remarks.append(
                "\(notes.trailingOctets) zero octet\(notes.trailingOctets == 1 ? "" : "s") behind the end of the document"
            )
        }
        if notes.usedStringTable {
            remarks.append("strings are given by reference to earlier ones, which V2G does not allow")
        }
        if notes.wildcardForm == .learning {
            remarks.append(
                "elements that no schema declares are in the learning form; encode with --learning-wildcards")
        }
        return remarks.isEmpty ? nil : "warning: " + remarks.joined(separator: "; ")
    }
}

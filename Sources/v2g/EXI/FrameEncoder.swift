internal import EXICodec
internal import V2GFraming
internal import V2GMessageText

/// JSON to hexadecimal text: what `v2g exi encode` does with one document.
struct FrameEncoder {
    let set: EXISchemaSet
    let grammar: MessageCodec.Grammar
    /// Makes a whole V2GTP message of this type.
    let payloadType: V2GTPPayloadType?
    /// The choices that EXI leaves to an encoder.
    var form = EXIForm()
    /// Most octets of an EXI document.
    let maximum: Int
    /// The codec of a set.
    var codec: @Sendable (EXISchemaSet) -> MessageCodec = { MessageCodec($0) }

    /// Most octets of JSON that can make such a document: a name takes bits there, and dozens of octets here.
    var maximumJSON: Int { max(MessageText.maximumJSONOctets, maximum &* 16) }

    func encode(json: [UInt8]) throws(DocumentFailure) -> String {
        let payload = try codec(set).encode(json, grammar, form: form, maximum: maximumJSON)
        guard payload.count <= maximum else {
            throw DocumentFailure(
                "the document has \(payload.count) octets, more than \(maximum); raise --max-bytes to get it", bit: nil)
        }
        guard let payloadType else { return HexText.text(of: payload) }
        do throws(FramingError) {
            return HexText.text(of: try V2GTPFrame(payloadType: payloadType, payload: payload).encoded())
        } catch {
            throw DocumentFailure("\(error)", bit: nil)
        }
    }
}

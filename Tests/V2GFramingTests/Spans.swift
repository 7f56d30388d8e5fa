import V2GFraming

// `#expect` keeps the values of its expression, which a span must not outlive: these take arrays.

func readHeader(_ bytes: [UInt8], payloadLimit: Int = V2GTPReader.defaultPayloadLimit) throws(FramingError)
    -> V2GTPHeader
{
    try V2GTPHeader(decoding: bytes.span, payloadLimit: payloadLimit)
}

func readFrame(_ bytes: [UInt8]) throws(FramingError) -> V2GTPFrame {
    try V2GTPFrame(decoding: bytes.span)
}

func payloadRange(_ bytes: [UInt8]) throws(FramingError) -> Range<Int> {
    try V2GTPFrame.layout(of: bytes.span).payload
}

func readDatagram(_ bytes: [UInt8], layout: SDPLayout = SDPLayout()) throws(FramingError) -> SDPMessage {
    try SDPMessage(datagram: bytes.span, layout: layout)
}

func readPayload(
    _ type: V2GTPPayloadType, _ bytes: [UInt8], layout: SDPLayout = SDPLayout()
) throws(FramingError) -> SDPMessage {
    try SDPMessage(payloadType: type, payload: bytes.span, layout: layout)
}

extension V2GTPReader {
    mutating func next(in bytes: [UInt8], from position: inout Int) throws(FramingError) -> V2GTPFrame? {
        try next(in: bytes.span, from: &position)
    }

    mutating func feed(_ bytes: [UInt8], into frames: inout [V2GTPFrame]) throws(FramingError) {
        try feed(bytes.span, into: &frames)
    }
}

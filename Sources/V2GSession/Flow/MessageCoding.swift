package import V2GFraming

/// Frames <-> messages of an edition, so that drivers need not know editions apart.
package protocol SessionCoding: SessionEdition {
    /// Reads the message of a frame. The grammar follows from the edition and the payload type alone; nothing is guessed.
    static func decode(_ frame: V2GTPFrame, quirks: Set<Quirk>) throws(MessageFault) -> DecodedMessage<Message>
    /// Writes a message with the payload type that its kind asks for.
    static func encode(_ message: Message) throws(MessageFault) -> V2GTPFrame
    /// The message's name in the schema, such as `SessionSetupReq`.
    static func name(of message: Message) -> String
    /// The name of the response code it carries, `nil` for requests.
    static func responseCode(of message: Message) -> String?
}

package struct DecodedMessage<Message: Sendable>: Sendable {
    package let message: Message
    /// Tolerances that were used.
    package let notes: [SessionNote]

    package init(_ message: Message, notes: [SessionNote] = []) {
        self.message = message
        self.notes = notes
    }
}

/// A frame that holds no message of the edition. No response is possible, since the request's type is unknown: the
/// connection is closed.
package struct MessageFault: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case payloadType, undecodable, trailingBytes, notAMessage, cannotEncode
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

package import V2GFraming

/// What stands above a connection: a session, on one of the two ends.
///
/// All calls come on the event loop of the link, one after the other. Answer from within ``received(_:on:)`` or later,
/// as long as it is on that loop; frames sent from within a call leave together when it returns.
package protocol V2GPeer: AnyObject {
    /// The connection can carry frames; with TLS, the handshake is done. First call, once.
    func connected(_ link: V2GLink)
    /// A whole frame has arrived. Payload types are not judged here.
    func received(_ frame: V2GTPFrame, on link: V2GLink)
    /// The connection is over. Last call, once; the link lets go of the peer afterwards.
    func disconnected(_ end: LinkEnd, from link: V2GLink)
}

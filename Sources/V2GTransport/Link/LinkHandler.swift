internal import NIOCore

/// Connects a ``V2GLink`` to its channel; decides nothing.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let link: V2GLink

    init(_ link: V2GLink) { self.link = link }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { link.opened(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        link.opened(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        link.received(unwrapInboundIn(data))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { link.inputClosed() }
        if let end = event as? LinkEnd { link.closeNow(end) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        link.failed(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        link.becameInactive()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        link.failed(ChannelError.alreadyClosed)
    }
}

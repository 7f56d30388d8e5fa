/// What one peer, and all together, may cost the PKI's HTTP server. Times are in seconds.
package struct PKIServerLimits: Sendable {
    /// Longest request line in bytes; above it 414. Base64 in a path is short by rule (RFC 5019 5: 255 bytes).
    package var requestLineBytes = 4_096
    /// Longest request line and header fields together in bytes; above it 431.
    package var headBytes = 8_192
    /// Most header fields; above it 431.
    package var headerFields = 64
    /// Longest request body in bytes; above it 413.
    package var bodyBytes = 16_384
    /// Most connections at once; more are closed at once.
    package var connections = 4_096
    /// How long a connection may wait between requests.
    package var idleSeconds = 60
    /// The same when three quarters of ``connections`` are taken.
    package var crowdedIdleSeconds = 2
    /// From the first byte of a request to its last: against senders that drip.
    package var requestSeconds = 10
    /// How long an answer may take to be made; then the peer is told to try later.
    package var answerSeconds = 10
    /// How long a peer may leave its answers unread.
    package var writeSeconds = 30
    /// How long input is still read, and thrown away, after a refused request, so that the peer sees why.
    package var lingerSeconds = 1
    /// Most input that is thrown away then, in bytes.
    package var lingerBytes = 1 << 20
    /// Unsent bytes of one connection above which its requests wait.
    package var outputBytes = 256 << 10
    /// Unread bytes of one connection above which nothing more is read while an answer is being made.
    package var inputBytes = 32 << 10
    /// Connections that wait to be accepted.
    package var backlog: Int32 = 1_024
    /// How long open requests may take to finish when the server stops.
    package var shutdownSeconds = 5
    /// Most answers, and most bytes of them, that each event loop keeps at hand.
    package var frontEntries = 8_192
    package var frontBytes = 16 << 20

    package init() {}
}

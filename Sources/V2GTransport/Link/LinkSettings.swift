internal import V2GFraming

/// Limits of one connection. The defaults suit a station and a car.
package struct LinkSettings: Sendable, Hashable {
    /// Longest payload of a frame, in bytes.
    package var payloadLimit = V2GTPReader.defaultPayloadLimit
    /// From accept until frames can flow: the first byte, and with TLS the whole handshake.
    package var handshakeTimeout: Duration = .seconds(10)
    /// From then until the first frame, at the station. As long as a car takes for its whole set-up.
    package var firstFrameTimeout: Duration = .seconds(20)
    /// From the first byte of a frame, or of a TLS record, until its last.
    package var frameTimeout: Duration = .seconds(5)
    /// How long the station waits for the car to close after the last response (V2G20-1643; usual for -2).
    package var lingerTimeout: Duration = .seconds(5)
    /// How long the car waits for the station to close after it has closed its own direction.
    package var closeTimeout: Duration = .seconds(5)
    /// Bytes that a peer may send before frames can flow. Chains of certificates need a few thousand; while a distant key
    /// signs, what arrives waits in memory.
    package var handshakeLimit = 128 * 1024
    /// Bytes that may wait in the process for a peer that does not read.
    package var outputLimit = 256 * 1024

    package init() {}
}

/// A plan that the emitter has no Swift for: the construct and where it stands.
package struct EmitError: Error, Hashable, Sendable, CustomStringConvertible {
    package let construct: String
    package let place: String

    init(_ construct: String, at place: String) {
        self.construct = construct
        self.place = place
    }

    package var description: String { "\(place): cannot emit \(construct); extend the emitter" }
}

/// What broke the claims that hold for every input.
public struct OracleFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// An error from the network side of a charging connection. Switch on ``code``; the rest is for people.
///
/// It says that *our* surroundings failed: an interface, an address, a port, a socket. What a peer does wrong never
/// becomes an error of this type; it ends the connection with a reason (``LinkEnd``) or is ignored and counted.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// What failed, for programs.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case noSuchInterface, interfaceDown, noLinkLocalAddress, addressTentative, duplicateAddress
            case addressInUse, notPermitted, socketFailed, connectFailed, connectTimedOut, badSetting, stopped
        }

        private let value: Value
        public var description: String { value.rawValue }

        /// No interface has this name.
        public static let noSuchInterface = Code(value: .noSuchInterface)
        /// The interface is switched off, or has no carrier.
        public static let interfaceDown = Code(value: .interfaceDown)
        /// The interface has no IPv6 link-local address.
        public static let noLinkLocalAddress = Code(value: .noLinkLocalAddress)
        /// The link-local address is still being checked for duplicates (RFC 4862 5.4) and cannot be used yet.
        public static let addressTentative = Code(value: .addressTentative)
        /// Another host of the link has the same link-local address.
        public static let duplicateAddress = Code(value: .duplicateAddress)
        /// The port belongs to another program.
        public static let addressInUse = Code(value: .addressInUse)
        /// The system does not let this process do it.
        public static let notPermitted = Code(value: .notPermitted)
        /// A call of the socket interface failed.
        public static let socketFailed = Code(value: .socketFailed)
        /// The station refused the connection or could not be reached.
        public static let connectFailed = Code(value: .connectFailed)
        /// The station did not answer the attempt to connect in time.
        public static let connectTimedOut = Code(value: .connectTimedOut)
        /// Settings that contradict each other.
        public static let badSetting = Code(value: .badSetting)
        /// The part was stopped by its owner.
        public static let stopped = Code(value: .stopped)
    }

    public let code: Code
    /// What failed, where, and what to do about it. No key material, no personal data.
    public let message: String
    /// What the system said, when it said anything.
    public let cause: (any Error)?
    let location: String

    package init(
        _ code: Code, _ message: String, cause: (any Error)? = nil, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        location = "\(file):\(line)"
    }

    public var description: String { "\(code): \(message)" }
}

extension TransportError: Equatable {
    /// Equal when the codes are equal.
    public static func == (left: TransportError, right: TransportError) -> Bool { left.code == right.code }
}

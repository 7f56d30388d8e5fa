internal import Glibc

/// What `errno` said after a failed call, with the name of the call.
struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    let call: String
    let number: CInt

    /// Takes `errno` of the calling thread; make it right after the call that failed.
    init(_ call: String) {
        self.init(call, number: errno)
    }

    init(_ call: String, number: CInt) {
        self.call = call
        self.number = number
    }

    var description: String {
        guard let text = unsafe strerror(number) else { return "\(call): error \(number)" }
        return unsafe "\(call): \(String(cString: text))"
    }

    /// The error for people: `EADDRINUSE` and the like have codes of their own, the rest is `socketFailed`.
    func transportError(
        _ what: String, remedy: String, file: StaticString = #fileID, line: UInt = #line
    ) -> TransportError {
        let code: TransportError.Code =
            switch number {
            case EADDRINUSE: .addressInUse
            case EPERM, EACCES: .notPermitted
            case ENODEV: .noSuchInterface
            case EADDRNOTAVAIL: .noLinkLocalAddress
            case ENETDOWN: .interfaceDown
            default: .socketFailed
            }
        return TransportError(code, "\(what) failed (\(self)); \(remedy)", cause: self, file: file, line: line)
    }
}

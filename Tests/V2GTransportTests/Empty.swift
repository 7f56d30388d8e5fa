@testable import V2GTransport

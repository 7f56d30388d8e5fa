/// Follows the boundaries of TLS records (RFC 8446 5.1), without reading what is in them.
///
/// TLS itself waits for the rest of a record as long as it takes. A peer could send one byte a minute and hold a connection
/// for a day; knowing that a record has begun and not ended is what the deadline needs.
struct TLSRecordTracker: Sendable {
    static let headerSize = 5

    /// Records that are complete.
    private(set) var records: UInt64 = 0
    private var headerBytes = 0
    private var length = 0
    private var remaining = 0

    /// Whether no record has begun without its end.
    var isAtBoundary: Bool { headerBytes == 0 && remaining == 0 }

    mutating func feed(_ bytes: Span<UInt8>) {
        var index = 0
        while index < bytes.count {
            if remaining > 0 {
                let taken = min(remaining, bytes.count - index)
                remaining -= taken
                index += taken
                if remaining == 0 { endRecord() }
                continue
            }
            let byte = bytes[index]
            index += 1
            headerBytes += 1
            if headerBytes == 4 { length = Int(byte) << 8 }
            guard headerBytes == Self.headerSize else { continue }
            remaining = length | Int(byte)
            if remaining == 0 { endRecord() }
        }
    }

    private mutating func endRecord() {
        records &+= 1
        headerBytes = 0
        length = 0
    }
}

public import SchemaTypes

/// Writes bit-packed EXI into a buffer of fixed size.
///
/// Never allocates and never fails: when the buffer is too small, the writer goes on counting, and ``EXIBuffer`` starts
/// over with a larger one.
@safe
@frozen
public struct EXIWriter: ~Copyable {
    @usableFromInline
    let base: UnsafeMutableRawPointer
    /// Last octet at which eight octets can be stored.
    @usableFromInline
    let limit: Int
    /// Octets that are full.
    @usableFromInline
    var octet: Int
    /// The bits of the octet under way, in the top of the word; the rest is zero.
    @usableFromInline
    var partial: UInt64
    /// Number of bits under way, 0 to 7.
    @usableFromInline
    var count: UInt64
    /// The choices that EXI leaves to an encoder.
    @usableFromInline
    package let form: EXIForm
    /// The schema set, for wildcards; without one every element of a wildcard is unknown.
    @usableFromInline
    let context: EXIContext?
    /// The first element of a wildcard that cannot stand in a document of the set.
    @usableFromInline
    var violation: SchemaViolation?
    /// Set by the first wildcard.
    @usableFromInline
    var wildcards: WildcardTables?

    /// Writes from `address` on, into `capacity` octets, the last eight of which are used as working space.
    @inlinable
    init(
        _ address: UnsafeMutableRawPointer, capacity: Int, context: EXIContext? = nil, form: EXIForm = EXIForm()
    ) {
        self.context = context
        self.form = form
        unsafe base = address
        limit = capacity - 8
        octet = 0
        partial = 0
        count = 0
    }

    /// Octets that the document needs so far.
    @inlinable
    var octetCount: Int { octet + (count > 0 ? 1 : 0) }

    /// Writes an n-bit unsigned integer, most significant bit first (EXI 1.0, 7.1.9).
    ///
    /// - Parameters:
    ///   - value: below 2^width.
    ///   - width: 1 to 56.
    @inlinable
    @inline(__always)
    package mutating func bits(_ value: UInt64, _ width: Int) {
        let width = UInt64(truncatingIfNeeded: width)
        let word = partial | value &<< (64 &- count &- width)
        if octet <= limit { unsafe base.storeBytes(of: word.bigEndian, toByteOffset: octet, as: UInt64.self) }
        let total = count &+ width
        partial = word &<< (total & 0x38)
        octet &+= Int(truncatingIfNeeded: total &>> 3)
        count = total & 7
    }

    /// Writes the event code `code` of a state with `productions` productions (6.2; non-strict).
    @inlinable
    @inline(__always)
    package mutating func event(_ code: Int, of productions: Int) {
        bits(UInt64(truncatingIfNeeded: code), EventCode.width(of: productions))
    }

    /// Writes the header octet (5).
    @inlinable
    @inline(__always)
    package mutating func header() {
        bits(0x80, 8)
    }
}

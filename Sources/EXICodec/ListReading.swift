extension Array {
    /// Appends an element that was read. The first one makes room for some more, so that a short list is one allocation;
    /// the bytes have to hold each element before it gets here.
    @inlinable
    @inline(__always)
    package mutating func add(_ element: consuming Element) {
        if isEmpty { reserveCapacity(4) }
        append(element)
    }
}

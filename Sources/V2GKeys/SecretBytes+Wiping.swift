internal import Glibc
package import V2GPrimitives

extension [UInt8] {
    /// Overwrites the bytes in a way that the compiler cannot drop.
    package mutating func wipe() {
        unsafe withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { unsafe explicit_bzero(base, buffer.count) }
        }
    }
}

extension SecretBytes {
    /// Copies `bytes` and wipes the original.
    package convenience init(taking bytes: inout [UInt8]) {
        self.init(copying: bytes)
        bytes.wipe()
    }

    /// A copy that the caller wipes.
    package func copy() -> [UInt8] {
        withExposed { span in
            var out: [UInt8] = []
            out.reserveCapacity(span.count)
            for index in span.indices { out.append(span[index]) }
            return out
        }
    }

    /// Whether both hold the same bytes; the time taken does not depend on where they differ.
    package func isEqual(to other: SecretBytes) -> Bool {
        withExposed { mine in
            other.withExposed { theirs in
                guard mine.count == theirs.count else { return false }
                var difference: UInt8 = 0
                for index in mine.indices { difference |= mine[index] ^ theirs[index] }
                return difference == 0
            }
        }
    }
}

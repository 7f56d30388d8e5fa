/// Random bytes from the operating system's generator, the only source of randomness in this project.
public enum SystemRandom {
    /// `count` bytes fit for keys, serial numbers, challenges and nonces. A negative count gives none.
    public static func bytes(count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            var word = generator.next()
            for _ in 0..<min(8, count - bytes.count) {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return bytes
    }
}

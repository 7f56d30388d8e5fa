/// Base64 with the standard alphabet (RFC 4648 section 4).
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xff, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    /// The padded encoding, on one line.
    public static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group = 0
            for offset in 0..<3 { group = group << 8 | (offset < count ? Int(bytes[index + offset]) : 0) }
            for position in 0..<4 {
                let value = group >> (18 - 6 * position) & 0x3f
                text.append(position <= count ? alphabet[value] : UInt8(ascii: "="))
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes, or `nil` when a character is foreign, the padding is wrong or the last bits are not zero.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group = 0
        var digits = 0
        var padding = 0
        for character in text {
            if character == UInt8(ascii: "=") {
                padding += 1
                guard padding <= 2 else { return nil }
                continue
            }
            let value = values[Int(character)]
            guard value != 0xff, padding == 0 else { return nil }
            group = group << 6 | Int(value)
            digits += 1
            if digits % 4 == 0 {
                bytes.append(UInt8(group >> 16 & 0xff))
                bytes.append(UInt8(group >> 8 & 0xff))
                bytes.append(UInt8(group & 0xff))
                group = 0
            }
        }
        guard (digits + padding) % 4 == 0 else { return nil }
        switch digits % 4 {
        case 0: return padding == 0 ? bytes : nil
        case 2:
            guard group & 0xf == 0 else { return nil }
            bytes.append(UInt8(group >> 4))
        case 3:
            guard group & 0x3 == 0 else { return nil }
            bytes.append(UInt8(group >> 10))
            bytes.append(UInt8(group >> 2 & 0xff))
        default: return nil
        }
        return bytes
    }
}

/// Walks over an identifier's characters and collects them upper-cased and without separators.
///
/// It never backtracks and never allocates more than the input's length, so hostile text costs at most its own size.
struct IdentifierScanner {
    private let input: [UInt8]
    private var position = 0
    private(set) var collected: [UInt8] = []

    init(_ text: some StringProtocol) {
        input = Array(text.utf8)
        collected.reserveCapacity(input.count)
    }

    var length: Int { input.count }
    var remaining: Int { input.count - position }
    var isAtEnd: Bool { position == input.count }

    /// Takes exactly `count` characters that satisfy `isAllowed`.
    mutating func take(_ count: Int, where isAllowed: (UInt8) -> Bool) -> Bool {
        guard remaining >= count else { return false }
        for offset in 0..<count {
            let byte = input[position + offset]
            guard isAllowed(byte) else { return false }
            collected.append(ASCII.uppercased(byte))
        }
        position += count
        return true
    }

    /// Takes one given letter, in either case.
    mutating func take(letter: UInt8) -> Bool {
        take(1) { ASCII.uppercased($0) == letter }
    }

    /// Takes as many letters and digits as follow and says how many.
    mutating func takeAlphanumerics() -> Int {
        let start = position
        while position < input.count, ASCII.isAlphanumeric(input[position]) {
            collected.append(ASCII.uppercased(input[position]))
            position += 1
        }
        return position - start
    }

    /// Steps over the separator if it is the next character, and says whether it was.
    @discardableResult
    mutating func skip(_ separator: UInt8) -> Bool {
        guard position < input.count, input[position] == separator else { return false }
        position += 1
        return true
    }
}

extension [UInt8] {
    /// The bytes as text; identifiers hold ASCII only, so nothing is ever repaired.
    var asciiText: String { String(decoding: self, as: UTF8.self) }
}

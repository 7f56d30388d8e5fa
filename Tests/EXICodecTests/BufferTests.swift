import EXICodec
import SchemaTypes
import Testing

/// Buffers that are too small, just large enough, and used again.
@Suite struct BufferTests {
    private enum Step {
        case bits(UInt64, Int)
        case unsigned(UInt64)
        case signed(Int64)
        case string(String)
        case octets([UInt8])

        static func random(_ numbers: inout FixedNumbers) -> Step {
            switch Int.random(in: 0..<5, using: &numbers) {
            case 0:
                let width = Int.random(in: 1...56, using: &numbers)
                return .bits(numbers.next() >> UInt64(64 - width), width)
            case 1: return .unsigned(numbers.next() >> UInt64.random(in: 0..<64, using: &numbers))
            case 2: return .signed(Int64(bitPattern: numbers.next()) >> Int64.random(in: 0..<64, using: &numbers))
            case 3:
                let alphabet = Array("abc XYZ\u{E9}\u{20AC}\u{1F600}")
                let isPlain = Bool.random(using: &numbers)
                let count = Int.random(in: 0..<40, using: &numbers)
                return .string(
                    String(
                        (0..<count).map { _ in
                            alphabet[Int.random(in: 0..<(isPlain ? 7 : alphabet.count), using: &numbers)]
                        }))
            default:
                let count = Int.random(in: 0..<60, using: &numbers)
                return .octets((0..<count).map { _ in UInt8.random(in: 0...255, using: &numbers) })
            }
        }

        func write(to writer: inout EXIWriter) {
            switch self {
            case .bits(let value, let width): writer.bits(value, width)
            case .unsigned(let value): writer.unsigned(value)
            case .signed(let value): writer.signed(value)
            case .string(let value): writer.string(value)
            case .octets(let value): writer.octets(Base64Binary<0, 100>(unchecked: value))
            }
        }

        func append(to bits: inout BitString) {
            switch self {
            case .bits(let value, let width): bits.append(value, width: width)
            case .unsigned(let value): bits.append(unsigned: value)
            case .signed(let value): bits.append(signed: value)
            case .string(let value): bits.append(string: value)
            case .octets(let value): bits.append(octets: value)
            }
        }

        func isNext(in reader: inout EXIReader) throws(EXIError) -> Bool {
            switch self {
            case .bits(let value, let width): try reader.bits(width, "bits") == value
            case .unsigned(let value): try reader.unsigned("unsigned") == value
            case .signed(let value): try reader.signed(as: Int64.self, "signed") == value
            case .string(let value): try reader.string("string") == value
            case .octets(let value): try reader.octets(as: Base64Binary<0, 100>.self, "octets").octets == value
            }
        }
    }

    /// Any order of datatypes, in buffers of any size, is what the reference has and comes back.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func anyOrderOfValuesIsThatOfTheStandard(_ seed: UInt64) throws {
        var numbers = FixedNumbers(seed)
        var used = EXIBuffer(capacity: 0)
        for _ in 0..<25 {
            let steps = (0..<Int.random(in: 0..<30, using: &numbers)).map { _ in Step.random(&numbers) }
            var reference = BitString()
            for step in steps { step.append(to: &reference) }
            var fresh = EXIBuffer(capacity: Int.random(in: 0..<800, using: &numbers))
            try fresh.encode { writer in for step in steps { step.write(to: &writer) } }
            #expect(fresh.array == reference.octets)
            #expect(fresh.count == reference.octets.count)
            try used.encode { writer in for step in steps { step.write(to: &writer) } }
            #expect(used.array == reference.octets)
            let octets = fresh.array
            let allSame = try reading(octets) { (reader) throws(EXIError) in
                for step in steps {
                    guard try step.isNext(in: &reader) else { return false }
                }
                return try reader.finish() == 0
            }
            #expect(allSame.value)
        }
    }

    /// The smallest buffer has 64 octets, eight of them working space: each kind of value crosses that bound once at
    /// every place.
    @Test func valuesThatCrossTheEndOfTheBufferAreNotLost() throws {
        let octets = Array(1...30) as [UInt8]
        let steps: [Step] = [
            .bits(0x1234_5678_9ABC, 48), .unsigned(.max), .signed(.min), .string("thirty characters of plain tex"),
            .string("\u{20AC}uro \u{1F600}"), .octets(octets),
        ]
        for step in steps {
            for before in 0..<80 {
                for offset in 0..<8 {
                    var reference = BitString()
                    for _ in 0..<before { reference.append(0xA5, width: 8) }
                    if offset > 0 { reference.append(1, width: offset) }
                    step.append(to: &reference)
                    reference.append(1, width: 1)
                    let bytes = try written(capacity: 0) { writer in
                        for _ in 0..<before { writer.bits(0xA5, 8) }
                        if offset > 0 { writer.bits(1, offset) }
                        step.write(to: &writer)
                        writer.bits(1, 1)
                    }
                    #expect(bytes == reference.octets)
                }
            }
        }
    }

    @Test func aShortDocumentAfterALongOneKeepsNothingOfIt() throws {
        var buffer = EXIBuffer(capacity: 64)
        try buffer.encode { writer in for _ in 0..<500 { writer.bits(0xFF, 8) } }
        #expect(buffer.array == [UInt8](repeating: 0xFF, count: 500))
        try buffer.encode { $0.bits(0, 3) }
        #expect(buffer.array == [0])
        #expect(buffer.count == 1)
        try buffer.encode { _ in }
        #expect(buffer.array == [])
    }
}

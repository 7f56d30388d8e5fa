import EXICodec
import SchemaTypes
import Testing

/// References to earlier strings (EXI 1.0, 7.3.3), which V2G encoders do not write and some peers do.
@Suite struct StringTableTests {
    /// A literal, or a reference: `local` is the index in the partition of the name, `global` that in the common one.
    private enum Item {
        case literal(String)
        case local(Int, of: Int)
        case global(Int, of: Int)
    }

    private static func octets(_ items: [Item]) -> [UInt8] {
        var bits = BitString()
        for item in items {
            switch item {
            case .literal(let string): bits.append(string: string)
            case .local(let index, let count), .global(let index, let count):
                if case .local = item { bits.append(0, width: 8) } else { bits.append(1, width: 8) }
                var width = 0
                while 1 << width < count { width += 1 }
                bits.append(UInt64(index), width: width)
            }
        }
        return bits.octets
    }

    /// Reads strings of the names, one after another.
    private static func read(_ items: [Item], _ names: [StaticString]) throws(EXIError) -> [String] {
        let octets = octets(items)
        var reader = unsafe EXIReader(octets.span.bytes, strings: StringTable())
        var strings: [String] = []
        for name in names { strings.append(try reader.string(name)) }
        return strings
    }

    @Test func referencesFindTheirStringsByNameAndOverall() throws {
        let items: [Item] = [
            .literal("one"), .literal("two"), .literal("three"), .local(1, of: 2), .local(0, of: 1), .global(0, of: 3),
            .global(2, of: 3),
        ]
        let strings = try Self.read(items, ["a", "a", "b", "a", "b", "b", "a"])
        #expect(strings == ["one", "two", "three", "two", "three", "one", "three"])
    }

    /// What EXIficient (EXICodec 1.55) writes without a limit on value partitions: `Object` with the identifier `i`, and
    /// in it elements `g` with attributes `Id` i, j and i and the texts one, two and two, and between them `h` with two.
    /// The attributes share a partition with that of `Object`.
    @Test(arguments: [
        "8049036924099d20080382b7b7328201d036a015d1ddbc10268c070401d0000120",
        "8049036924099d6018006020080182b7b732a100f580600180802036a60ae8eede8409a16018006301d0803d601800602004006015",
    ])
    func namesOfWildcardsShareThePartitionsOfTheSchema(_ vector: String) throws {
        func element(_ name: String, _ id: String?, _ text: String) throws -> SignatureObject.Node {
            let attributes = id.map { [UnknownElement.Attribute(EXIName("Id", in: ""), $0)] } ?? []
            return .any(
                AnyElement(try UnknownElement(EXIName(name, in: ""), attributes: attributes, children: [.text(text)])))
        }
        let object = try SignatureObject(
            id: XMLID("i"),
            content: [
                element("g", "i", "one"), element("g", "j", "two"), element("h", nil, "two"), element("g", "i", "two"),
            ])
        let octets = try Hexadecimal.octets(of: vector)
        var notes = EXINotes()
        #expect(try SignatureElement(decodingDocument: octets.span, notes: &notes) == .object(object))
        #expect(notes.usedStringTable)
    }

    @Test func anEmptyStringAndOneKnownAlreadyAreNotRemembered() throws {
        let items: [Item] = [
            .literal(""), .literal("x"), .literal("x"), .literal("y"), .global(1, of: 2), .local(0, of: 2),
        ]
        #expect(try Self.read(items, ["a", "a", "b", "a", "b", "a"]) == ["", "x", "x", "y", "y", "x"])
    }

    /// A reference does not put the string into the partition of the name that refers to it.
    @Test func aGlobalReferenceAddsNothing() {
        let items: [Item] = [.literal("x"), .global(0, of: 1), .local(0, of: 1)]
        let error = #expect(throws: EXIError.self) { try Self.read(items, ["a", "b", "b"]) }
        #expect(error?.code == .stringTableHit)
    }

    @Test func indexesBeyondTheTableAreRefused() {
        let items: [Item] = [.literal("x"), .literal("y"), .literal("z"), .global(3, of: 4)]
        let error = #expect(throws: EXIError.self) { try Self.read(items, ["a", "a", "a", "a"]) }
        #expect(error?.code == .stringTableHit)
    }

    /// The two spellings of é are equal for Swift, and two strings for every encoder.
    @Test func stringsAreToldApartByTheirCodePoints() throws {
        let items: [Item] = [
            .literal("\u{E9}"), .literal("e\u{301}"), .literal("z"), .global(1, of: 3), .global(2, of: 3),
        ]
        let strings = try Self.read(items, ["a", "a", "a", "a", "a"])
        #expect(Array(strings[3].unicodeScalars) == ["e", "\u{301}"])
        #expect(strings[4] == "z")
    }

    @Test func boundsHoldForReferencesToo() throws {
        let octets = Self.octets([.literal("12345"), .local(0, of: 1)])
        var reader = unsafe EXIReader(octets.span.bytes, strings: StringTable())
        #expect(try reader.text(as: Text<0, 5>.self, "a").string == "12345")
        do throws(EXIError) {
            _ = try reader.text(as: Text<0, 4>.self, "a")
            Issue.record("too long a text was taken")
        } catch {
            #expect(error.code == .badLength)
        }
    }

    /// Many references to one long string cost no more than their own octets. Each is refused for its length here, which
    /// is looked up before the bound on all of them counts.
    @Test func referencesToALongStringAreCheap() throws {
        var items: [Item] = [.literal(String(repeating: "\u{E9}", count: 200_000))]
        items += (0..<20_000).map { _ in .local(0, of: 1) }
        let octets = Self.octets(items)
        let clock = ContinuousClock()
        var refusals = 0
        let time = try clock.measure {
            var reader = unsafe EXIReader(octets.span.bytes, strings: StringTable())
            _ = try reader.text(as: Text<0, 200_000>.self, "a")
            for _ in items.dropFirst() {
                do throws(EXIError) {
                    _ = try reader.text(as: Text<0, 5>.self, "a")
                } catch {
                    refusals += error.found == 200_000 ? 1 : 0
                }
            }
        }
        #expect(refusals == 20_000)
        #expect(time < .seconds(5), "it took \(time); counting 200,000 characters 20,000 times takes longer")
    }

    /// A few bits bring back a long string, so that the whole has a bound.
    @Test func referencesBringBackABoundedNumberOfCharacters() throws {
        let long = String(repeating: "x", count: 1 << 16)
        let items = [Item.literal(long)] + [Item](repeating: .local(0, of: 1), count: 16)
        let names = [StaticString](repeating: "a", count: 17)
        #expect(try Self.read(items, names).count == 17)
        let error = #expect(throws: EXIError.self) { try Self.read(items + [.global(0, of: 1)], names + ["a"]) }
        #expect(error?.code == .badLength)
    }
}

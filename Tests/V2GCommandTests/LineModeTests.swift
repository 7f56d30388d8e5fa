import EXICodec
import Testing
import V2GFraming

@testable import v2g

/// `-`: one line out for each line in.
struct LineModeTests {
    /// What is printed and remarked for `input`, given in pieces of `size` octets.
    private func run(
        _ input: String, pieces size: Int = 7, maximum: Int = 100,
        convert: ([UInt8]) throws(DocumentFailure) -> (result: String, remark: String?)
    ) throws -> (printed: [String], notes: [String], lines: Int, failures: Int) {
        var rest = Array(input.utf8)[...]
        var printed: [String] = []
        var notes: [String] = []
        var reader = LineReader(maximum: maximum) {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            return piece
        }
        let mode = LineMode(print: { printed.append($0) }, note: { notes.append($0) })
        let (lines, failures) = try mode.run(&reader, convert: convert)
        return (printed, notes, lines, failures)
    }

    private func echo(_ line: [UInt8]) -> (result: String, remark: String?) {
        ("<\(String(decoding: line, as: UTF8.self))>", nil)
    }

    @Test(arguments: [1, 2, 3, 64])
    func linesAreToldApartWhereverThePiecesEnd(size: Int) throws {
        let all = try run("a\n\nbc\r\nd\re\n\nlast", pieces: size, convert: echo)
        #expect(all.printed == ["<a>", "<>", "<bc>", "<d\re>", "<>", "<last>"])
        #expect(try run("", pieces: size, convert: echo).printed == [])
        #expect(try run("\n", pieces: size, convert: echo).printed == ["<>"])
        #expect(try run("a\n", pieces: size, convert: echo).printed == ["<a>"])
    }

    @Test(arguments: [1, 3, 1000])
    func aLineThatIsTooLongIsSkippedAndTheNextIsRead(size: Int) throws {
        let input = "12345\n123456\n\(String(repeating: "x", count: 500))\n12345\r\n1"
        let all = try run(input, pieces: size, maximum: 5, convert: echo)
        #expect(all.lines == 5)
        #expect(all.failures == 2)
        #expect(all.printed[0] == "<12345>")
        #expect(all.printed[1].hasPrefix(#"{"error":"the line is too long"#))
        #expect(all.printed[2].hasPrefix(#"{"error":"the line is too long"#))
        #expect(all.printed[3...] == ["<12345>", "<1>"])
    }

    @Test
    func aResultThatCannotBePrintedEndsTheWork() {
        var left = ["a\nb\n"]
        var reader = LineReader(maximum: 9) { left.popLast().map { Array($0.utf8) } ?? [] }
        var notes: [String] = []
        let mode = LineMode(print: { _ in throw CLIFailure(.environment, "full") }, note: { notes.append($0) })
        #expect(throws: CLIFailure.self) { try mode.run(&reader, convert: echo) }
        #expect(notes == [])
    }

    @Test
    func aLineOfTextThatIsTooLongHasNoBit() throws {
        var left = ["abc\n"]
        var printed: [String] = []
        var reader = LineReader(maximum: 2) { left.popLast().map { Array($0.utf8) } ?? [] }
        let mode = LineMode(print: { printed.append($0) }, note: { _ in }, startOfLine: nil)
        #expect(try mode.run(&reader, convert: echo).failures == 1)
        #expect(printed.first?.hasSuffix(#","bit":null}"#) == true)
    }

    @Test
    func failuresArePrintedInPlaceAndCounted() throws {
        let all = try run("ok\nbad\nok\nworse\n") { line throws(DocumentFailure) in
            guard line.count == 2 else {
                throw DocumentFailure("no \"good\"\n", bit: line.count == 3 ? 17 : nil)
            }
            return ("good", "odd")
        }
        #expect(all.failures == 2)
        #expect(
            all.printed == [
                "good", #"{"error":"no \"good\"\n","bit":17}"#, "good", #"{"error":"no \"good\"\n","bit":null}"#,
            ])
        #expect(all.notes == ["line 1: odd", "line 3: odd"])
    }

    @Test
    func everyLineOfADecodingGivesOneLine() throws {
        let decoder = FrameDecoder(
            source: .payload(.sap, .document), form: .json, options: EXIOptions(), maximum: 64,
            codec: { _ in EchoElement.codec })
        let good = try EchoElement.hex("two\nlines")
        let all = try run("\(good)\n\nxyz\n81\n\(good)00\n8\n", maximum: decoder.maximumLine) {
            line throws(DocumentFailure) in try decoder.decode(hex: line)
        }
        #expect(all.lines == 6)
        #expect(all.failures == 4)
        #expect(all.printed.count == 6)
        #expect(all.printed.allSatisfy { !$0.contains("\n") })
        #expect(all.printed[0] == #"{"Echo":"two\nlines"}"#)
        #expect(all.printed[1].hasSuffix(#","bit":0}"#))
        #expect(all.printed[3].hasPrefix(#"{"error":"at bit 0 (octet 0): the EXI header is 0x81"#))
        #expect(all.printed[4] == all.printed[0])
        #expect(all.notes == ["line 5: warning: 1 zero octet behind the end of the document"])
    }
}

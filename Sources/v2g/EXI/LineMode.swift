/// One line out for each line in: what `-` means for `v2g exi`.
struct LineMode {
    /// Writes a result at once, so that a program at the other end of a pipe gets its answer.
    let print: (String) throws -> Void
    /// Writes a remark that is no result.
    let note: (String) -> Void
    /// Where a line fails that is too long to be read: bit 0, or nothing where lines are text, which has no bits.
    var startOfLine: Int? = 0

    /// Converts every line of `reader`.
    ///
    /// - Parameter convert: the result of one line, and a remark about it.
    /// - Throws: what reading and printing throw.
    /// - Returns: the number of lines, and of those that failed.
    func run(
        _ reader: inout LineReader,
        convert: ([UInt8]) throws(DocumentFailure) -> (result: String, remark: String?)
    ) throws -> (lines: Int, failures: Int) {
        var lines = 0
        var failures = 0
        while let line = try reader.next() {
            lines += 1
            let result: String
            let remark: String?
            do throws(DocumentFailure) {
                guard case .text(let text) = line else {
                    throw DocumentFailure(
                        "the line is too long and was skipped; raise --max-bytes to read it", bit: startOfLine)
                }
                (result, remark) = try convert(text)
            } catch {
                failures += 1
                (result, remark) = (try error.line, nil)
            }
            try print(result)
            if let remark { note("line \(lines): \(remark)") }
        }
        return (lines, failures)
    }
}

/// One line out for each line in: what `-` means for `v2g exi`.
struct LineMode {
    /// Writes a result at once, so that a program at the other end of a pipe gets its answer.
    let print: (String) -> Void
    /// Writes a remark that is no result.
    let note: (String) -> Void

    /// Converts every line of `reader`.
    ///
    /// - Parameter convert: the result of one line, and a remark about it.
    /// - Throws: what reading throws.
    /// - Returns: the number of lines, and of those that failed.
    func run(
        _ reader: inout LineReader,
        convert: ([UInt8]) throws(DocumentFailure) -> (result: String, remark: String?)
    ) throws -> (lines: Int, failures: Int) {
        var lines = 0
        var failures = 0
        while let line = try reader.next() {
            lines += 1
            do throws(DocumentFailure) {
                guard case .text(let text) = line else {
                    throw DocumentFailure(
                        "the line is too long and was skipped; raise --max-bytes to read it", bit: 0)
                }
                let (result, remark) = try convert(text)
                print(result)
                if let remark { note("line \(lines): \(remark)") }
            } catch {
                failures += 1
                print(try error.line)
            }
        }
        return (lines, failures)
    }
}

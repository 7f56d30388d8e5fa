/// Lines of Swift under construction, indented by four blanks a level.
struct CodeLines {
    private(set) var lines: [String] = []
    private var depth = 0

    mutating func line(_ text: String = "") {
        lines.append(text.isEmpty ? "" : String(repeating: "    ", count: depth) + text)
    }

    mutating func open(_ text: String) {
        line(text)
        depth += 1
    }

    mutating func close(_ text: String = "}") {
        depth -= 1
        line(text)
    }

    /// Closes a block and opens the next of the same statement, as in `} else {`.
    mutating func reopen(_ text: String) {
        close(text)
        depth += 1
    }

    mutating func append(_ other: [String]) {
        for text in other { line(text) }
    }
}

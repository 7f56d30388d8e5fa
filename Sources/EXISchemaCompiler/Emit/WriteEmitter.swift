/// Emits the statements that write a complex type as EXI. See ``ReadEmitter`` for segments.
struct WriteEmitter {
    let types: TypeTable
    let home: MessageModule?
    private(set) var code = CodeLines()
    private var group = WriteGroup()
    /// Productions of the first state of a content that is written by its grammar's table, after the attributes.
    private var openContent: (count: Int, code: String)?

    init(types: TypeTable, home: MessageModule?) {
        self.types = types
        self.home = home
    }

    /// Emits the whole type, up to the end of the element.
    mutating func type(_ slots: [Slot]) throws(EmitError) {
        if let text = slots.last, case .text(let type) = text.kind, try types.simple(type, in: home).canBeEmpty {
            code.line("let code = writer.contentCode(\(text.property))")
            try attributes(Array(slots.dropLast()), before: 1, code: "code")
            code.line("writer.content(\(text.property))")
            return
        }
        var steps = Step.steps(of: slots)[...]
        var written: [String: Int] = [:]
        while true {
            let options = Array(steps.prefix { $0.isOptional })
            steps = steps.dropFirst(options.count)
            let required = steps.first
            let value = required.map { Self.expression($0.slot, written[$0.slot.property, default: 0]) }
            if let required { written[required.slot.property, default: 0] += 1 }
            if options.isEmpty {
                try self.required(required, value, total: required?.slot.productions ?? 1)
            } else if let option = options.first, options.count == 1, !option.repeats, option.slot.productions == 1,
                required?.slot.productions ?? 1 == 1, required != nil || openContent == nil
            {
                try either(option, or: required, value)
            } else {
                try choose(options, required, value)
            }
            guard required != nil else { break }
            steps = steps.dropFirst()
        }
        group.flush(to: &code)
    }

    /// Emits the writing of attributes and of the first event code of the content, which has `count` productions; the
    /// variable `name` has it.
    mutating func attributes(_ slots: [Slot], before count: Int, code name: String) throws(EmitError) {
        openContent = (count, name)
        try type(slots)
    }

    /// Emits the content of one element outside a type.
    mutating func element(_ type: TypePlanRef, _ expression: String) throws(EmitError) {
        try value(type, expression)
        group.flush(to: &code)
    }

    /// A step that has to come, or the end, in a state with nothing before it.
    private mutating func required(_ step: Step?, _ expression: String?, total: Int) throws(EmitError) {
        guard let step, let expression else {
            if let openContent {
                group.flush(to: &code)
                code.line("writer.event(\(openContent.code), of: \(openContent.count))")
            } else {
                group.code(0, width: 1, to: &code)
            }
            return
        }
        if step.slot.productions == 1 {
            group.code(0, width: 1, to: &code)
        } else {
            let width = Int.bitWidth - total.leadingZeroBitCount
            group.field("UInt64(truncatingIfNeeded: \(expression).member)", width: width, to: &code)
        }
        try occurrence(step, expression)
    }

    /// One element that may be left out, before one that may not.
    private mutating func either(_ option: Step, or required: Step?, _ expression: String?) throws(EmitError) {
        group.flush(to: &code)
        code.open("if let value = \(option.slot.property) {")
        group.code(0, width: 2, to: &code)
        try occurrence(option, "value")
        group.code(0, width: 1, to: &code)
        group.flush(to: &code)
        code.reopen("} else {")
        group.code(1, width: 2, to: &code)
        group.flush(to: &code)
        code.close()
        if let required, let expression { try occurrence(required, expression) }
    }

    private mutating func choose(_ options: [Step], _ required: Step?, _ expression: String?) throws(EmitError) {
        group.flush(to: &code)
        let total =
            options.reduce(0) { $0 + $1.slot.productions } + (required?.slot.productions ?? openContent?.count ?? 1)
        // Productions of the segment that are behind us.
        let state = "state\(code.lines.count)"
        code.line("var \(state) = 0")
        var offset = 0
        for option in options {
            let after = offset + option.slot.productions
            if option.repeats {
                try repetition(option, state, offset: offset, total: total)
            } else {
                code.open("if let value = \(option.slot.property) {")
                let member = option.slot.productions == 1 ? "" : " &+ value.member"
                code.line("writer.event(\(offset)\(member) &- \(state), of: \(total) &- \(state))")
                try occurrence(option, "value")
                group.flush(to: &code)
                code.line("\(state) = \(after)")
                code.close()
            }
            offset = after
        }
        if let required, let expression {
            let member = required.slot.productions == 1 ? "" : " &+ \(expression).member"
            code.line("writer.event(\(offset)\(member) &- \(state), of: \(total) &- \(state))")
            try occurrence(required, expression)
        } else {
            let content = openContent.map { " &+ \($0.code)" } ?? ""
            code.line("writer.event(\(offset)\(content) &- \(state), of: \(total) &- \(state))")
        }
    }

    private mutating func repetition(_ option: Step, _ state: String, offset: Int, total: Int) throws(EmitError) {
        let list = "\(option.slot.property).elements"
        let index = "index\(code.lines.count)"
        code.line("var \(index) = \(option.slot.minimum)")
        code.open("while \(index) < \(list).count {")
        code.line("writer.event(\(offset) &- \(state), of: \(total) &- \(state))")
        try occurrence(option, "\(list)[\(index)]")
        group.flush(to: &code)
        code.line("\(index) &+= 1")
        if let maximum = option.slot.maximum {
            code.line("\(state) = \(index) == \(maximum) ? \(offset + 1) : \(offset)")
        } else {
            code.line("\(state) = \(offset)")
        }
        code.close()
    }

    private mutating func occurrence(_ step: Step, _ expression: String) throws(EmitError) {
        switch step.slot.kind {
        case .attribute(let type), .text(let type): simple(try types.simple(type, in: home), expression)
        case .element(let type): try value(type, expression)
        case .alternatives:
            group.flush(to: &code)
            code.line("\(expression).writeContent(to: &writer)")
        }
    }

    private mutating func value(_ type: TypePlanRef, _ expression: String) throws(EmitError) {
        switch type {
        case .complex:
            group.flush(to: &code)
            code.line("\(expression).write(to: &writer)")
        case .simple(let type):
            let swift = try types.simple(type, in: home)
            if swift.canBeEmpty {
                group.flush(to: &code)
                code.line("writer.element(\(expression))")
                return
            }
            group.code(0, width: 1, to: &code)
            simple(swift, expression)
            group.code(0, width: 1, to: &code)
        }
    }

    private mutating func simple(_ type: SwiftType, _ expression: String) {
        if let width = type.fixedWidth {
            group.field(type.bits(of: expression), width: width, to: &code)
        } else {
            group.flush(to: &code)
            code.line(type.write(expression))
        }
    }

    /// The value of the occurrence `index` of a slot that has to come.
    private static func expression(_ slot: Slot, _ index: Int) -> String {
        slot.isList ? "\(slot.property).elements[\(index)]" : slot.property
    }
}

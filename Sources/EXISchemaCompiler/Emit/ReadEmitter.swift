/// Emits the statements that read a complex type from EXI.
///
/// A *segment* is a run of steps that may be left out and the step that has to come next, or the end. Its first event code
/// is read with all of the segment's productions in the state; after each element that occurred, the productions before
/// it are gone (EXI 1.0, 8.5.4.1 and 8.5.4.2 for a sequence of particles).
struct ReadEmitter {
    let types: TypeTable
    let home: MessageModule?
    private(set) var code = CodeLines()
    private var group = ReadGroup()
    /// Productions of the first state of a content that is read by its grammar's table, after the attributes.
    private var openContent: Int?
    /// Whether that content can be left out by the escape to the element's end.
    private var canEndEmpty = false
    /// Whether values are kept in constants until all of them are there. A structure that is made of them in one go is
    /// not copied, as one would be whose properties are set one after another.
    private var intoConstants = false
    /// Constants that are declared before the statement that gives them a value.
    private var declared: Set<String> = []
    private var event: String { canEndEmpty ? "eventOrEmpty" : "event" }

    init(types: TypeTable, home: MessageModule?) {
        self.types = types
        self.home = home
    }

    /// Emits the whole type, up to the end of the element.
    mutating func type(_ slots: [Slot], named name: String) throws(EmitError) {
        intoConstants = true
        if let text = slots.last, case .text(let type) = text.kind, try types.simple(type, in: home).canBeEmpty {
            canEndEmpty = true
            try attributes(Array(slots.dropLast()), before: 1, of: name)
            let swift = try types.simple(type, in: home).name
            code.line("let \(text.property) = try reader.content(code, as: \(swift).self, \"\(name)\")")
            make(slots)
            return
        }
        for slot in slots where slot.isList {
            code.line("var \(Self.list(slot)): [\(try elementType(of: slot))] = []")
        }
        try segments(Step.steps(of: slots)[...], end: "EE(\(name))")
        group.flush(to: &code)
        make(slots)
    }

    /// Emits the making of the structure.
    private mutating func make(_ slots: [Slot]) {
        let arguments = slots.map { slot in
            let value = slot.isList ? "BoundedList(unchecked: \(Self.list(slot)))" : slot.property
            return "\(Self.bare(slot.property)): \(value)"
        }
        code.line("return Self(\(arguments.joined(separator: ", ")))")
    }

    /// Emits the declaration of a slot's constant, which gets its value inside a branch.
    private mutating func declare(_ slot: Slot) throws(EmitError) {
        guard intoConstants, !slot.isList else { return }
        declared.insert(slot.property)
        code.line("let \(slot.property): \(try elementType(of: slot))\(slot.isOptional ? "?" : "")")
    }

    /// The statement that gives a slot its value.
    private func assignment(_ slot: Slot) -> (String) -> String {
        let list = Self.list(slot)
        if slot.isList { return { "\(list).add(\($0))" } }
        if intoConstants {
            let start = declared.contains(slot.property) ? "" : "let "
            return { "\(start)\(slot.property) = \($0)" }
        }
        return { "\(Self.bare(slot.property)) = \($0)".assigned(slot.property) }
    }

    /// Emits the reading of attributes and, into a variable `code`, of the first event code of the content, which has
    /// `count` productions.
    mutating func attributes(_ slots: [Slot], before count: Int, of name: String) throws(EmitError) {
        openContent = count
        try segments(Step.steps(of: slots)[...], end: "content of \(name)")
    }

    /// Emits the reading of one element's content into `assign`, for elements outside a type.
    mutating func element(_ type: TypePlanRef, _ label: String, assign: @escaping (String) -> String) throws(EmitError)
    {
        try value(type, label, assign: assign)
        group.flush(to: &code)
    }

    private mutating func segments(_ steps: ArraySlice<Step>, end: String) throws(EmitError) {
        var steps = steps
        while true {
            let options = steps.prefix { $0.isOptional }
            steps = steps.dropFirst(options.count)
            let required = steps.first
            if options.isEmpty, let required {
                try single(required)
            } else if options.isEmpty, let openContent {
                group.flush(to: &code)
                code.line("\(canEndEmpty ? "let" : "var") code = try reader.\(event)(of: \(openContent), \"\(end)\")")
            } else if options.isEmpty {
                group.code(0, width: 1, end, to: &code)
            } else {
                try choose(Array(options), required, end: end)
            }
            guard required != nil else { return }
            steps = steps.dropFirst()
        }
    }

    /// A step that is the only one possible.
    private mutating func single(_ step: Step) throws(EmitError) {
        if step.slot.productions == 1 {
            group.code(0, width: 1, step.slot.label, to: &code)
            try occurrence(step, member: nil)
        } else {
            group.flush(to: &code)
            try declare(step.slot)
            code.open("do {")
            code.line("let code = try reader.event(of: \(step.slot.productions), \"\(step.slot.label)\")")
            try occurrence(step, member: "code")
            group.flush(to: &code)
            code.close()
        }
    }

    /// Steps that may be left out, and the one that has to come after them.
    private mutating func choose(_ options: [Step], _ required: Step?, end: String) throws(EmitError) {
        group.flush(to: &code)
        let total = options.reduce(0) { $0 + $1.slot.productions } + (required?.slot.productions ?? openContent ?? 1)
        let labels = options.map(\.slot.label) + [required?.slot.label ?? end]
        for option in options { try declare(option.slot) }
        let name = "next\(code.lines.count)"
        code.line("var \(name) = try reader.\(event)(of: \(total), \"\(labels.joined(separator: ", "))\")")
        var offset = 0
        for (index, option) in options.enumerated() {
            let count = option.slot.productions
            let rest = labels[(index + 1)...].joined(separator: ", ")
            let after = offset + count
            if option.repeats {
                let list = Self.list(option.slot)
                code.open("while \(name) == \(offset) {")
                try occurrence(option, member: nil)
                let more =
                    "\(offset) &+ (try reader.event(of: \(total - offset), \"\(labels[index...].joined(separator: ", "))\"))"
                let none = "\(after) &+ (try reader.event(of: \(total - after), \"\(rest)\"))"
                group.flush(to: &code)
                if let maximum = option.slot.maximum {
                    code.line("\(name) = \(list).count < \(maximum) ? \(more) : \(none)")
                } else {
                    code.line("\(name) = \(more)")
                }
                code.close()
            } else {
                code.open("if \(name) < \(after) {")
                try occurrence(option, member: count == 1 ? nil : "\(name) &- \(offset)")
                if total - after == 1, !canEndEmpty {
                    group.code(0, width: 1, rest, to: &code)
                    group.flush(to: &code)
                    code.line("\(name) = \(after)")
                } else {
                    group.flush(to: &code)
                    code.line("\(name) = \(after) &+ (try reader.\(event)(of: \(total - after), \"\(rest)\"))")
                }
                code.reopen("} else {")
                code.line(assignment(option.slot)("nil"))
                code.close()
            }
            offset = after
        }
        if let required {
            try occurrence(required, member: required.slot.productions == 1 ? nil : "\(name) &- \(offset)")
        } else if openContent != nil {
            code.line("\(canEndEmpty ? "let" : "var") code = \(name) &- \(offset)")
        }
    }

    /// The value of a step whose event code was read.
    private mutating func occurrence(_ step: Step, member: String?) throws(EmitError) {
        let slot = step.slot
        let assign = assignment(slot)
        switch slot.kind {
        case .attribute(let type): simple(try types.simple(type, in: home), slot.name.localName, assign: assign)
        case .text(let type): simple(try types.simple(type, in: home), slot.name.localName, assign: assign)
        case .element(let type): try value(type, slot.name.localName, assign: assign)
        case .alternatives(_, let enumeration):
            group.flush(to: &code)
            code.line(assign("try \(enumeration).read(member: \(member ?? "0"), from: &reader)"))
        }
    }

    /// The content of an element.
    private mutating func value(
        _ type: TypePlanRef, _ label: String, assign: @escaping (String) -> String
    ) throws(EmitError) {
        switch type {
        case .complex(let index):
            group.flush(to: &code)
            code.line(assign("try \(try types.name(ofComplex: index, in: home)).read(from: &reader)"))
        case .simple(let type):
            let swift = try types.simple(type, in: home)
            if swift.canBeEmpty {
                group.flush(to: &code)
                code.line(assign("try reader.element(as: \(swift.name).self, \"\(label)\")"))
                return
            }
            group.code(0, width: 1, "CH(\(label))", to: &code)
            simple(swift, label, assign: assign)
            group.code(0, width: 1, "EE(\(label))", to: &code)
        }
    }

    private mutating func simple(_ type: SwiftType, _ label: String, assign: @escaping (String) -> String) {
        if type.fixedWidth != nil {
            group.field(type, label, to: &code, assign: assign)
        } else {
            group.flush(to: &code)
            code.line(assign(type.read(label: label)))
        }
    }

    /// The Swift type of one value of a slot.
    private func elementType(of slot: Slot) throws(EmitError) -> String {
        switch slot.kind {
        case .attribute(let type), .text(let type): try types.simple(type, in: home).name
        case .element(let type): try types.name(of: type, in: home)
        case .alternatives(_, let enumeration): enumeration
        }
    }

    private static func list(_ slot: Slot) -> String { "\(bare(slot.property))List" }

    /// A property without the quotes of a keyword.
    private static func bare(_ property: String) -> String { property.replacing("`", with: "") }
}

extension String {
    /// The assignment of a property: quoted when its name is a keyword.
    fileprivate func assigned(_ property: String) -> String {
        property.hasPrefix("`") ? "self." + self : self
    }
}

import EXICodec
import SchemaTypes
import Testing

private let ds = SignatureElement.namespace

private func object(_ content: SignatureObject.Node...) throws -> SignatureObject { try .init(content: content) }

private func any(_ element: SignatureElement) throws -> AnyElement { try AnyElement(element) }

private func keyName(_ text: String) throws -> SignatureObject.Node { .any(try any(.keyName(text))) }

private typealias Names = [(local: String, namespace: String, value: String)]

private func element(
    _ local: String, _ namespace: String, _ attributes: Names, _ children: [UnknownElement.Child]
) throws -> AnyElement {
    AnyElement(
        try UnknownElement(
            EXIName(local, in: namespace),
            attributes: attributes.map { .init(EXIName($0.local, in: $0.namespace), $0.value) }, children: children))
}

private func unknown(
    _ local: String, _ namespace: String, _ attributes: Names = [], _ children: UnknownElement.Child...
) throws -> SignatureObject.Node {
    .any(try element(local, namespace, attributes, children))
}

private func unknown(
    _ local: String, _ namespace: String, _ children: UnknownElement.Child...
) throws -> SignatureObject.Node {
    .any(try element(local, namespace, [], children))
}

private func child(
    _ local: String, _ namespace: String, _ children: UnknownElement.Child...
) throws -> UnknownElement.Child {
    .element(try element(local, namespace, [], children))
}

private func text(_ text: String) -> UnknownElement.Child { .text(text) }

/// An `Object` of XML signatures, and its octets in both forms. EXIficient (EXICodec 1.55, schema-informed and not
/// strict, no value in a string table, xmldsig-core-schema.xsd) made the octets: with built-in grammars that learn
/// without limit, and with none (maximumNumberOfBuiltInElementGrammars and -Productions 0).
struct WildcardVector: Sendable, CustomTestStringConvertible {
    let name: String
    let learning: String
    let anyType: String
    let value: @Sendable () throws -> SignatureObject

    init(_ name: String, learning: String, anyType: String, _ value: @escaping @Sendable () throws -> SignatureObject) {
        self.name = name
        self.learning = learning
        self.anyType = anyType
        self.value = value
    }

    var testDescription: String { name }

    private typealias Vector = WildcardVector

    static let all: [WildcardVector] = [
        Vector(
            "an empty unknown element",
            learning: "804b00aeae4dc74cc04822",
            anyType: "804b00aeae4dc74cc0482b00c00312"
        ) {
            try object(unknown("A", "urn:f"))
        },
        Vector(
            "no namespace, text",
            learning: "804d037408133e0ce8caf0e880dd50",
            anyType: "804d037408133ac03000c60ce8caf0e8c06ea8"
        ) {
            try object(.text("t"), unknown("g", "", text("text")), .text("u"))
        },
        Vector(
            "names that the set has already",
            learning: "804b2008280441",
            anyType: "804b20096018006228044580600189"
        ) {
            try object(unknown("Id", ""), unknown("XPath", ds))
        },
        Vector(
            "attributes, learned",
            learning: "804b00aeae4dc74cc04829026a0331b809ac0cca0c0040ccc30020334f037420",
            anyType: "804b00aeae4dc74cc0482b00c00301026a03311809ac0cc918015806001830040ccd18015806001808070334606e8a"
        ) {
            try object(
                unknown("A", "urn:f", [("j", "", "1"), ("k", "urn:f", "2")]),
                unknown("A", "urn:f", [("k", "urn:f", "3")]),
                unknown("A", "urn:f", [("j", "", "4")], text("t")))
        },
        Vector(
            "children, learned",
            learning: "804b00aeae4dc74cc048360242c0de160080de540deb6024314680",
            anyType: """
                804b00aeae4dc74cc0482b00c0030e024258060018c0de13006b00c003181bcb01bd18090d6018006230035806001894
                """
        ) {
            try object(
                unknown(
                    "A", "urn:f", child("B", "urn:f", text("x")), child("B", "urn:f", text("y")), text("z"),
                    child("C", "urn:f"),
                    child("B", "urn:f")))
        },
        Vector(
            "an element in itself",
            learning: "804b00aeae4dc74cc04836004c0dd2600290",
            anyType: "804b00aeae4dc74cc0482b00c0030e00ac03000c3802b00c0031406e8600ac03000c4a80"
        ) {
            try object(
                unknown(
                    "A", "urn:f",
                    child("A", "urn:f", child("A", "urn:f"), text("t"), child("A", "urn:f"))))
        },
        Vector(
            "a global element",
            learning: "804ba004008d6624",
            anyType: "804ba004008d6624"
        ) {
            try object(keyName("k1"))
        },
        Vector(
            "a global element within an unknown one",
            learning: "804b00aeae4dc74cc048381b0d4008011acc540d8902359924",
            anyType: "804b00aeae4dc74cc0482b00c003181b094008011acc501b114008011acc8a"
        ) {
            try object(
                unknown(
                    "A", "urn:f", text("a"), .element(any(.keyName("k1"))), text("b"), .element(any(.keyName("k2")))))
        },
        Vector(
            "an empty global element",
            learning: "804ba00420a004006d64",
            anyType: "804ba00420a004006d64"
        ) {
            try object(keyName(""), keyName("k"))
        },
        Vector(
            "wildcards within wildcards",
            learning: "804ba005d80575726e3a660241a8017a06e8600894",
            anyType: "804ba005d80575726e3a6602415806001868017a06e8600ac03000c4aa"
        ) {
            try object(
                .any(
                    any(
                        .object(
                            object(
                                unknown(
                                    "A", "urn:f", .element(any(.object(object(.text("t"), unknown("A", "urn:f"))))))))))
            )
        },
        Vector(
            "names and text beyond ASCII",
            learning: "804b00aeae4dc75f8020c8ee5ec03be02ca902e40103f601e0701d80e4",
            anyType: "804b00aeae4dc75f8020c8ee5ec03be02cab00c0030102e40103f60160701d80ea"
        ) {
            try object(unknown("Größe", "urn:ü", [("ä", "", "ö")], text("\u{1F600}")))
        },
    ]
}

import Testing

@testable import EXISchemaCompiler

@Suite struct QNameTests {
    @Test func localNameDecidesBeforeTheNamespace() {
        #expect(QName("a", in: "z") < QName("b", in: "a"))
        #expect(QName("a", in: "x") < QName("a", in: "y"))
    }

    @Test func orderIsByCodePoints() {
        #expect(QName("Z", in: "") < QName("a", in: ""))
        #expect(QName("AC_x", in: "") > QName("ACDP", in: ""))
    }
}

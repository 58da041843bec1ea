import OpenFlow
import Testing

@Suite("What two sides say when they meet")
struct NegotiationTests {
    @Test(arguments: [
        (Hello(), true),
        (Hello(version: 6, bitmap: [1 << 4 | 1 << 6]), true),
        (Hello(version: 6, bitmap: [1 << 6]), false),
        (Hello(version: 4, bitmap: []), false),
        (Hello(version: 4, bitmap: nil), true),
        (Hello(version: 5, bitmap: nil), true),
        (Hello(version: 1, bitmap: nil), false),
    ])
    func aHelloSaysWhetherVersion13IsSpoken(hello: Hello, accepted: Bool) {
        #expect(hello.acceptsVersion13 == accepted)
    }

    @Test(arguments: [
        (ErrorMessage(type: 5, code: 1, data: []), "FLOW_MOD_FAILED/TABLE_FULL"),
        (ErrorMessage(type: 1, code: 6, data: [1]), "BAD_REQUEST/BAD_LEN"),
        (ErrorMessage(type: 1, code: 99, data: []), "BAD_REQUEST/code 99"),
        (ErrorMessage(type: 99, code: 1, data: []), "error type 99, code 1"),
        (ErrorMessage(type: 0xFFFF, code: 3, data: []), "EXPERIMENTER/3"),
        (ErrorMessage.incompatible("only 1.3 here"), "HELLO_FAILED/INCOMPATIBLE: only 1.3 here"),
    ])
    func anErrorNamesItsTypeAndCode(error: ErrorMessage, text: String) {
        #expect(error.description == text)
    }

    @Test func aMessageThatCannotBeReadIsAnsweredByWhatIsWrongWithIt() {
        #expect(ErrorMessage.badRequest(.version(1), message: []).description == "BAD_REQUEST/BAD_VERSION")
        #expect(ErrorMessage.badRequest(.truncated(.match), message: []).description == "BAD_REQUEST/BAD_LEN")
    }
}

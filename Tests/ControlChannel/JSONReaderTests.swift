import JSONLines
import Testing

@Suite struct JSONReaderTests {
    /// The string that a text is, nil for `null`.
    private func string(_ text: String) throws(JSONError) -> String? { try string(Array(text.utf8)) }

    private func string(_ bytes: [UInt8]) throws(JSONError) -> String? {
        var reader = JSONReader(bytes.span)
        let value = try reader.string()
        try reader.end()
        return value
    }

    private func integer(_ text: String) throws(JSONError) -> UInt16? {
        let bytes = Array(text.utf8)
        var reader = JSONReader(bytes.span)
        let value: UInt16? = try reader.integer()
        try reader.end()
        return value
    }

    private func skip(_ text: String) throws(JSONError) {
        let bytes = Array(text.utf8)
        var reader = JSONReader(bytes.span)
        try reader.skip()
        try reader.end()
    }

    @Test func escapesAreUndone() throws {
        #expect(try string(#""a\"\\\/\b\f\n\r\t""#) == "a\"\\/\u{08}\u{0C}\n\r\t")
        #expect(try string(#""\u0041\u00e9\u20AC\ud83d\ude00\u0000""#) == "Aé€😀\0")
        #expect(try string(" \t\r\n\"Ω\" ") == "Ω")
        #expect(try string("null") == nil)
    }

    @Test(
        "A string that is none is refused",
        arguments: [
            #"""#, #""\""#, #""\x""#, #""\u12""#, #""\u12g4""#, #""\ud83d""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\ude00""#,
            "\"\n\"", "'a'", #""a"b"#, "nul", "",
        ])
    func noString(text: String) {
        #expect(throws: JSONError.malformed) { try string(text) }
    }

    @Test(
        "Bytes that are no UTF-8 are refused",
        arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]])
    func noUTF8(bytes: [UInt8]) {
        for escape in [[], Array(#"\n"#.utf8)] {
            #expect(throws: JSONError.malformed) { try string([0x22] + escape + bytes + [0x22]) }
        }
    }

    @Test func numbersReadExactlyInWhateverForm() throws {
        let forms: [(String, UInt16)] = [("0", 0), ("-0", 0), ("7", 7), ("65535", 65_535), ("7.0", 7), ("70e-1", 7), ("0.7E+1", 7)]
        for (text, value) in forms { #expect(try integer(text) == value) }
        #expect(try integer("null") == nil)
    }

    @Test(
        "A number that is none, or not the one asked for, is refused",
        arguments: ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1 2", "-1", "7.5", "65536", "1e999", "\"7\"", "true", "NaN"])
    func noNumber(text: String) {
        #expect(throws: JSONError.malformed) { try integer(text) }
    }

    @Test(
        "What is passed over is checked like the rest",
        arguments: [
            "[1,]", "[,1]", "[1 2]", "[1", "[1}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{1:1}", "{null:1}", "tru", "falsey",
            "[1.2.3]", #"["\q"]"#, "[]]",
        ])
    func passedOver(text: String) {
        #expect(throws: JSONError.malformed) { try skip(text) }
    }

    @Test func anythingWellFormedIsPassedOver() throws {
        for text in ["{}", "[]", " [ 1 , -2.5e-3, true, false, null, \"\\u0041\", { \"a\" : [ ] , \"b\" : { } } ] "] { try skip(text) }
    }

    @Test func theDepthLimitHoldsWhateverWasAskedFor() throws {
        let deepest = String(repeating: "[", count: 8) + String(repeating: "]", count: 8)
        try skip(deepest)
        #expect(throws: JSONError.tooDeep) { try skip("[" + deepest + "]") }
        #expect(throws: JSONError.tooDeep) { try string(String(repeating: "[", count: 60_000)) }
        #expect(throws: JSONError.tooDeep) { try integer(String(repeating: "{\"a\":", count: 9)) }
    }
}

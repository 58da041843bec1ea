import ControlFrames
import Testing

@Suite struct AuthenticationTests {
    private let key: ControlKey

    init() throws {
        key = try ControlKey(Array(0..<32))
    }

    private func open(_ bytes: [UInt8], with key: ControlKey) throws(AuthenticationError) -> (frame: ControlFrame, counter: UInt64) {
        try key.open(bytes.span.bytes)
    }

    private func error(_ bytes: [UInt8]) -> AuthenticationError? {
        do {
            _ = try open(bytes, with: key)
            return nil
        } catch { return error }
    }

    private func length(_ bytes: [UInt8]) -> Int {
        22 + bytes[18..<22].reduce(0) { $0 << 8 | Int($1) }
    }

    @Test func aSealedFrameIsTheBytesThatTheDesignSays() {
        let sealed = key.seal(Sample.frame(.fence()), counter: 0x0102_0304_0506_0708)
        let expected: [UInt8] = [
            0x02, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x82, 0x1C,
            0x00, 0x09, 0x01, 0x07, 0x00, 0x00, 0x00, 0x20,
            0x00, 0x40, 0x00, 0x08, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
            0x00, 0x41, 0x00, 0x10,
            0x2A, 0xC4, 0x01, 0x3D, 0x9D, 0x8C, 0x44, 0xA7, 0xF7, 0x89, 0x5D, 0x78, 0x14, 0x98, 0x72, 0x21,
            0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        ]
        #expect(sealed == expected)
    }

    @Test(arguments: Sample.messages)
    func everyMessageComesBackAsItWasSealed(_ message: ControlMessage) throws {
        let frame = Sample.frame(message)
        let sealed = key.seal(frame, counter: .max)
        let opened = try open(sealed, with: key)
        #expect(opened.frame == frame)
        #expect(opened.counter == .max)
        #expect(try Sample.decode(sealed) == frame)
        #expect(sealed.count == max(60, length(frame.encoded()) + 32))
    }

    @Test func paddingIsNotCovered() throws {
        let sealed = key.seal(Sample.frame(.fence()), counter: 1)
        #expect(try open(sealed + [1, 2, 3], with: key).counter == 1)
        #expect(try open(Array(sealed[..<length(sealed)]), with: key).counter == 1)
        #expect(try open(sealed.dropLast() + [9], with: key).counter == 1)
    }

    @Test(arguments: Sample.messages)
    func aFrameThatWasTamperedWithIsRefused(_ message: ControlMessage) {
        let sealed = key.seal(Sample.frame(message), counter: 77)
        for index in 0..<length(sealed) {
            for change: UInt8 in [1, 0x80] {
                var bytes = sealed
                bytes[index] ^= change
                #expect(error(bytes) != nil, "byte \(index)")
            }
        }
    }

    @Test(arguments: Sample.messages)
    func aTruncatedSealedFrameIsRefused(_ message: ControlMessage) {
        let sealed = key.seal(Sample.frame(message), counter: 77)
        for count in 0..<length(sealed) {
            #expect(error(Array(sealed[..<count])) == .malformed(count < 22 ? .truncated : .badLength))
        }
    }

    @Test func anotherKeyDoesNotOpen() throws {
        let sealed = try ControlKey(Array(1..<33)).seal(Sample.frame(.fence()), counter: 1)
        #expect(error(sealed) == .forged)
    }

    @Test(arguments: Sample.messages)
    func aFrameThatWasNotSealedIsRefused(_ message: ControlMessage) {
        #expect(error(Sample.frame(message).encoded()) == .unsealed)
    }

    @Test func bytesThatAreNoControlFrameAreMalformed() {
        var sealed = key.seal(Sample.frame(.fence()), counter: 1)
        sealed[13] = 0
        #expect(error(sealed) == .malformed(.notControl))
        #expect(error([]) == .malformed(.truncated))
    }

    @Test func withoutAKeyWhatAuthenticationAddsIsIgnored() throws {
        let odd = Sample.bytes(command: 9, tlvs: [0, 0x40, 0, 1, 9, 0, 0x41, 0, 2, 1, 2])
        #expect(try Sample.decode(odd).message == .fence())
    }

    @Test func aKeyIsSixteenBytesAtLeast() throws {
        #expect(throws: ControlKeyError.tooShort(bytes: 15)) { try ControlKey(Array(0..<15)) }
        #expect(throws: ControlKeyError.tooShort(bytes: 0)) { try ControlKey(hexadecimal: " \n") }
        #expect(throws: ControlKeyError.notHexadecimal) { try ControlKey(hexadecimal: String(repeating: "0", count: 33)) }
        #expect(throws: ControlKeyError.notHexadecimal) { try ControlKey(hexadecimal: String(repeating: "0g", count: 16)) }
        #expect(throws: ControlKeyError.notHexadecimal) { try ControlKey(hexadecimal: String(repeating: "00 ", count: 16)) }
        let text = "\n 000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f\r\n"
        let sealed = try ControlKey(hexadecimal: text).seal(Sample.frame(.fence()), counter: 1)
        #expect(error(sealed) == nil)
        #expect("\(key)" == "control key")
    }

    @Test func aCounterIsAcceptedOnceAndOnlyUpwards() {
        var replayGuard = ReplayGuard()
        let verdicts = [5, 5, 4, 6, 6, 1_000, 7, 0, UInt64.max, .max].map { replayGuard.accepts($0) }
        #expect(verdicts == [true, false, false, true, false, true, false, false, true, false])
        var fresh = ReplayGuard()
        let zeros = [fresh.accepts(0), fresh.accepts(0)]
        #expect(zeros == [true, false])
    }

    @Test func aSenderThatRestartsCountsOnAboveWhatItSent() {
        #expect(
            ControlKey.firstCounter(unixMilliseconds: 1_700_000_000_001) - ControlKey.firstCounter(unixMilliseconds: 1_700_000_000_000) == 1
                << 20)
        #expect(ControlKey.firstCounter(unixMilliseconds: -1) == 0)
        #expect(ControlKey.firstCounter(unixMilliseconds: 1 << 43) == 1 << 63)
    }

    @Test func noBytesTrapTheOpenerOrPassIt() {
        var generator = SeededGenerator(state: 41)
        let samples = Sample.messages.enumerated().map { key.seal(Sample.frame($1), counter: UInt64($0)) }
        for round in 0..<50_000 {
            let original = samples[round % samples.count]
            var bytes = original
            switch round % 3 {
            case 0: bytes = Sample.bytes(command: .random(in: 0...0x0120, using: &generator), tlvs: generator.bytes(round % 90))
            case 1: bytes.replaceSubrange(14..<bytes.count, with: generator.bytes(.random(in: 0...60, using: &generator)))
            default:
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    bytes[.random(in: 0..<length(original), using: &generator)] = .random(in: 0...255, using: &generator)
                }
            }
            if error(bytes) == nil { #expect(bytes.prefix(length(original)) == original.prefix(length(original))) }
        }
    }

    @Test func aFrameBehindVLANTagsIsKnownToo() {
        let frame = Sample.frame(.fence()).encoded()
        func isControl(_ bytes: [UInt8]) -> Bool { ControlFrame.isControlBehindTags(bytes.span.bytes) }
        func behind(_ tags: [UInt8]) -> Bool { isControl(frame[..<12] + tags + frame[12...]) }
        #expect(behind([]))
        #expect(behind([0x81, 0, 0, 7]))
        #expect(behind([0x88, 0xA8, 0, 7, 0x81, 0, 0, 7]))
        #expect(!behind([8, 0]))
        for count in 0..<22 { #expect(isControl(Array(frame[..<count])) == (count >= 14)) }
        #expect(!isControl(Array(frame[..<12]) + [0x81, 0, 0, 7]))
    }
}

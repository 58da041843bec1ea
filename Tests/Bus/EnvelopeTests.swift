import Bus
import Testing

struct EnvelopeTests {
    private let header = Header(publisher: "controller/1", sequence: .max, timeMs: 1_700_000_000_000, traceId: "t\"\u{0}é")

    @Test func anEventIsReadAsItWasWritten() throws {
        let envelope = Envelope(topic: "handovers", header: header, body: bytes("{}"))
        #expect(try Envelope(decoding: envelope.encoded()) == envelope)
    }

    @Test(arguments: [0, 1, 0x0102_0304_0506_0708, UInt64.max])
    func aRequestIsReadAsItWasWritten(correlation: UInt64) throws {
        let envelope = RequestEnvelope(correlation: correlation, header: header, body: [])
        #expect(try RequestEnvelope(decoding: envelope.encoded()) == envelope)
    }

    @Test func theWrittenHeaderIsJSONWithTheAgreedNames() throws {
        let header = Header(publisher: "p", sequence: 3, timeMs: 4, traceId: "t")
        let parts = try Envelope(topic: "x", header: header, body: []).encoded().parts
        #expect(String(decoding: parts[1], as: UTF8.self) == #"{"publisher":"p","sequence":3,"timeMs":4,"traceId":"t","version":1}"#)
    }

    @Test func aMessageOfTheWrongShapeIsRefused() throws {
        let good = try Envelope(topic: "x", header: header, body: []).encoded().parts
        #expect(throws: EnvelopeError.partCount(0)) { try Envelope(decoding: Multipart([])) }
        #expect(throws: EnvelopeError.partCount(2)) { try Envelope(decoding: Multipart(Array(good.prefix(2)))) }
        #expect(throws: EnvelopeError.partCount(4)) { try Envelope(decoding: Multipart(good + [[]])) }
        #expect(throws: EnvelopeError.topic) { try Envelope(decoding: Multipart([[], good[1], good[2]])) }
        #expect(throws: EnvelopeError.topic) { try Envelope(decoding: Multipart([[0xff], good[1], good[2]])) }
        #expect(throws: EnvelopeError.topic) {
            try Envelope(decoding: Multipart([[UInt8](repeating: 65, count: 129), good[1], good[2]]))
        }
        #expect(throws: EnvelopeError.correlation) { try RequestEnvelope(decoding: Multipart([[1, 2, 3], good[1], good[2]])) }
    }

    @Test func anotherVersionIsNamed() {
        let parts = [bytes("x"), bytes(#"{"version":2,"who":"knows"}"#), []]
        #expect(throws: EnvelopeError.version(2)) { try Envelope(decoding: Multipart(parts)) }
    }

    @Test func aHeaderThatIsTooLongIsRefusedBothWays() {
        let long = Header(publisher: String(repeating: "p", count: 5_000), sequence: 0, timeMs: 0)
        #expect(throws: EnvelopeError.header) { try Envelope(topic: "x", header: long, body: []).encoded() }
        let padded = bytes(#"{"publisher":"p","sequence":0,"timeMs":0,"version":1}"#) + [UInt8](repeating: 32, count: 5_000)
        #expect(throws: EnvelopeError.header) { try Envelope(decoding: Multipart([bytes("x"), padded, []])) }
    }

    @Test func aHeaderCutAnywhereIsRefused() throws {
        let parts = try Envelope(topic: "x", header: header, body: []).encoded().parts
        for length in 0..<parts[1].count {
            #expect(throws: EnvelopeError.header) {
                try Envelope(decoding: Multipart([parts[0], Array(parts[1].prefix(length)), parts[2]]))
            }
        }
    }

    @Test func randomDamageIsReadOrRefusedButNeverTraps() throws {
        var random = SeededGenerator(seed: 7)
        let parts = try Envelope(topic: "topic", header: header, body: bytes("body")).encoded().parts
        for _ in 0..<5_000 {
            var damaged = parts
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let part = Int.random(in: 0..<3, using: &random)
                let place = Int.random(in: 0..<damaged[part].count, using: &random)
                damaged[part][place] = UInt8.random(in: .min ... .max, using: &random)
            }
            _ = try? Envelope(decoding: Multipart(damaged))
            _ = try? RequestEnvelope(decoding: Multipart([Array(damaged[1].prefix(8))] + damaged.dropFirst()))
        }
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

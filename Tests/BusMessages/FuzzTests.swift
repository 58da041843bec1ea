import BusMessages
import Testing

/// SplitMix64: the same numbers from the same seed, everywhere.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct FuzzTests {
    private static func samples() throws -> [[UInt8]] {
        try Samples.requests.map { try MessageCodec.encode($0) } + (try Samples.replies.map { try MessageCodec.encode($0) })
            + (try Samples.events.map { try MessageCodec.encode($0) })
    }

    /// Reads bytes as everything that a service reads; only that it comes back counts.
    private static func readAsEverything(_ bytes: [UInt8]) {
        _ = try? MessageCodec.decode(ControllerRequest.self, from: bytes)
        _ = try? MessageCodec.decode(ControllerReply.self, from: bytes)
        _ = try? MessageCodec.decode(ControllerEvent.self, from: bytes)
    }

    @Test func aMessageCutAnywhereIsAnError() throws {
        for bytes in try Self.samples() {
            for length in 0..<bytes.count {
                let cut = Array(bytes.prefix(length))
                #expect(throws: FieldError.self) { try MessageCodec.decode(ControllerRequest.self, from: cut) }
                #expect(throws: FieldError.self) { try MessageCodec.decode(ControllerReply.self, from: cut) }
                #expect(throws: FieldError.self) { try MessageCodec.decode(ControllerEvent.self, from: cut) }
            }
        }
    }

    @Test func bytesChangedAnywhereNeverTrap() throws {
        var random = SeededGenerator(state: 0x5AA4)
        let samples = try Self.samples()
        let tokens = ["null", "-1", "1e400", "\"\"", "{}", "[]", "true", "99999999999999999999", "\"\\u0000\"", "/", "0x", ":"].map {
            Array($0.utf8)
        }
        for _ in 0..<20_000 {
            guard var bytes = samples.randomElement(using: &random) else { return }
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random), let token = tokens.randomElement(using: &random) {
                    bytes.replaceSubrange(place..<min(bytes.count, place + Int.random(in: 0...6, using: &random)), with: token)
                } else {
                    bytes[place] = .random(in: .min ... .max, using: &random)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            Self.readAsEverything(bytes)
        }
    }

    @Test func arbitraryBytesNeverTrap() {
        var random = SeededGenerator(state: 7)
        for _ in 0..<5_000 {
            Self.readAsEverything((0..<Int.random(in: 0...64, using: &random)).map { _ in .random(in: .min ... .max, using: &random) })
        }
    }
}

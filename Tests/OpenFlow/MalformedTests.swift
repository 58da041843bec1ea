import OpenFlow
import Testing

@Suite("Malformed messages")
struct MalformedTests {
    @Test(arguments: samples)
    func areRefusedWhenCutAnywhere(_ message: Message) throws {
        let bytes = try Envelope(transaction: 1, message: message).encode()
        for count in 0..<bytes.count {
            #expect(throws: OpenFlowError.self) { try Envelope.decode(Array(bytes[..<count])) }
        }
    }

    /// The header says the shorter length too, so that the cut falls on what is inside.
    @Test(arguments: samples)
    func areReadOrRefusedWhenAnElementIsCut(_ message: Message) throws {
        let bytes = try Envelope(transaction: 1, message: message).encode()
        for count in MessageHeader.byteCount..<bytes.count {
            var cut = Array(bytes[..<count])
            cut[2] = UInt8(count >> 8)
            cut[3] = UInt8(count & 0xFF)
            expectReadOrRefused(cut)
        }
    }

    @Test(arguments: samples)
    func areReadOrRefusedWhateverTheirBytes(_ message: Message) throws {
        let bytes = try Envelope(transaction: 1, message: message).encode()
        var random = SplitMix(seed: 0x5AA5)
        for _ in 0..<2_000 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&mutated, using: &random) }
            if mutated.count >= 4, Bool.random(using: &random) {
                mutated[2] = UInt8(mutated.count >> 8 & 0xFF)
                mutated[3] = UInt8(mutated.count & 0xFF)
            }
            expectReadOrRefused(mutated)
        }
    }

    @Test func areReadOrRefusedWhenMadeOfNoise() {
        var random = SplitMix(seed: 42)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if bytes.count >= 8 {
                bytes.replaceSubrange(0..<4, with: [4, UInt8.random(in: 0...30, using: &random), 0, UInt8(bytes.count)])
            }
            expectReadOrRefused(bytes)
        }
    }

    @Test func ofAnotherVersionAreRefusedUnlessTheyAgreeOnOne() throws {
        #expect(throws: OpenFlowError.version(1)) { try Envelope.decode([1, 5, 0, 8, 0, 0, 0, 0]) }
        #expect(throws: OpenFlowError.version(6)) { try Envelope.decode([6, 10, 0, 8, 0, 0, 0, 0]) }
        #expect(try Envelope.decode([1, 0, 0, 8, 0, 0, 0, 3]).message == .hello(Hello(version: 1, bitmap: nil)))
        #expect(
            try Envelope.decode([1, 1, 0, 12, 0, 0, 0, 3, 0, 0, 0, 0]).message == .error(ErrorMessage(type: 0, code: 0, data: [])))
    }

    @Test(arguments: [0, 1, 7] as [UInt8])
    func withALengthBelowTheHeadersAreRefused(_ length: UInt8) {
        #expect(throws: OpenFlowError.length(.header, Int(length))) { try MessageHeader([4, 2, 0, length, 0, 0, 0, 0].span.bytes) }
    }

    @Test(
        "that name an impossible length within are refused with the element's name",
        arguments: [
            (offset: 51, value: 3, OpenFlowError.length(.match, 3)),
            (offset: 51, value: 255, OpenFlowError.truncated(.match)),
            (offset: 49, value: 0, OpenFlowError.value(.match, 0)),
            (offset: 55, value: 2, OpenFlowError.length(.oxm, 2)),
            (offset: 55, value: 200, OpenFlowError.truncated(.oxm)),
            (offset: 67, value: 12, OpenFlowError.length(.instruction, 12)),
            (offset: 67, value: 0, OpenFlowError.length(.instruction, 0)),
            (offset: 67, value: 32, OpenFlowError.truncated(.instruction)),
            (offset: 75, value: 8, OpenFlowError.truncated(.action)),
            (offset: 75, value: 24, OpenFlowError.truncated(.action)),
            (offset: 75, value: 4, OpenFlowError.length(.action, 4)),
            (offset: 25, value: 5, OpenFlowError.value(.flowMod, 5)),
        ])
    func areRefusedWithTheElement(offset: Int, value: UInt8, error: OpenFlowError) throws {
        let flowMod = FlowMod(tableID: 0, command: .add, priority: 1, match: Match(inPort: 1), instructions: [.applyActions([.output(1)])])
        var bytes = try Envelope(transaction: 1, message: .flowMod(flowMod)).encode()
        bytes[offset] = value
        #expect(throws: error) { try Envelope.decode(bytes) }
    }

    @Test func thatNameAFieldTwiceAreRefused() throws {
        guard let field = RawOXM(oxmClass: 0x8000, field: 0, hasMask: false, payload: [0, 0, 0, 1]) else { throw WrongMessage() }
        let packetIn = PacketIn(tableID: 0, cookie: 0, match: Match(inPort: 1, others: [field]), data: [])
        let bytes = try Envelope(transaction: 1, message: .packetIn(packetIn)).encode()
        #expect(throws: OpenFlowError.duplicate(field: 0)) { try Envelope.decode(bytes) }
    }

    @Test func withBytesBehindTheirContentAreRefused() {
        #expect(throws: OpenFlowError.trailing(.emptyMessage, 1)) { try Envelope.decode([4, 21, 0, 9, 0, 0, 0, 0, 1]) }
        #expect(throws: OpenFlowError.trailing(.header, 1)) { try Envelope.decode([4, 21, 0, 8, 0, 0, 0, 0, 1]) }
    }

    /// Decodes, and if that works makes sure that the model stands for itself: encoded and decoded again it stays the same.
    private func expectReadOrRefused(_ bytes: [UInt8]) {
        guard let envelope = try? Envelope.decode(bytes) else { return }
        do {
            let first = try envelope.encode()
            let second = try Envelope.decode(first).encode()
            #expect(first == second)
        } catch OpenFlowError.oversize {
            return
        } catch {
            Issue.record("\(error) in what was decoded from \(bytes)")
        }
    }

    private func mutate(_ bytes: inout [UInt8], using random: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0...4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 2: bytes[index] = [0, 1, 4, 7, 8, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 3: bytes.remove(at: index)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
        }
    }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

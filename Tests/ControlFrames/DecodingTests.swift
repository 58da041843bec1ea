import ControlFrames
import Frames
import Testing

@Suite struct DecodingTests {
    private func error(_ bytes: [UInt8]) -> ControlFrameError? {
        do {
            _ = try Sample.decode(bytes)
            return nil
        } catch { return error }
    }

    @Test func aFrameOfAnotherEtherTypeIsRefused() {
        var bytes = Sample.frame(.fence()).encoded()
        bytes[13] = 0x1D
        #expect(error(bytes) == .notControl)
        #expect(!Sample.isControl(bytes))
        bytes[13] = 0x1C
        #expect(Sample.isControl(bytes))
        #expect(!Sample.isControl(Array(bytes[..<13])))
    }

    @Test(arguments: Sample.messages)
    func aTruncatedFrameIsRefused(_ message: ControlMessage) {
        let bytes = Sample.frame(message).encoded()
        let length = bytes[18..<22].reduce(0) { $0 << 8 | Int($1) }
        for count in 0..<22 + length {
            let expected: ControlFrameError = count < 22 ? .truncated : .badLength
            #expect(error(Array(bytes[..<count])) == expected)
        }
    }

    @Test(arguments: Sample.messages)
    func anyFrameMaySayHowLongItsAgentHasBeenRunning(_ message: ControlMessage) throws {
        var frame = Sample.frame(message)
        frame.uptime = 0x0102_0304
        #expect(try Sample.decode(frame.encoded()) == frame)
        #expect(try Sample.decode(Sample.frame(message).encoded()).uptime == nil)
    }

    @Test(arguments: Sample.messages)
    func anyFrameMaySayWhichProcessItComesFrom(_ message: ControlMessage) throws {
        var frame = Sample.frame(message)
        frame.process = ProcessNumber(rawValue: 0x0102_0304_0506_0708)
        #expect(try Sample.decode(frame.encoded()) == frame)
        frame.uptime = 7
        #expect(try Sample.decode(frame.encoded()) == frame)
        #expect(try Sample.decode(Sample.frame(message).encoded()).process == nil)
    }

    @Test(arguments: Sample.messages)
    func aTruncatedFrameOfAProcessIsRefused(_ message: ControlMessage) {
        var frame = Sample.frame(message)
        frame.process = ProcessNumber(rawValue: .max)
        let bytes = frame.encoded()
        let length = bytes[18..<22].reduce(0) { $0 << 8 | Int($1) }
        for count in 22..<22 + length { #expect(error(Array(bytes[..<count])) == .badLength) }
    }

    @Test func theNumberOfAProcessHasEightBytes() {
        for count in [0, 4, 7, 9] {
            let tlv: [UInt8] = [0, 0x43, 0, UInt8(count)] + Array(repeating: 1, count: count)
            #expect(error(Sample.bytes(command: 0x11, tlvs: tlv)) == .badValue(0x43))
        }
        let number: [UInt8] = [0, 0x43, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
        #expect(error(Sample.bytes(command: 0x11, tlvs: number + number)) == .duplicate(0x43))
    }

    @Test func anUnknownCommandHasAnErrorOfItsOwn() {
        #expect(error(Sample.bytes(command: 0x00FF, tlvs: [])) == .unknownCommand(0x00FF))
        #expect(error(Sample.bytes(command: 0, tlvs: [1], length: 99)) == .unknownCommand(0))
    }

    @Test func lengthsThatReachTooFarAreRefused() {
        #expect(error(Sample.bytes(command: 9, tlvs: [], length: 1)) == .badLength)
        #expect(error(Sample.bytes(command: 9, tlvs: [], length: Int(UInt32.max))) == .badLength)
        #expect(error(Sample.bytes(command: 9, tlvs: [0, 0x31, 0, 5, 0, 0, 0, 0])) == .badLength)
        #expect(error(Sample.bytes(command: 9, tlvs: [0, 0x31, 0])) == .badLength)
    }

    @Test func paddingIsIgnoredWhateverItHolds() throws {
        let bytes = Sample.bytes(command: 9, tlvs: []) + [0, 0x31, 0xFF, 0xFF, 1]
        #expect(try Sample.decode(bytes).message == .fence())
    }

    @Test func unknownTLVsArePassedOver() throws {
        let bytes = Sample.bytes(command: 0x0A, tlvs: [0x7F, 0, 0, 1, 9, 0, 0x31, 0, 4, 0, 0, 0, 3, 0x7F, 0, 0, 0])
        #expect(try Sample.decode(bytes).message == .fenceAck(stragglers: 3))
    }

    @Test func aKnownTLVMayComeOnce() {
        let count: [UInt8] = [0, 0x31, 0, 4, 0, 0, 0, 3]
        let sequence: [UInt8] = [0, 0x30, 0, 4, 0, 0, 0, 3]
        #expect(error(Sample.bytes(command: 0x0A, tlvs: count + count)) == .duplicate(0x31))
        #expect(error(Sample.bytes(command: 0x0102, tlvs: sequence + sequence)) == .duplicate(0x30))
        #expect(error(Sample.bytes(command: 0x0D, tlvs: sequence + sequence)) == nil)
    }

    @Test func whatACommandNeedsHasToBeThere() {
        #expect(error(Sample.bytes(command: 0x0005, tlvs: [])) == .missing(0x31))
        #expect(error(Sample.bytes(command: 0x000A, tlvs: [])) == .missing(0x31))
        #expect(error(Sample.bytes(command: 0x000D, tlvs: [])) == .missing(0x30))
        #expect(error(Sample.bytes(command: 0x000E, tlvs: [])) == .missing(0x01))
        #expect(error(Sample.bytes(command: 0x0100, tlvs: [])) == .missing(0x30))
        #expect(error(Sample.bytes(command: 0x0100, tlvs: [0, 0x30, 0, 4, 0, 0, 0, 0])) == .missing(0x100))
        #expect(error(Sample.bytes(command: 0x0001, tlvs: [0, 1, 0, 2, 0, 1, 0, 2, 0, 2, 0, 2])) == .missing(0x03))
    }

    @Test func valuesOfTheWrongShapeAreRefused() {
        #expect(error(Sample.bytes(command: 0x0A, tlvs: [0, 0x31, 0, 3, 0, 0, 0])) == .badValue(0x31))
        #expect(error(Sample.bytes(command: 0x07, tlvs: [0, 0x35, 0, 1, 0])) == .badValue(0x35))
        #expect(error(Sample.bytes(command: 0x0B, tlvs: [0, 0x34, 0, 1, 0xFF])) == .badValue(0x34))
        let sequence: [UInt8] = [0, 0x30, 0, 4, 0, 0, 0, 3]
        let wrapped: [UInt8] = [1, 0, 0, 0]
        for part: [UInt8] in [[0, 0, 0, 0], [0, 1, 0, 1], [0xFF, 0xFF, 0, 1]] {
            #expect(error(Sample.bytes(command: 0x0100, tlvs: sequence + [0, 0x32, 0, 4] + part + wrapped)) == .badValue(0x32))
        }
    }

    @Test func aPartOfNothingIsRefused() throws {
        let sequence: [UInt8] = [0, 0x30, 0, 4, 0, 0, 0, 3]
        #expect(error(Sample.bytes(command: 0x0100, tlvs: sequence + [0, 0x32, 0, 4, 0, 0, 0, 2, 1, 0, 0, 0])) == .badValue(0x100))
        let tombstone = try Sample.decode(Sample.bytes(command: 0x0100, tlvs: sequence + [1, 0, 0, 0]))
        #expect(tombstone.message == .transport(.tombstone(3)))
    }

    private let addresses: [UInt8] = [0, 6, 0, 4, 10, 0, 0, 1, 0, 7, 0, 4, 10, 0, 0, 2]
    private let vnfs: [UInt8] = [0, 1, 0, 2, 0, 1, 0, 2, 0, 2, 0, 2]
    private let ipv4: [UInt8] = [0, 3, 0, 2, 8, 0]
    private let udp: [UInt8] = [0, 8, 0, 2, 0x13, 0x88, 0, 9, 0, 2, 0, 7]

    @Test func aStartOfThePrototypeSaysItsProtocolByThePorts() throws {
        let frame = try Sample.decode(Sample.bytes(command: 1, tlvs: vnfs + ipv4 + addresses + udp))
        #expect(frame.message == .startSource(Start(from: 1, to: 2, flow: Sample.udp, directions: 1)))
    }

    @Test func contradictionsInAFlowAreRefused() {
        let start = vnfs + ipv4 + addresses
        #expect(error(Sample.bytes(command: 1, tlvs: start + udp + [0, 0x22, 0, 1, 6])) == .badValue(0x08))
        #expect(error(Sample.bytes(command: 1, tlvs: start + [0, 0x22, 0, 1, 6])) == .missing(0x10))
        #expect(error(Sample.bytes(command: 1, tlvs: start + [0, 0x22, 0, 1, 47] + udp)) == .badValue(0x08))
        #expect(error(Sample.bytes(command: 1, tlvs: start)) == .missing(0x22))
        #expect(error(Sample.bytes(command: 1, tlvs: start + udp + [0, 0x23, 0, 2, 0x10, 0])) == .badValue(0x23))
        #expect(error(Sample.bytes(command: 1, tlvs: start + udp + [0, 0x31, 0, 4, 0, 0, 0, 0])) == .badValue(0x31))
        #expect(error(Sample.bytes(command: 1, tlvs: vnfs + [0, 3, 0, 2, 8, 6] + addresses)) == .badValue(0x06))
        #expect(error(Sample.bytes(command: 1, tlvs: vnfs + [0, 3, 0, 2, 0x86, 0xDD] + addresses)) == .badValue(0x06))
    }

    private let match: [UInt8] = [0, 0x37, 0, 6, 0x80, 0, 0x0A, 2, 8, 0]
    private let ownsRest: [UInt8] = [0, 0x39, 0, 1, 0]

    @Test func aStartIsOfAFlowOrOfAMatch() {
        #expect(error(Sample.bytes(command: 1, tlvs: vnfs + match)) == nil)
        #expect(error(Sample.bytes(command: 1, tlvs: vnfs + match + ipv4 + addresses + udp)) == .badValue(0x03))
        #expect(error(Sample.bytes(command: 1, tlvs: vnfs + match + [0, 0x36, 0, 5, 2, 0, 0, 0, 0])) == .badValue(0x36))
    }

    @Test func aMatchIsAListOfFieldsOfFlowsThatGoTogether() {
        func of(_ list: [UInt8]) -> ControlFrameError? {
            error(Sample.bytes(command: 1, tlvs: vnfs + [0, 0x37, 0, UInt8(list.count)] + list))
        }
        let type: [UInt8] = [0x80, 0, 0x0A, 2, 8, 0]
        #expect(of([]) == nil)
        #expect(of(type) == nil)
        #expect(of(type + type) == .badValue(0x37))
        #expect(of(type.dropLast()) == .badValue(0x37))
        #expect(of([0x80, 0, 0, 4, 0, 0, 0, 1]) == .badValue(0x37))
        #expect(of([0, 1, 2, 4, 0, 0, 0, 1]) == .badValue(0x37))
        #expect(of([0x80, 0, 0x0A, 2, 8, 6, 0x80, 0, 0x16, 4, 10, 0, 0, 1]) == .badValue(0x37))
    }

    @Test func anArmNeedsAMatchAndSaysOfEveryOwnerWhoseItIs() {
        let arm = [0, 2, 0, 2, 0, 2] + match
        #expect(error(Sample.bytes(command: 0x10, tlvs: arm)) == .missing(0x39))
        #expect(error(Sample.bytes(command: 0x10, tlvs: ownsRest + match)) == .missing(0x02))
        #expect(error(Sample.bytes(command: 0x10, tlvs: Array(arm.prefix(6)) + ownsRest)) == .missing(0x37))
        #expect(error(Sample.bytes(command: 0x10, tlvs: arm + [0, 0x39, 0, 1, 2])) == .badValue(0x39))
        let owner: [UInt8] = [0, 0x38, 0, 1, 1]
        #expect(error(Sample.bytes(command: 0x10, tlvs: arm + ownsRest + owner + owner)) == nil)
        #expect(error(Sample.bytes(command: 0x10, tlvs: arm + ownsRest + [0, 0x38, 0, 0])) == .badValue(0x38))
        #expect(error(Sample.bytes(command: 0x10, tlvs: arm + ownsRest + [0, 0x38, 0, 1, 2])) == .badValue(0x38))
        #expect(error(Sample.bytes(command: 0x10, tlvs: arm + ownsRest + [0, 0x38, 0, 2, 1, 0x80])) == .badValue(0x38))
        #expect(error(Sample.bytes(command: 0x11, tlvs: owner + owner)) == .duplicate(0x38))
    }

    @Test func whatDirectModeNeedsHasToBeThere() {
        let flow = ipv4 + addresses + udp
        #expect(error(Sample.bytes(command: 0x12, tlvs: [])) == .missing(0x03))
        #expect(error(Sample.bytes(command: 0x13, tlvs: flow)) == .missing(0x3A))
        #expect(error(Sample.bytes(command: 0x13, tlvs: flow + [0, 0x3A, 0, 1, 3])) == .badValue(0x3A))
        #expect(error(Sample.bytes(command: 0x13, tlvs: flow + [0, 0x3A, 0, 1, 2])) == .missing(0x3B))
        #expect(error(Sample.bytes(command: 0x14, tlvs: flow)) == .missing(0x31))
        #expect(error(Sample.bytes(command: 0x18, tlvs: [])) == .missing(0x03))
    }

    @Test func noBytesTrapTheDecoder() {
        var generator = SeededGenerator(state: 821)
        let samples = Sample.messages.map { Sample.frame($0).encoded() }
        for round in 0..<200_000 {
            var bytes: [UInt8]
            if round % 4 == 0 {
                let tlvs = generator.bytes(.random(in: 0...80, using: &generator))
                bytes = Sample.bytes(command: .random(in: 0...0x0120, using: &generator), tlvs: tlvs)
            } else {
                bytes = samples[round % samples.count]
                for _ in 0..<Int.random(in: 1...6, using: &generator) {
                    let index = Int.random(in: 12..<min(bytes.count, 160), using: &generator)
                    bytes[index] = Bool.random(using: &generator) ? .random(in: 0...255, using: &generator) : bytes[index] ^ 1
                }
                bytes.removeLast(Int.random(in: 0...3, using: &generator))
            }
            guard let frame = try? Sample.decode(bytes) else { continue }
            #expect((try? Sample.decode(frame.encoded())) == frame)
        }
    }
}

import ControlFrames
import Testing

@Suite struct FragmentationTests {
    private let key: ControlKey

    init() throws {
        key = try ControlKey(Array(0..<16))
    }

    private func sealedSize(_ wrapped: WrappedFrame) -> Int {
        key.seal(Sample.frame(.transport(wrapped)), counter: 1).count
    }

    @Test(arguments: [128, 590, 1_294, 1_514, 9_014])
    func noPartExceedsTheLinkWithAuthenticationAdded(_ maximum: Int) {
        var generator = SeededGenerator(state: 1_514)
        for count in [0, 1, 60, maximum - 75, maximum - 74, maximum - 67, maximum - 66, maximum - 65, maximum, 9_014, 65_535] {
            let frame = generator.bytes(count)
            let parts = Fragmentation.split(frame: frame, sequence: 3, maximumFrame: maximum)
            #expect(parts.allSatisfy { sealedSize($0) <= maximum })
            #expect(parts.flatMap(\.bytes) == frame)
            #expect(parts.allSatisfy { $0.sequence == 3 })
            let numbered = parts.indices.map { WrappedFrame.Part(index: UInt16($0), of: UInt16(parts.count)) }
            #expect(parts.map(\.part) == (parts.count == 1 ? [nil] : numbered))
        }
    }

    @Test func aFrameIsDividedOnlyWhenItMustBe() {
        #expect(Fragmentation.split(frame: Array(repeating: 0, count: 1_448), sequence: 0, maximumFrame: 1_514).count == 1)
        #expect(Fragmentation.split(frame: Array(repeating: 0, count: 1_449), sequence: 0, maximumFrame: 1_514).count == 2)
        #expect(Fragmentation.split(frame: Array(repeating: 0, count: 1_514), sequence: 0, maximumFrame: 1_514).count == 2)
    }

    @Test func anAbsurdMaximumIsNotObeyed() {
        let parts = Fragmentation.split(frame: Array(repeating: 7, count: 200), sequence: 0, maximumFrame: -1)
        #expect(parts.flatMap(\.bytes).count == 200)
        #expect(parts.allSatisfy { sealedSize($0) <= Fragmentation.smallestMaximumFrame })
    }

    @Test func partsInAnyOrderMakeTheFrame() {
        var generator = SeededGenerator(state: 4)
        for _ in 0..<200 {
            let frames = (0..<5).map { _ in generator.bytes(.random(in: 0...400, using: &generator)) }
            var parts = frames.enumerated().flatMap { Fragmentation.split(frame: $1, sequence: UInt32($0), maximumFrame: 128) }
            parts.shuffle(using: &generator)
            var reassembly = Reassembly(sequences: 5, bytes: 100_000)
            var whole: [UInt32: [UInt8]] = [:]
            for part in parts {
                if case .complete(let bytes) = reassembly.add(part) { whole[part.sequence] = bytes }
            }
            #expect(frames.indices.allSatisfy { whole[UInt32($0)] == frames[$0] })
            #expect(reassembly.count == 0)
            #expect(reassembly.bytes == 0)
        }
    }

    private func part(_ sequence: UInt32, _ index: UInt16, of count: UInt16, _ bytes: [UInt8] = [1]) -> WrappedFrame {
        WrappedFrame(sequence: sequence, part: .init(index: index, of: count), bytes: bytes)
    }

    @Test func duplicatesAndContradictionsAreTold() {
        var reassembly = Reassembly(sequences: 4, bytes: 1_000)
        #expect(reassembly.add(part(0, 0, of: 2)) == .incomplete)
        #expect(reassembly.add(part(0, 0, of: 2)) == .duplicate)
        #expect(reassembly.add(part(0, 0, of: 2, [2])) == .inconsistent)
        #expect(reassembly.add(part(0, 1, of: 3)) == .inconsistent)
        #expect(reassembly.add(part(0, 2, of: 2)) == .inconsistent)
        #expect(reassembly.add(part(0, 1, of: 2, [9])) == .complete([1, 9]))
        #expect(reassembly.add(part(1, 0, of: 1, [5])) == .complete([5]))
        #expect(reassembly.add(WrappedFrame(sequence: 2, bytes: [6])) == .complete([6]))
    }

    @Test func atTheLimitTheHighestNumberGivesWay() {
        var reassembly = Reassembly(sequences: 2, bytes: 1_000)
        #expect(reassembly.add(part(5, 0, of: 2)) == .incomplete)
        #expect(reassembly.add(part(7, 0, of: 2)) == .incomplete)
        #expect(reassembly.add(part(8, 0, of: 2)) == .refused)
        #expect(reassembly.add(part(1, 0, of: 2)) == .incomplete)
        #expect(reassembly.evicted == 1)
        #expect(reassembly.add(part(7, 1, of: 2)) == .refused)
        #expect(reassembly.add(part(5, 1, of: 2)) == .complete([1, 1]))
        #expect(reassembly.count == 1)
    }

    @Test func bytesAreLimitedTooAndGivenBack() {
        var reassembly = Reassembly(sequences: 100, bytes: 300)
        #expect(reassembly.add(part(1, 0, of: 3, Array(repeating: 0, count: 200))) == .incomplete)
        #expect(reassembly.add(part(1, 1, of: 3, Array(repeating: 0, count: 200))) == .refused)
        reassembly.forget(1)
        #expect(reassembly.bytes == 0)
        #expect(reassembly.add(part(1, 1, of: 3, Array(repeating: 0, count: 200))) == .incomplete)
    }

    @Test func manyTinyPartsMeetTheLimit() {
        var reassembly = Reassembly(sequences: 100, bytes: 10_000)
        var kept = 0
        for index in UInt16(0)..<60_000 where reassembly.add(part(0, index, of: 65_535, [])) == .incomplete { kept += 1 }
        #expect(kept <= 10_000 / 64)
    }
}

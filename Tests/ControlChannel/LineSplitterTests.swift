import ControlChannel
import SystemTestSupport
import Testing

@Suite struct LineSplitterTests {
    @Test func linesComeOutWhereverTheStreamIsCut() {
        var random = SeededGenerator(seed: 3)
        let lines = (1...50).map { length in random.bytes(length).map { 0x20 + $0 % 0x5F } }
        let stream = [UInt8](lines.joined(separator: [0x0A])) + [0x0A]
        for step in [1, 2, 3, 7, 64, stream.count] {
            var splitter = LineSplitter()
            let pieces = stride(from: 0, to: stream.count, by: step).flatMap { splitter.split(stream[$0..<min($0 + step, stream.count)]) }
            #expect(pieces == lines.map(LineSplitter.Piece.line))
        }
    }

    @Test func aLineBeyondTheLimitIsThrownAwayUpToItsEnd() {
        var splitter = LineSplitter(limit: 4)
        #expect(splitter.split("1234\n12345678".utf8) == [.line(Array("1234".utf8)), .tooLong])
        #expect(splitter.split("9\nok\n".utf8) == [.line(Array("ok".utf8))])
    }

    @Test func emptyLinesAreNothing() {
        var splitter = LineSplitter()
        #expect(splitter.split("\n\n\n".utf8).isEmpty)
    }
}

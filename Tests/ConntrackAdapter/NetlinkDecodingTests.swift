import ConntrackKit
import SystemTestSupport
import Testing

@Suite struct NetlinkDecodingTests {
    /// What Linux 6.18 answered to a dump with sequence number 5, on a machine of little-endian order.
    private static let dump = bytes(
        """
        d00000000001020005000000f8530000020000003c00018014000180080001000a010002080002000a02000224000280050001000100000006000400
        004d0000050005000800000005000600000000003c00028014000180080001000a020002080002000a01000224000280050001000100000006000400
        004d0000050005000000000005000600000000000800030000000008080008000000000008000c00c24eef2a08000b0000000001080007000000001d
        1c001880080001000000000008000200000000000800030000000000f00000000001020005000000f853000002000000340001801400018008000100
        0a010002080002000a0200021c0002800500010006000000060002009dde000006000300005000003400028014000180080001000a02000208000200
        0a0200011c00028005000100060000000600020000500000060003006fd60000080003000000019e080008000000000708000c00c92be64608000b00
        0000000108000700000003e7300004802c000180050001000300000005000200000000000500030000000000060004000a000000060005000a000000
        1c001880080001000000000008000200000000000800030000000000140000000300020005000000f853000000000000
        """)

    private static func bytes(_ text: String) -> [UInt8] {
        let digits = text.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private func answers(_ bytes: [UInt8], _ sequence: UInt32 = 5) throws(NetlinkError) -> [ConntrackAnswer] {
        try ConntrackAnswer.all(in: bytes.span.bytes, answering: sequence)
    }

    @Test func entriesAreReadAsTheKernelWritesThem() throws {
        let answers = try answers(Self.dump)
        #expect(answers.count == 3)
        #expect(answers.last == .done)
        guard case .entry(let ping) = answers[0], case .entry(let web) = answers[1] else {
            Issue.record("no entries: \(answers)")
            return
        }
        #expect(ping.original == Sample.ping.original)
        #expect(ping.reply == Sample.ping.reply)
        #expect(!ping.isTranslated)
        #expect(web.original == Sample.web().original)
        #expect(web.isTranslated)
        #expect(web.timeout == 999)
        #expect(web.mark == 7)
        #expect(web.status.isSuperset(of: .movable))
        let side = ConntrackEntry.TCP.Side(scale: 0, flags: 10)
        #expect(web.state == .tcp(ConntrackEntry.TCP(state: 3, original: side, reply: side)))
    }

    @Test func answersToOthersArePassedOver() throws {
        #expect(try answers(Self.dump, 6).isEmpty)
    }

    @Test func aTruncatedAnswerIsRefusedOrEndsAtAMessage() {
        let ends: Set = [0, 208, 448]
        for count in 0..<Self.dump.count where !ends.contains(count) {
            #expect(throws: NetlinkError.badLength) { try answers(Array(Self.dump[..<count])) }
        }
    }

    @Test func aLengthTooShortForItsOwnHeaderIsRefused() {
        var bytes = Self.dump
        bytes[0] = 15
        #expect(throws: NetlinkError.badLength) { try answers(bytes) }
    }

    @Test func anEntryWithoutItsDirectionsIsUnreadable() throws {
        // One message with a general header and no attribute.
        let bytes: [UInt8] = [20, 0, 0, 0, 0, 1, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]
        #expect(try answers(bytes) == [.unreadable(.missing(1))])
    }

    @Test func errorsAreTakenAsTheyAre() throws {
        let refusal: [UInt8] = [36, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0xEF, 0xFF, 0xFF, 0xFF] + Array(repeating: 0, count: 16)
        #expect(try answers(refusal) == [.result(errno: 17)])
        var worst = refusal
        worst.replaceSubrange(16..<20, with: [0, 0, 0, 0x80])
        #expect(try answers(worst) == [.result(errno: .max)])
    }

    @Test func noBytesMakeTheReaderTrap() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<50_000 {
            var bytes = Self.dump
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? answers(bytes)
        }
    }
}

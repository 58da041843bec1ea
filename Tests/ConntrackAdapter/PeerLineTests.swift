import ConntrackKit
import JSONLines
import SystemTestSupport
import Testing

@Suite struct PeerLineTests {
    private func line(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }

    @Test(arguments: Sample.all)
    func anEntryIsReadAsItWasWritten(_ entry: ConntrackEntry) throws {
        let reply = PeerReply.entry(handover: 7, entry)
        #expect(try PeerReply(line: line(reply.write(to:)).span) == reply)
    }

    @Test(arguments: [PeerReply.complete(handover: 7, entries: 2), .refused(handover: 65_535, reason: "no \"such\" handover")])
    func theEndIsReadAsItWasWritten(_ reply: PeerReply) throws {
        #expect(try PeerReply(line: line(reply.write(to:)).span) == reply)
    }

    @Test func aRequestIsReadAsItWasWritten() throws {
        #expect(try PeerRequest(line: line(PeerRequest.fetch(handover: 9).write(to:)).span) == .fetch(handover: 9))
    }

    @Test func aTruncatedLineIsRefused() {
        let bytes = line(PeerReply.entry(handover: 7, Sample.web()).write(to:)).dropLast()
        for count in 0..<bytes.count {
            #expect(throws: JSONError.malformed) { try PeerReply(line: Array(bytes[..<count]).span) }
        }
    }

    @Test(arguments: [
        "{}", "[]", "{\"handover\":7}", "{\"handover\":70000,\"entries\":1}", "{\"handover\":7,\"entry\":{}}",
        "{\"handover\":7,\"entries\":-1}", "{\"fetch\":\"7\"}",
    ])
    func whatSaysTooLittleIsRefused(_ text: String) {
        #expect(throws: JSONError.malformed) { try PeerReply(line: Array(text.utf8).span) }
        #expect(throws: JSONError.malformed) { try PeerRequest(line: Array(text.utf8).span) }
    }

    @Test func noBytesMakeTheReaderTrap() {
        var random = SeededGenerator(seed: 2)
        let good = line(PeerReply.entry(handover: 7, Sample.web()).write(to:))
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 32...126, using: &random)
            }
            _ = try? PeerReply(line: bytes.span)
            _ = try? ControlEvent(line: bytes.span)
        }
    }
}

import Foundation
import Shims
import SystemTestSupport
import Testing

/// `record:` and `replay:`, which are each other's proof.
@Suite struct CaptureShimTests {
    private let path = NSTemporaryDirectory() + "sharp-test-\(UUID().uuidString.prefix(8)).pcap"

    private func record(_ frames: [[UInt8]], _ parameters: String = "") throws -> ShimCounters {
        let port = try TestPort("record:\(path)\(parameters)")
        port.send(frames)
        #expect(port.receive().isEmpty)
        return port.shim.counters
    }

    @Test func whatWasRecordedIsReplayed() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let frames = TestFrames.mixed(2_000, mtu: 9_000)
        #expect(try record(frames).transmitted.frames == frames.count)
        let port = try TestPort("replay:\(path)?mtu=9000")
        #expect(port.receive() == frames)
        #expect(port.receive().isEmpty)
        port.send(frames)
        #expect(port.shim.counters.transmitted.frames == frames.count)
        #expect(port.shim.counters.received.bytes == frames.reduce(0) { $0 + $1.count })
        #expect(try TestPort("replay:\(path)?mtu=9000&rounds=3").receive() == frames + frames + frames)
    }

    @Test func aReplayIsReadableUntilItsEnd() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try record([TestFrames.plain(1, length: 60)])
        let port = try TestPort("replay:\(path)")
        #expect(isReadable(port.shim.descriptor))
        #expect(port.receive().count == 1)
        #expect(!isReadable(port.shim.descriptor))
        let sink = try TestPort("record:\(path)")
        #expect(!isReadable(sink.shim.descriptor))
        withExtendedLifetime(sink) {}
    }

    @Test func framesBeyondTheMTUOrTheLimitAreCounted() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let frames = [60, 3_000, 61].map { TestFrames.plain($0, length: $0) }
        let counters = try record(frames, "?limit=\(24 + 16 + 60 + 16 + 61)")
        #expect(counters.transmitted.frames == 2)
        #expect(counters.txQueueFull == 1)
        _ = try record(frames)
        let port = try TestPort("replay:\(path)")
        #expect(port.receive() == [frames[0], frames[2]])
        #expect(port.shim.counters.truncated == 1)
    }

    @Test func aDamagedCaptureEndsTheReplayAndSaysWhere() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let frames = [1, 2, 3].map { TestFrames.plain($0, length: 60) }
        _ = try record(frames)
        let whole = try Data(contentsOf: URL(filePath: path))
        for cut in 1..<76 {
            try whole.dropLast(cut).write(to: URL(filePath: path))
            let port = try TestPort("replay:\(path)")
            #expect(port.receive() == Array(frames.prefix(2)))
            #expect(port.shim.isDown)
            let error = #expect(throws: ShimError.self) { try port.shim.reopen() }
            #expect(error?.reason == "the capture cannot be read at frame 3")
        }
    }

    @Test func aFileThatIsNoneIsRefusedInOneLine() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("nonsense, and enough of it to be a header".utf8).write(to: URL(filePath: path))
        for url in ["replay:\(path)", "replay:/nowhere/at.pcap", "record:/nowhere/at.pcap"] {
            let error = #expect(throws: ShimError.self) { _ = try ShimURL(url).open() }
            #expect(error?.description.contains("\n") == false)
        }
    }

    private func isReadable(_ descriptor: CInt) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) == 1
    }
}

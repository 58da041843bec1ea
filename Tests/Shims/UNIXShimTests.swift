import Foundation
import Shims
import SystemTestSupport
import Testing

@Suite struct UNIXShimTests {
    @Test func framesArriveUnchangedAndInOrderBothWays() throws {
        let frames = TestFrames.mixed(3_000)
        let path = temporarySocketPath()
        let port = try TestPort("unix:\(path)")
        let function = try #require(MessageClient(path))
        var (fromPort, fromFunction): ([[UInt8]], [[UInt8]]) = ([], [])
        for start in stride(from: 0, to: frames.count, by: 50) {
            let batch = frames[start..<start + 50]
            port.send(batch)
            for _ in batch { fromPort.append(function.receive()) }
            for frame in batch { function.send(frame) }
            fromFunction += port.receive()
        }
        #expect(fromPort == frames)
        #expect(fromFunction == frames)
        #expect(port.shim.counters.received.frames == frames.count)
        #expect(port.shim.counters.transmitted.frames == frames.count)
        #expect(port.shim.counters.transmitted.bytes == frames.reduce(0) { $0 + $1.count })
    }

    @Test func framesForNobodyAreCountedAndTheNextFunctionIsServed() throws {
        let path = temporarySocketPath()
        let port = try TestPort("unix:\(path)?mac=02:00:00:00:00:09")
        let frame = TestFrames.plain(1, length: 60)
        port.send([frame])
        #expect(port.shim.counters.interfaceDown == 1)
        for round in 1...3 {
            let function = try #require(MessageClient(path))
            function.send(frame)
            #expect(port.receive() == [frame])
            port.send([frame])
            #expect(function.receive() == frame)
            function.close()
            #expect(port.receive().isEmpty)
            port.send([frame])
            #expect(port.shim.counters.interfaceDown == 1 + round)
        }
        #expect(!port.shim.isDown)
    }

    @Test func aSecondFunctionWaitsUntilTheFirstHasLeft() throws {
        let path = temporarySocketPath()
        let port = try TestPort("unix:\(path)")
        let (first, second) = (try #require(MessageClient(path)), try #require(MessageClient(path)))
        second.send(TestFrames.plain(2, length: 60))
        first.send(TestFrames.plain(1, length: 60))
        #expect(port.receive() == [TestFrames.plain(1, length: 60)])
        first.close()
        #expect(port.receive().isEmpty)
        #expect(port.receive() == [TestFrames.plain(2, length: 60)])
    }

    @Test func whatNoFrameCanBeIsCountedAndDoesNoHarm() throws {
        let path = temporarySocketPath()
        let port = try TestPort("unix:\(path)?mtu=100")
        let function = try #require(MessageClient(path))
        let whole = TestFrames.plain(1, length: 60)
        for message in [Array(repeating: 7, count: 5_000), whole, [1], whole] { function.send(message) }
        #expect(port.receive() == [whole, [1], whole])
        #expect(port.shim.counters.truncated == 1)
        function.send([])
        function.send(whole)
        #expect(port.receive().isEmpty, "an empty message hangs up")
    }

    @Test func aFunctionThatDoesNotReadCostsItsFramesOnly() throws {
        let path = temporarySocketPath()
        let port = try TestPort("unix:\(path)")
        let function = try #require(MessageClient(path))
        let frames = (0..<20_000).map { TestFrames.plain($0, length: 1_000) }
        port.send(frames)
        let counters = port.shim.counters
        #expect(counters.txQueueFull > 0)
        #expect(counters.transmitted.frames + counters.txQueueFull == frames.count)
        for frame in frames[..<min(5, counters.transmitted.frames)] { #expect(function.receive() == frame) }
    }

    @Test func aPathThatCannotBeServedIsRefusedInOneLine() throws {
        let path = temporarySocketPath()
        let used = try TestPort("unix:\(path)")
        for url in ["unix:\(path)", "unix:/nowhere/at/all.sock", "unix:/\(String(repeating: "a", count: 200))"] {
            let error = #expect(throws: ShimError.self) { _ = try ShimURL(url).open() }
            #expect(error?.description.contains("\n") == false)
        }
        withExtendedLifetime(used) {}
    }
}

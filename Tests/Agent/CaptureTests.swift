import Foundation
import Shims
import SystemTestSupport
import Testing

@Suite struct CaptureTests {
    @Test func aCaptureGoesThroughTheAgentIntoAnother() throws {
        let directory = NSTemporaryDirectory() + "sharp-test-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let frames = TestFrames.mixed(1_000)
        var recorder: HostPort? = try HostPort("record:\(directory)/in.pcap")
        for start in stride(from: 0, to: frames.count, by: 50) { recorder?.send(frames[start..<start + 50]) }
        recorder = nil
        let agent = try RunningAgent("replay:\(directory)/in.pcap,record:\(directory)/out.pcap")
        _ = waitUntil { (agent.box.snapshot?.ports[1].shim.transmitted.frames ?? 0) >= frames.count }
        agent.stop()
        let replay = try HostPort("replay:\(directory)/out.pcap")
        var arrived: [[UInt8]] = []
        _ = waitUntil {
            arrived += replay.receive()
            return arrived.count >= frames.count
        }
        #expect(arrived == frames)
    }
}

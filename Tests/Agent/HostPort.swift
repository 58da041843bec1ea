import Shims
import SystemTestSupport

/// A host at the far end of a link, which never sends faster than its frames come out at the other end.
final class HostPort {
    private let shim: any Shim

    init(_ url: String) throws {
        shim = try ShimURL(url).open()
    }

    /// Sends frames, at most a window ahead of what `other` has received; returns what it received.
    func exchange(_ frames: [[UInt8]], with other: HostPort) -> [[UInt8]] {
        var arrived: [[UInt8]] = []
        var sent = 0
        _ = waitUntil(within: 60) {
            while sent < frames.count, sent - arrived.count < 512 {
                let end = min(sent + 64, frames.count)
                send(frames[sent..<end])
                sent = end
            }
            arrived += other.receive()
            return arrived.count >= frames.count
        }
        return arrived
    }

    func send(_ frames: some Collection<[UInt8]>) {
        var batch = FrameBatch(slotSize: 2_048)
        for frame in frames where !batch.append(copying: frame.span.bytes) { preconditionFailure("the frame is longer than its slot") }
        shim.transmit(batch)
    }

    func receive() -> [[UInt8]] {
        var batch = FrameBatch(slotSize: shim.receiveSlotSize)
        shim.receive(into: &batch)
        defer { shim.release() }
        return (0..<batch.count).map { [UInt8](batch[$0]) }
    }
}

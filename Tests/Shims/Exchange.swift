import Shims

/// A shim with the batch that it receives into, as tests drive it.
final class TestPort {
    let shim: any Shim

    init(_ url: String) throws {
        shim = try ShimURL(url).open()
    }

    /// Sends frames in batches.
    func send(_ frames: some Collection<[UInt8]>) {
        var batch = FrameBatch(slotSize: 65_536)
        for frame in frames {
            precondition(batch.append(copying: frame.span.bytes), "the frame is longer than any slot")
            if batch.isFull { flush(&batch) }
        }
        flush(&batch)
    }

    /// Everything that waits now.
    func receive() -> [[UInt8]] {
        var all: [[UInt8]] = []
        var batch = FrameBatch(slotSize: shim.receiveSlotSize)
        while true {
            shim.receive(into: &batch)
            guard !batch.isEmpty else { return all }
            for index in 0..<batch.count { all.append([UInt8](batch[index])) }
            batch.removeAll()
            shim.release()
        }
    }

    private func flush(_ batch: inout FrameBatch) {
        shim.transmit(batch)
        batch.removeAll()
    }
}

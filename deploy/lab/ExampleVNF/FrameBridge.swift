import ExampleVNFKit
import LabSockets

/// Passes frames between two interfaces, unchanged and in order, through the function's state.
final class FrameBridge {
    /// The socket of the interface towards the ingress switch.
    let left: Descriptor
    /// The socket of the interface towards the egress switch.
    let right: Descriptor
    /// Frames passed on.
    private(set) var forwarded = 0
    /// Frames that the kernel refused to send.
    private(set) var refused = 0
    private let batch = PacketBatch(packetLimit: 10_240)

    init(left: String, right: String) throws(SystemError) {
        self.left = try Descriptor.frames(of: left)
        self.right = try Descriptor.frames(of: right)
    }

    /// Processes and passes on everything that has come on both sides, until nothing is left.
    func drain(through function: inout ExampleFunction) throws(SystemError) {
        try drain(left, to: right, through: &function)
        try drain(right, to: left, through: &function)
    }

    private func drain(_ source: Descriptor, to sink: Descriptor, through function: inout ExampleFunction) throws(SystemError) {
        while try batch.receive(from: source.number) > 0 {
            for index in 0..<batch.count { function.process(UnsafeRawBufferPointer(batch[index]).bytes) }
            refused += batch.send(to: sink.number)
            forwarded += batch.count
            if batch.count < PacketBatch.capacity { return }
        }
    }
}

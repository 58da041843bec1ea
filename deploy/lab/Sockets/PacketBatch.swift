import CLab

/// Memory for up to 64 packets, received and sent with one call, reused for ever.
package final class PacketBatch {
    /// How many packets there is room for.
    package static let capacity = 64
    /// How many packets are in the batch.
    package private(set) var count = 0
    private let stride: Int
    private let slots: UnsafeMutablePointer<UInt8>
    private let lengths: UnsafeMutablePointer<UInt32>

    /// A batch whose packets have at most `packetLimit` bytes.
    package init(packetLimit: Int) {
        stride = packetLimit
        slots = .allocate(capacity: packetLimit * Self.capacity)
        slots.initialize(repeating: 0, count: packetLimit * Self.capacity)
        lengths = .allocate(capacity: Self.capacity)
        lengths.initialize(repeating: 0, count: Self.capacity)
    }

    deinit {
        slots.deallocate()
        lengths.deallocate()
    }

    /// Fills the batch with what is waiting at a socket, without waiting for more; says how many packets came.
    package func receive(from socket: Int32) throws(SystemError) -> Int {
        count = Int(try check(lab_receive_batch(socket, slots, stride, lengths, UInt32(Self.capacity)), "receive packets"))
        return count
    }

    /// Sends all packets in order; says how many the kernel refused.
    package func send(to socket: Int32) -> Int {
        Int(lab_send_batch(socket, slots, stride, lengths, UInt32(count)))
    }

    /// Empties the batch.
    package func clear() { count = 0 }

    /// Adds a copy of a packet; the batch must not be full, nor the packet longer than its slot.
    package func append(_ packet: UnsafeRawBufferPointer) {
        precondition(count < Self.capacity && packet.count <= stride, "no room in the batch")
        slot(count).copyMemory(from: packet)
        lengths[count] = UInt32(packet.count)
        count += 1
    }

    /// The bytes of one packet, valid until the batch is filled again.
    package subscript(index: Int) -> UnsafeMutableRawBufferPointer {
        precondition(index >= 0 && index < count, "no such packet in the batch")
        return UnsafeMutableRawBufferPointer(rebasing: slot(index)[..<min(Int(lengths[index]), stride)])
    }

    private func slot(_ index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: slots + index * stride, count: stride)
    }
}

/// The frames of one direction that came through the controller: those that wait, and those that were sent to the destination and
/// are kept until it has said that it has them all (design, Section 2.2, steps 4 and 5).
struct TransportQueue: Sendable {
    private var waiting: [[UInt8]] = []
    private var sent: [[UInt8]] = []

    /// Everything that ever was in it, for the record.
    private(set) var total = BufferCount()
    /// What is in it now.
    private(set) var held = BufferCount()
    /// The most packets that were ever in it.
    private(set) var peakPackets = 0

    /// How many frames were sent so far: the count that RELEASE_FINISHED carries.
    var sentCount: UInt32 { UInt32(sent.count) }

    mutating func append(_ frame: [UInt8]) {
        waiting.append(frame)
        count(frame)
    }

    /// Puts stragglers before everything that waits.
    mutating func prepend(_ frames: [[UInt8]]) {
        waiting.insert(contentsOf: frames, at: 0)
        frames.forEach { count($0) }
    }

    /// Takes what waits as sent and gives it out with the sequence numbers it gets.
    mutating func flush() -> [(sequence: UInt32, frame: [UInt8])] {
        guard !waiting.isEmpty else { return [] }
        let first = sentCount
        let batch = waiting
        sent.append(contentsOf: batch)
        waiting.removeAll(keepingCapacity: true)
        return batch.enumerated().map { (first + UInt32($0.offset), $0.element) }
    }

    /// A frame that was sent, to send it again.
    func frame(_ sequence: UInt32) -> [UInt8]? {
        Int(sequence) < sent.count ? sent[Int(sequence)] : nil
    }

    /// Forgets what was sent: the destination has it.
    mutating func acknowledged() {
        sent = []
        held = BufferCount(packets: waiting.count, bytes: waiting.reduce(0) { $0 + $1.count })
    }

    /// Gives out everything that is in it, in order, and forgets it.
    mutating func takeAll() -> [[UInt8]] {
        defer {
            waiting = []
            sent = []
            held = BufferCount()
        }
        return sent + waiting
    }

    private mutating func count(_ frame: [UInt8]) {
        total.add(frame.count)
        held.add(frame.count)
        peakPackets = max(peakPackets, held.packets)
    }
}

/// A number of packets and their bytes.
public struct BufferCount: Hashable, Sendable {
    /// Packets.
    public var packets = 0
    /// Their bytes, Ethernet headers included.
    public var bytes = 0

    /// No packets, or so many.
    public init(packets: Int = 0, bytes: Int = 0) {
        self.packets = packets
        self.bytes = bytes
    }

    mutating func add(_ length: Int) {
        packets += 1
        bytes += length
    }

    static func + (left: BufferCount, right: BufferCount) -> BufferCount {
        BufferCount(packets: left.packets + right.packets, bytes: left.bytes + right.bytes)
    }

    static func - (left: BufferCount, right: BufferCount) -> BufferCount {
        BufferCount(packets: left.packets - right.packets, bytes: left.bytes - right.bytes)
    }
}

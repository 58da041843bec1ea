/// The frames of one direction that came through the controller: those that wait, and those that were sent to the receiver and are
/// kept until it has released them (design, Section 2.2, steps 4 to 7).
struct TransportQueue: Sendable {
    private var sent: [[UInt8]] = []
    private var waiting: [[UInt8]] = []
    /// Behind what the destination of a handover that was given up has still to return.
    private var behind: [[UInt8]] = []
    /// How many of the frames sent from here, or of those that wait, are stragglers: they are the first.
    private var stragglers = 0
    /// The number of the first sent frame: those before are another controller's.
    private var base: UInt32 = 0
    /// How many of those the receiver may still have to get, as far as is known.
    private(set) var inherited = 0
    /// Of those, the ones that the receiver has not got: they are lost.
    private var missed: Set<UInt32> = []

    /// Everything that ever was in it, for the record.
    private(set) var total = BufferCount()
    /// What is in it now.
    private(set) var held = BufferCount()
    /// The most packets that were ever in it.
    private(set) var peakPackets = 0

    /// How many frames were sent so far: the count that RELEASE_FINISHED carries.
    var sentCount: UInt32 { base + UInt32(sent.count) }

    /// Whether something was not sent yet.
    var isWaiting: Bool { !waiting.isEmpty || !behind.isEmpty }

    mutating func append(_ frame: [UInt8], isBehindReturnFence: Bool) {
        if isBehindReturnFence { behind.append(frame) } else { waiting.append(frame) }
        count(frame)
    }

    /// Puts stragglers before everything else that waits, behind those that there were.
    mutating func prepend(_ frames: [[UInt8]]) {
        waiting.insert(contentsOf: frames, at: min(max(0, stragglers - sent.count), waiting.count))
        stragglers += frames.count
        frames.forEach { count($0) }
    }

    /// Takes stragglers as sent before everything that waits, and gives them out with the sequence numbers that they get.
    mutating func flush(stragglers frames: [[UInt8]]) -> [(sequence: UInt32, frame: [UInt8])] {
        let first = sentCount
        sent.append(contentsOf: frames)
        stragglers += frames.count
        frames.forEach { count($0) }
        return frames.enumerated().map { (first + UInt32($0.offset), $0.element) }
    }

    /// The destination has returned what it had.
    mutating func closeReturnFence(with frames: [[UInt8]]) {
        frames.forEach { count($0) }
        waiting += frames + behind
        behind = []
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

    /// A frame that was sent, to send it again; empty when another controller had it and is gone.
    func frame(_ sequence: UInt32) -> [UInt8]? {
        if sequence < base { return [] }
        let index = Int(sequence - base)
        return index < sent.count ? sent[index] : nil
    }

    /// Goes on behind the frames that another controller has sent. False when some were sent from here already.
    mutating func continueAfter(_ received: UInt32) -> Bool {
        guard sent.isEmpty, base == 0 else { return false }
        base = received
        inherited = Int(received)
        return true
    }

    /// The receiver has not got a frame that another controller has sent. True when that was not known: a packet is lost.
    mutating func missed(_ sequence: UInt32) -> Bool {
        guard sequence < base, inherited > 0, missed.insert(sequence).inserted else { return false }
        inherited -= 1
        return true
    }

    /// Forgets what was sent: the receiver has released it.
    mutating func acknowledged() {
        base = sentCount
        inherited = 0
        missed = []
        sent = []
        stragglers = 0
        held = (waiting + behind).reduce(into: BufferCount()) { $0.add($1.count) }
    }

    /// Everything is to be sent once more, to another receiver.
    ///
    /// - Parameter isBehindReturnFence: whether what waits comes behind what the destination has still to return.
    mutating func turn(isBehindReturnFence: Bool) {
        if isBehindReturnFence {
            behind = waiting + behind
            waiting = sent
        } else {
            waiting = sent + waiting
        }
        sent = []
        base = 0
        inherited = 0
        missed = []
    }

    /// The frames that were never sent.
    var waitingCount: UInt32 { UInt32(clamping: waiting.count + behind.count) }

    /// Gives out what has not been sent, and forgets it.
    mutating func takeWaiting() -> [[UInt8]] {
        defer {
            (waiting, behind) = ([], [])
            held = sent.reduce(into: BufferCount()) { $0.add($1.count) }
        }
        return waiting + behind
    }

    /// Gives out everything that is in it, in order, and forgets it.
    mutating func takeAll() -> [[UInt8]] {
        defer {
            (sent, waiting, behind) = ([], [], [])
            held = BufferCount()
        }
        return sent + waiting + behind
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

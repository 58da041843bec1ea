import Frames
import Glibc

/// A port that moves batches of Ethernet frames.
///
/// One thread owns a shim. Dispatch is dynamic per batch, never per frame, and neither direction allocates.
public protocol Shim: AnyObject {
    /// Which port this is.
    var url: ShimURL { get }
    /// Readable when frames wait; stays the same until ``reopen()``.
    var descriptor: CInt { get }
    /// The interface's MTU in bytes when it was opened.
    var mtu: Int { get }
    /// The interface's Ethernet address when it was first opened.
    var address: MACAddress { get }
    /// The slots that a batch for ``receive(into:)`` needs: 0 where frames stay in a ring.
    var receiveSlotSize: Int { get }
    /// Offloads that had to be switched off when it was opened, in ethtool's words.
    var switchedOff: [String] { get }
    /// What happened so far.
    var counters: ShimCounters { get }
    /// Whether the interface went away or down, so that ``reopen()`` is due.
    var isDown: Bool { get }

    /// Adds waiting frames to `frames` until it is full or none is left.
    ///
    /// The frames stay readable until ``release()``, which has to come before the next call.
    func receive(into frames: inout FrameBatch)
    /// Gives the memory of the frames last received back.
    func release()
    /// Sends every frame of `frames` in order, and counts those that could not be sent.
    func transmit(_ frames: borrowing FrameBatch)
    /// Adds to ``counters`` what the kernel dropped since the last call.
    func sampleKernelDrops()
    /// Learns why the descriptor reports an error, so that ``isDown`` is true if the interface went.
    func examineError()
    /// Opens the port anew after its interface came back, with a new ``descriptor``.
    func reopen() throws(ShimError)
}

/// What a shim saw, since it was opened first.
public struct ShimCounters: Hashable, Sendable {
    /// Frames and bytes that came in.
    public var received = Traffic()
    /// Frames and bytes that went out.
    public var transmitted = Traffic()
    /// Frames and bytes that came in and went past the agent, by a fast path; not counted as received.
    public var bypassed = Traffic()
    /// Frames that the kernel dropped before they were read, for want of room.
    public var kernelDrops = 0
    /// Frames that came in longer than the MTU allows, of which only a part was readable.
    public var truncated = 0
    /// Frames that came in with a checksum left to hardware that is not there; they went on as they were.
    public var unfinishedChecksums = 0
    /// Frames not sent because they exceed the interface's MTU.
    public var oversize = 0
    /// Frames not sent because the interface's queue, or the file, was full.
    public var txQueueFull = 0
    /// Frames not sent because the interface was down or gone, or nobody was connected.
    public var interfaceDown = 0
    /// Frames not sent because the kernel refused them for another reason, such as being shorter than an Ethernet header.
    public var refused = 0

    /// Nothing yet.
    public init() {}

    /// Frames and their bytes.
    public struct Traffic: Hashable, Sendable {
        /// How many frames.
        public var frames = 0
        /// How many bytes in them.
        public var bytes = 0
    }
}

extension ShimCounters {
    /// Counts a frame that could not be sent, by errno; says whether the interface is down.
    mutating func countUnsent(_ reason: CInt, frames: Int = 1) -> Bool {
        switch reason {
        case ENOBUFS, EAGAIN: txQueueFull += frames
        case EMSGSIZE: oversize += frames
        case ENETDOWN, ENXIO, ENODEV, EIO, EBADFD, EPIPE, ECONNRESET, ENOTCONN:
            interfaceDown += frames
            return true
        default: refused += frames
        }
        return false
    }
}

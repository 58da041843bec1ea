import Glibc

/// A fixed number of frames in a row: what a shim received, or what it is to send.
///
/// A frame lies elsewhere (a ring, another batch) and is only referred to, or is copied into the batch's own slot. All memory is
/// allocated when the batch is made.
public struct FrameBatch: ~Copyable {
    /// How many frames fit.
    public let capacity: Int
    /// The longest frame in bytes that can be copied in.
    public let slotSize: Int
    /// How many frames it holds.
    public private(set) var count = 0
    let vectors: UnsafeMutablePointer<iovec>
    private let slots: UnsafeMutableRawPointer

    /// The number of frames that one system call moves at most.
    public static let usualCapacity = 64

    /// Room beyond an interface's MTU that a frame takes: the Ethernet header and two VLAN tags.
    public static let overhead = 14 + 8

    /// An empty batch with room for `capacity` frames, of at most `slotSize` bytes where they are copied.
    public init(capacity: Int = usualCapacity, slotSize: Int) {
        self.capacity = capacity
        self.slotSize = slotSize
        vectors = .allocate(capacity: capacity)
        vectors.initialize(repeating: iovec(), count: capacity)
        slots = .allocate(byteCount: max(1, capacity * slotSize), alignment: 64)
    }

    deinit {
        vectors.deallocate()
        slots.deallocate()
    }

    /// Whether no frame fits any more.
    public var isFull: Bool { count == capacity }
    /// Whether it holds none.
    public var isEmpty: Bool { count == 0 }

    /// The frame at `index`.
    ///
    /// - Precondition: `index` is less than ``count``, and what a referred frame lies in is still there.
    public subscript(index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < count, "no such frame")
        return UnsafeRawBufferPointer(start: vectors[index].iov_base, count: vectors[index].iov_len)
    }

    /// Adds a frame that lies elsewhere and stays there until the batch is emptied.
    ///
    /// - Precondition: the batch is not full.
    public mutating func append(referringTo frame: UnsafeRawBufferPointer) {
        precondition(!isFull, "the batch is full")
        vectors[count] = iovec(iov_base: UnsafeMutableRawPointer(mutating: frame.baseAddress), iov_len: frame.count)
        count += 1
    }

    /// Adds a copy of a frame; false if the frame is longer than ``slotSize``.
    ///
    /// - Precondition: the batch is not full.
    public mutating func append(copying frame: RawSpan) -> Bool {
        guard frame.byteCount <= slotSize else { return false }
        let slot = nextSlot
        frame.withUnsafeBytes { slot.copyMemory(from: $0) }
        appendSlot(length: frame.byteCount)
        return true
    }

    /// Forgets all frames.
    public mutating func removeAll() {
        count = 0
    }

    /// Where the next frame may be written before ``appendSlot(length:)``.
    var nextSlot: UnsafeMutableRawBufferPointer {
        precondition(!isFull, "the batch is full")
        return UnsafeMutableRawBufferPointer(start: slots + count * slotSize, count: slotSize)
    }

    /// Points the vectors of all free places to their slots, for a system call that fills several; says how many there are.
    ///
    /// Each frame that came is to be taken with ``takeSlot(_:length:)``, in order, before anything else happens.
    func prepareSlots() -> Int {
        for place in count..<capacity { vectors[place] = iovec(iov_base: slots + place * slotSize, iov_len: slotSize) }
        return capacity - count
    }

    /// Adds the frame of `length` bytes that was written to the slot of `place`, which is at or behind the next one.
    mutating func takeSlot(_ place: Int, length: Int) {
        precondition(place >= count && place < capacity && length <= slotSize, "the frame lies outside its slot")
        if place > count { memcpy(slots + count * slotSize, slots + place * slotSize, length) }
        appendSlot(length: length)
    }

    /// Adds the frame of `length` bytes that was written to ``nextSlot``.
    mutating func appendSlot(length: Int) {
        precondition(!isFull && length <= slotSize, "the frame lies outside its slot")
        vectors[count] = iovec(iov_base: slots + count * slotSize, iov_len: length)
        count += 1
    }
}

import CLinux
import Glibc
import Synchronization

/// One of an AF_XDP socket's four rings: an array shared with the kernel, and where each side stands in it (kernel documentation,
/// networking/af_xdp).
///
/// Positions count up for ever and wrap around; an entry belongs to the consumer from the moment that the producer's position lies
/// beyond it (a releasing store, an acquiring load), and the other way round.
struct XDPRing<Entry: BitwiseCopyable>: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let byteCount: Int
    private let theirs: UnsafeMutablePointer<Atomic<UInt32>>
    private let ours: UnsafeMutablePointer<Atomic<UInt32>>
    private let entries: UnsafeMutablePointer<Entry>
    private let mask: UInt32
    /// Where we stand; published later.
    private(set) var position: UInt32 = 0

    /// Which side of a ring is ours.
    enum Side {
        case producer
        case consumer
    }

    /// Maps a ring of `count` entries, a power of two; nil and errno where the kernel refuses.
    init?(socket: CInt, at page: Int, _ offsets: xdp_ring_offset, count: Int, ours side: Side) {
        byteCount = Int(offsets.desc) + count * MemoryLayout<Entry>.stride
        let mapping = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | CInt(MAP_POPULATE), socket, page)
        guard let mapping, mapping != MAP_FAILED else { return nil }
        memory = mapping
        let producer = (mapping + Int(offsets.producer)).assumingMemoryBound(to: Atomic<UInt32>.self)
        let consumer = (mapping + Int(offsets.consumer)).assumingMemoryBound(to: Atomic<UInt32>.self)
        (ours, theirs) = side == .producer ? (producer, consumer) : (consumer, producer)
        entries = (mapping + Int(offsets.desc)).assumingMemoryBound(to: Entry.self)
        mask = UInt32(count - 1)
    }

    deinit {
        munmap(memory, byteCount)
    }

    /// Consumer: how many entries wait beyond our position.
    var waiting: Int { Int(theirs.pointee.load(ordering: .acquiring) &- position) }

    /// Producer: how many entries the other side has not consumed.
    var unconsumed: Int { Int(position &- theirs.pointee.load(ordering: .acquiring)) }

    /// Consumer: the entry at our position, which moves on. There must be one.
    mutating func next() -> Entry {
        defer { position &+= 1 }
        return entries[Int(position & mask)]
    }

    /// Consumer: the entry `distance` before our position.
    func entry(before distance: Int) -> Entry { entries[Int((position &- UInt32(distance)) & mask)] }

    /// Producer: adds an entry. There must be room.
    mutating func append(_ entry: Entry) {
        entries[Int(position & mask)] = entry
        position &+= 1
    }

    /// Lets the other side see our position.
    func publish() { ours.pointee.store(position, ordering: .releasing) }
}

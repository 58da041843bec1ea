import CLinux
import Glibc
import Synchronization

/// What an interface's XDP program and the agent tell each other, in a map that both see.
///
/// A frame goes past the agent only while every frame before it that was left to the agent has gone on: the filter of the agent's packet
/// socket counts what is left to it, the agent says how many of those are settled, and the XDP program compares the two. While something
/// is armed the agent says a number that is never reached. One word says both, so that no order of writes can deceive; and there is no
/// moment of change at which a frame could be lost, doubled or overtaken.
///
/// The count is the socket's own (a filter runs in the same breath as the XDP program before it, in the kernel's generic mode), so that it
/// is right from the first frame, and a frame's VLAN tag is never lost on the way to us as it would be with AF_XDP.
final class FastPathRecord {
    let map: BPFMap
    private let memory: UnsafeMutableRawPointer

    /// Where the words of 64 bits lie in the map's only entry.
    enum Offset {
        /// How many frames were settled; written by the agent.
        static let settled: Int16 = 0
        /// How many frames came to the agent's socket.
        static let handed: Int16 = 8
        /// Frames and bytes that went past the agent.
        static let bypassedFrames: Int16 = 16
        static let bypassedBytes: Int16 = 24
        static let size = 32
    }

    /// A record by which every frame is left to the agent.
    init() throws(BPFFailure) {
        let map = try BPFMap(BPF_MAP_TYPE_ARRAY, valueSize: Offset.size, flags: Int(BPF_F_MMAPABLE))
        let mapping = mmap(nil, Int(getpagesize()), PROT_READ | PROT_WRITE, MAP_SHARED, map.descriptor, 0)
        guard let mapping, mapping != MAP_FAILED else { throw BPFFailure(what: "a BPF map cannot be mapped", reason: errno) }
        memory = mapping
        self.map = map
        settle(.max)
    }

    deinit {
        munmap(memory, Int(getpagesize()))
    }

    /// Lets frames go past the agent as soon as no more than `count` came to its socket.
    func settle(_ count: UInt64) { word(Offset.settled).pointee.store(count, ordering: .releasing) }

    /// What went past the agent.
    var bypassed: ShimCounters.Traffic {
        var traffic = ShimCounters.Traffic()
        traffic.frames = Int(word(Offset.bypassedFrames).pointee.load(ordering: .relaxed))
        traffic.bytes = Int(word(Offset.bypassedBytes).pointee.load(ordering: .relaxed))
        return traffic
    }

    private func word(_ offset: Int16) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (memory + Int(offset)).assumingMemoryBound(to: Atomic<UInt64>.self)
    }
}

import CLinux
import Glibc
import Synchronization

/// A TPACKET_V2 receive ring: slots that the kernel fills in turn and that we hand back in turn
/// (kernel documentation, networking/packet_mmap).
///
/// Slots are shared with the kernel: a slot is ours from the moment its status word says so (an acquiring load) until we set it
/// back (a releasing store).
struct PacketRing: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let layout: Layout
    /// The slot to read next.
    private var head = Cursor()
    /// The first slot that was read and not released.
    private var tail = Cursor()
    /// Slots read since the last release, which lie from `tail` to `head`.
    private var held = 0

    /// A slot, and where it lies: moved on without a division.
    private struct Cursor {
        /// Bytes from the mapping's start.
        private(set) var offset = 0
        private var block = 0
        private var place = 0

        mutating func advance(_ layout: Layout) {
            place += 1
            offset += layout.slotSize
            guard place == layout.slotsPerBlock else { return }
            place = 0
            block = block + 1 == layout.blocks ? 0 : block + 1
            offset = block * Layout.blockSize
        }
    }

    /// How slots lie in the mapping: a block holds a whole number of them.
    struct Layout {
        let slotSize: Int
        let slotsPerBlock: Int
        let blocks: Int

        static let blockSize = 1 << 18
        /// How much memory a ring takes: the kernel drops once this is full.
        static let ringSize = 16 << 20
        /// Kept free before each frame, for the VLAN tag that the kernel took out.
        static let reserve = 4

        var slots: Int { slotsPerBlock * blocks }
        var byteCount: Int { blocks * Self.blockSize }

        /// A ring for frames of up to `frameSize` bytes.
        init(frameSize: Int) {
            let alignment = Int(TPACKET_ALIGNMENT)
            func aligned(_ size: Int) -> Int { (size + alignment - 1) / alignment * alignment }
            slotSize = aligned(aligned(Int(CLINUX_TPACKET2_HDRLEN) + 16) + Self.reserve + frameSize)
            slotsPerBlock = Self.blockSize / slotSize
            blocks = Self.ringSize / Self.blockSize
        }
    }

    /// Sets up a ring on `socket`, which must not be bound yet; nil and errno where the kernel refuses.
    init?(socket: CInt, frameSize: Int) {
        let layout = Layout(frameSize: frameSize)
        guard layout.slotsPerBlock > 0 else {
            errno = EMSGSIZE
            return nil
        }
        var request = tpacket_req(
            tp_block_size: UInt32(Layout.blockSize), tp_block_nr: UInt32(layout.blocks),
            tp_frame_size: UInt32(layout.slotSize), tp_frame_nr: UInt32(layout.slots))
        guard setPacketOption(socket, PACKET_VERSION, CInt(TPACKET_V2.rawValue)) == 0,
            setPacketOption(socket, PACKET_RESERVE, CInt(Layout.reserve)) == 0,
            setsockopt(socket, SOL_PACKET, PACKET_RX_RING, &request, socklen_t(MemoryLayout<tpacket_req>.size)) == 0
        else { return nil }
        let mapping = mmap(nil, layout.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | CInt(MAP_POPULATE), socket, 0)
        guard let mapping, mapping != MAP_FAILED else { return nil }
        self.layout = layout
        memory = mapping
    }

    deinit {
        munmap(memory, layout.byteCount)
    }

    /// Adds filled slots' frames to `frames` until it is full or no slot is filled.
    mutating func receive(into frames: inout FrameBatch, counting counters: inout ShimCounters) {
        while !frames.isFull, held < layout.slots {
            let slot = memory + head.offset
            let status = statusWord(of: slot).pointee.load(ordering: .acquiring)
            guard status & UInt32(TP_STATUS_USER) != 0 else { return }
            let header = slot.assumingMemoryBound(to: tpacket2_hdr.self).pointee
            if header.tp_snaplen < header.tp_len {
                counters.truncated += 1
            } else {
                if status & UInt32(TP_STATUS_CSUMNOTREADY) != 0 { counters.unfinishedChecksums += 1 }
                let frame = frame(in: slot, header, status)
                counters.received.frames += 1
                counters.received.bytes += frame.count
                frames.append(referringTo: frame)
            }
            head.advance(layout)
            held += 1
        }
    }

    /// Hands the slots read since the last call back to the kernel.
    mutating func release() {
        for _ in 0..<held {
            statusWord(of: memory + tail.offset).pointee.store(UInt32(TP_STATUS_KERNEL), ordering: .releasing)
            tail.advance(layout)
        }
        held = 0
    }

    /// The frame in a slot, with the outer VLAN tag, which the kernel keeps apart, put back in its place.
    private func frame(in slot: UnsafeMutableRawPointer, _ header: tpacket2_hdr, _ status: UInt32) -> UnsafeRawBufferPointer {
        let start = slot + Int(header.tp_mac)
        let length = Int(header.tp_snaplen)
        guard status & UInt32(TP_STATUS_VLAN_VALID) != 0, length >= 12 else { return UnsafeRawBufferPointer(start: start, count: length) }
        let tagged = start - 4
        memmove(tagged, start, 12)
        let type = status & UInt32(TP_STATUS_VLAN_TPID_VALID) != 0 ? header.tp_vlan_tpid : UInt16(ETH_P_8021Q)
        tagged.storeBytes(of: type.bigEndian, toByteOffset: 12, as: UInt16.self)
        tagged.storeBytes(of: header.tp_vlan_tci.bigEndian, toByteOffset: 14, as: UInt16.self)
        return UnsafeRawBufferPointer(start: tagged, count: length + 4)
    }

    /// The first word of a slot (tpacket2_hdr.tp_status).
    private func statusWord(of slot: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt32>> {
        slot.assumingMemoryBound(to: Atomic<UInt32>.self)
    }
}

/// Sets an integer option of a packet socket; 0, or -1 and errno.
func setPacketOption(_ socket: CInt, _ option: CInt, _ value: CInt) -> CInt {
    var value = value
    return setsockopt(socket, SOL_PACKET, option, &value, socklen_t(MemoryLayout<CInt>.size))
}

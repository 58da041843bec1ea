/// Memory for held packets: blocks of 2 KiB, reserved once, lent to ``PacketFIFO``s.
///
/// The first four bytes of a block link it to the next one of its queue, or of the free list. Pages that were never needed are never
/// touched, so a generous slab costs address space only.
package struct Slab: ~Copyable {
    package static let blockSize = 2_048
    private static let linkSize = MemoryLayout<UInt32>.size
    private static let headerSize = MemoryLayout<UInt32>.size
    private static let payload = blockSize - linkSize
    /// The longest frame that is taken, in bytes: more than any shim delivers.
    package static let longestFrame = 1 << 18

    private let memory: UnsafeMutableRawPointer
    /// Where a packet that lies across blocks is put together to be handed out.
    private let scratch: UnsafeMutableRawPointer
    private let blockCount: UInt32
    private var untouched: UInt32 = 0
    private var free = PacketFIFO.Cursor.none.block
    private var freed: UInt32 = 0

    /// A slab with room for `amount`, spread over at most `queues` queues.
    package init(amount: Amount, queues: Int) {
        let bytes = amount.bytes + amount.packets * Self.headerSize
        // A queue wastes up to a header's length where a header did not fit, and begins and ends within blocks.
        let blocks = bytes / (Self.payload - Self.headerSize) + 1 + 2 * queues
        blockCount = UInt32(clamping: min(blocks, Int(UInt32.max) - 1))
        memory = .allocate(byteCount: Int(blockCount) * Self.blockSize, alignment: 16)
        scratch = .allocate(byteCount: Self.longestFrame, alignment: 16)
    }

    deinit {
        memory.deallocate()
        scratch.deallocate()
    }

    /// How many blocks no queue owns.
    package var availableBlocks: Int { Int(blockCount - untouched + freed) }

    /// Appends a packet, or leaves the queue as it was if there is no room for all of it.
    package mutating func append(_ frame: RawSpan, to queue: inout PacketFIFO) -> Bool {
        guard frame.byteCount <= Self.longestFrame, availableBlocks >= blocksNeeded(frame.byteCount, queue) else { return false }
        if room(queue) < Self.headerSize { extend(&queue) }
        address(queue.tail).storeBytes(of: UInt32(frame.byteCount), as: UInt32.self)
        queue.tail.offset += Self.headerSize
        frame.withUnsafeBytes { source in
            var rest = source[...]
            while !rest.isEmpty {
                if room(queue) == 0 { extend(&queue) }
                let piece = rest.prefix(room(queue))
                UnsafeMutableRawBufferPointer(start: address(queue.tail), count: piece.count)
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: piece))
                queue.tail.offset += piece.count
                rest = rest.dropFirst(piece.count)
            }
        }
        queue.packets += 1
        queue.bytes += frame.byteCount
        return true
    }

    /// Hands out the packets in order, from where they lie, and takes the queue's blocks back.
    package mutating func drain(_ queue: PacketFIFO, _ body: (RawSpan) -> Void) {
        var cursor = queue.head
        for _ in 0..<queue.packets {
            let before = cursor.block
            read(&cursor, body)
            reclaim(from: before, upTo: cursor.block)
        }
        if queue.packets > 0 { reclaim(from: cursor.block, upTo: link(queue.tail.block)) }
    }

    /// Shows the packets in order, from where they lie, with their places from 0.
    package func forEach(in queue: PacketFIFO, _ body: (Int, RawSpan) -> Void) {
        var cursor = queue.head
        for index in 0..<queue.packets { read(&cursor) { body(index, $0) } }
    }

    /// Takes the queue's blocks back without looking at the packets.
    package mutating func release(_ queue: PacketFIFO) {
        if queue.packets > 0 { reclaim(from: queue.head.block, upTo: link(queue.tail.block)) }
    }

    private func room(_ queue: PacketFIFO) -> Int {
        queue.tail.offset == 0 ? 0 : Self.blockSize - queue.tail.offset
    }

    private func blocksNeeded(_ count: Int, _ queue: PacketFIFO) -> Int {
        let room = room(queue)
        let beyond = room < Self.headerSize ? count + Self.headerSize : count + Self.headerSize - room
        return beyond <= 0 ? 0 : (beyond + Self.payload - 1) / Self.payload
    }

    /// Adds a block to the queue's end; the caller made sure there is one.
    private mutating func extend(_ queue: inout PacketFIFO) {
        let block: UInt32
        if freed > 0 {
            block = free
            free = link(block)
            freed -= 1
        } else {
            precondition(untouched < blockCount, "room was checked before")
            block = untouched
            untouched += 1
        }
        setLink(block, PacketFIFO.Cursor.none.block)
        let start = PacketFIFO.Cursor(block: block, offset: Self.linkSize)
        if queue.tail.offset == 0 { queue.head = start } else { setLink(queue.tail.block, block) }
        queue.tail = start
    }

    /// Reads the packet at `cursor` and moves behind it.
    private func read(_ cursor: inout PacketFIFO.Cursor, _ body: (RawSpan) -> Void) {
        if Self.blockSize - cursor.offset < Self.headerSize { advance(&cursor) }
        let count = Int(address(cursor).loadUnaligned(as: UInt32.self))
        cursor.offset += Self.headerSize
        if count <= Self.blockSize - cursor.offset {
            body(UnsafeRawBufferPointer(start: address(cursor), count: count).bytes)
            cursor.offset += count
            return
        }
        var gathered = 0
        while gathered < count {
            if cursor.offset == Self.blockSize { advance(&cursor) }
            let piece = min(count - gathered, Self.blockSize - cursor.offset)
            scratch.advanced(by: gathered).copyMemory(from: address(cursor), byteCount: piece)
            gathered += piece
            cursor.offset += piece
        }
        body(UnsafeRawBufferPointer(start: scratch, count: count).bytes)
    }

    private func advance(_ cursor: inout PacketFIFO.Cursor) {
        cursor = .init(block: link(cursor.block), offset: Self.linkSize)
    }

    private mutating func reclaim(from first: UInt32, upTo end: UInt32) {
        var block = first
        while block != end {
            let next = link(block)
            setLink(block, free)
            free = block
            freed += 1
            block = next
        }
    }

    private func address(_ cursor: PacketFIFO.Cursor) -> UnsafeMutableRawPointer {
        memory + Int(cursor.block) * Self.blockSize + cursor.offset
    }

    private func link(_ block: UInt32) -> UInt32 {
        (memory + Int(block) * Self.blockSize).load(as: UInt32.self)
    }

    private func setLink(_ block: UInt32, _ next: UInt32) {
        (memory + Int(block) * Self.blockSize).storeBytes(of: next, as: UInt32.self)
    }
}

// The memory has one owner, which cannot be copied.
extension Slab: @unchecked Sendable {}

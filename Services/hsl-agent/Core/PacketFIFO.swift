/// A queue of packets in a ``Slab``: where it begins and ends in the slab's blocks.
///
/// A packet is four bytes of length and its bytes, back to back with the next one, across blocks where it must. Whoever holds the
/// value owns the blocks: give it back to the slab exactly once.
package struct PacketFIFO: Sendable {
    var head = Cursor.none
    var tail = Cursor.none
    /// How many packets wait.
    package internal(set) var packets = 0
    /// Their bytes.
    package internal(set) var bytes = 0

    /// An empty queue, which owns nothing.
    package init() {}

    var amount: Amount { Amount(packets: packets, bytes: bytes) }

    /// A place in a slab.
    struct Cursor {
        var block: UInt32
        /// Bytes from the block's start, its link included.
        var offset: Int

        static let none = Cursor(block: .max, offset: 0)
    }
}

/// Keys and the instants at which each wants to be looked at, earliest first.
///
/// A key may be scheduled any number of times; it comes out once for each instant, so what it meant by then is for its owner
/// to decide. Both operations cost the logarithm of the length.
public struct DeadlineQueue<Key: Sendable>: Sendable {
    @usableFromInline var heap: [(due: Instant, order: UInt64, key: Key)] = []
    @usableFromInline var count: UInt64 = 0

    /// An empty queue.
    @inlinable
    public init() {}

    /// The earliest instant at which some key is due, if any is.
    @inlinable
    public var next: Instant? { heap.first?.due }

    /// Asks for `key` to come out at `due`.
    @inlinable
    public mutating func schedule(_ key: Key, at due: Instant) {
        heap.append((due, count, key))
        count += 1
        var child = heap.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out the earliest key that is due at `now`; keys due at the same instant come in the order they were scheduled.
    @inlinable
    public mutating func popDue(at now: Instant) -> Key? {
        guard let first = heap.first, first.due <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.key
    }

    @inlinable
    mutating func sink() {
        var parent = 0
        while true {
            let left = 2 * parent + 1
            let right = left + 1
            var least = parent
            if left < heap.count, precedes(left, least) { least = left }
            if right < heap.count, precedes(right, least) { least = right }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    @inlinable
    func precedes(_ left: Int, _ right: Int) -> Bool {
        (heap[left].due, heap[left].order) < (heap[right].due, heap[right].order)
    }
}

import Timing

/// Virtual time: what is to happen, in order. Nothing happens between two events.
struct EventQueue {
    private struct Place {
        let due: Instant
        let order: Int
        let slot: Int

        func precedes(_ other: Place) -> Bool { due != other.due ? due < other.due : order < other.order }
    }

    private var heap: [Place] = []
    private var events: [Event?] = []
    private var free: [Int] = []
    private var count = 0
    /// The instant that the events have reached.
    private(set) var now = Instant.zero

    /// How many events are planned.
    var planned: Int { heap.count }

    /// Lets something happen at an instant, after everything that was planned for it before.
    mutating func at(_ due: Instant, _ event: Event) {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            events[slot] = event
        } else {
            slot = events.count
            events.append(event)
        }
        heap.append(Place(due: max(due, now), order: count, slot: slot))
        count += 1
        rise()
    }

    /// Lets something happen a span from now.
    mutating func after(_ span: TimeSpan, _ event: Event) { at(now + span, event) }

    /// The next event, with the clock moved on to it; nil when nothing is planned any more.
    mutating func next() -> Event? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty { sink(last) }
        now = first.due
        free.append(first.slot)
        return events[first.slot].take()
    }

    private mutating func rise() {
        var child = heap.count - 1
        let rising = heap[child]
        while child > 0 {
            let parent = (child - 1) / 2
            guard rising.precedes(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = rising
    }

    private mutating func sink(_ sinking: Place) {
        var parent = 0
        while true {
            var least = 2 * parent + 1
            guard least < heap.count else { break }
            if least + 1 < heap.count, heap[least + 1].precedes(heap[least]) { least += 1 }
            guard heap[least].precedes(sinking) else { break }
            heap[parent] = heap[least]
            parent = least
        }
        heap[parent] = sinking
    }
}

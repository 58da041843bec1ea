import DequeModule

/// A first-in, first-out queue with a limit on elements and on bytes; what does not fit is refused.
struct BoundedQueue<Element: Sendable>: Sendable {
    private var elements: Deque<(element: Element, bytes: Int)> = []
    private var bytes = 0
    private let maximumCount: Int
    private let maximumBytes: Int

    init(maximumCount: Int, maximumBytes: Int) {
        self.maximumCount = maximumCount
        self.maximumBytes = maximumBytes
    }

    var isEmpty: Bool { elements.isEmpty }

    /// Adds `element` at the end; false, and nothing done, when it does not fit.
    mutating func append(_ element: Element, bytes size: Int) -> Bool {
        guard elements.count < maximumCount, size <= maximumBytes - bytes else { return false }
        elements.append((element, size))
        bytes += size
        return true
    }

    /// The first element, which stays.
    var first: Element? { elements.first?.element }

    /// Takes the first element out.
    mutating func popFirst() -> Element? {
        guard let first = elements.popFirst() else { return nil }
        bytes -= first.bytes
        return first.element
    }

    /// Takes out every element that `matches`.
    mutating func removeAll(where matches: (Element) -> Bool) {
        elements.removeAll { entry in
            guard matches(entry.element) else { return false }
            bytes -= entry.bytes
            return true
        }
    }

    /// Takes out everything.
    mutating func removeAll() {
        elements.removeAll()
        bytes = 0
    }
}

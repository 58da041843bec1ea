import Shims

/// One frame batch a port, made once.
struct FrameBatches: ~Copyable {
    private let batches: UnsafeMutableBufferPointer<FrameBatch>

    /// Empty batches whose slots have the given sizes.
    init(slotSizes: [Int]) {
        batches = .allocate(capacity: slotSizes.count)
        for (index, size) in slotSizes.enumerated() { batches.initializeElement(at: index, to: FrameBatch(slotSize: size)) }
    }

    deinit {
        batches.deinitialize()
        batches.deallocate()
    }

    /// The number of ports.
    var count: Int { batches.count }

    subscript(index: Int) -> FrameBatch {
        _read { yield batches[index] }
        nonmutating _modify { yield &batches[index] }
    }
}

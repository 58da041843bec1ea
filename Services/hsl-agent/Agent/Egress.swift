import HSLCore
import Shims

/// What goes out: per port the frames of the batch at hand, in the order of verdicts and of the core's output.
struct Egress: ~Copyable, CoreOutput {
    /// The ports by index: the network's side of pair i at 2i, the function's at 2i + 1.
    let shims: [any Shim]
    private let queues: FrameBatches
    /// Frames of the core's that exceed the longest frame of their port; no shim ever saw them.
    private(set) var oversize: [Int]
    /// What the network function is to be told, in order.
    private(set) var notifications: [Notification] = []

    init(_ shims: [any Shim]) {
        self.shims = shims
        queues = FrameBatches(slotSizes: shims.map { $0.mtu + FrameBatch.overhead })
        oversize = Array(repeating: 0, count: shims.count)
    }

    /// Queues a frame that stays where it is until the next ``flush()``.
    mutating func forward(_ frame: UnsafeRawBufferPointer, to port: Int) {
        if queues[port].isFull { flush(port) }
        queues[port].append(referringTo: frame)
    }

    /// Queues a copy of the core's frame.
    mutating func send(_ frame: RawSpan, to port: Port) {
        let port = port.index
        guard shims.indices.contains(port) else { return }
        if queues[port].isFull { flush(port) }
        if !queues[port].append(copying: frame) { oversize[port] += 1 }
    }

    mutating func tell(_ notification: Notification) {
        notifications.append(notification)
    }

    /// Hands over what the function is to be told.
    mutating func takeNotifications() -> [Notification] {
        guard !notifications.isEmpty else { return [] }
        defer { notifications = [] }
        return notifications
    }

    /// Sends everything that is queued.
    mutating func flush() {
        for port in 0..<queues.count where !queues[port].isEmpty { flush(port) }
    }

    private mutating func flush(_ port: Int) {
        shims[port].transmit(queues[port])
        queues[port].removeAll()
    }
}

extension Port {
    /// Where the port stands among all of them.
    var index: Int {
        switch self {
        case .network(let pair): 2 * pair
        case .function(let pair): 2 * pair + 1
        }
    }

    /// The port that stands at `index`.
    init(index: Int) {
        self = index.isMultiple(of: 2) ? .network(index / 2) : .function(index / 2)
    }
}

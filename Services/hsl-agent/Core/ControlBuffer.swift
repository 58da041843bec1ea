/// Frames that came through the controller, in the order of their numbers from 0.
///
/// An empty frame stands for one that is lost: it takes a place in the order, and nothing is released for it.
struct ControlBuffer: Sendable {
    /// The lowest number that has not come.
    private(set) var next: UInt32 = 0
    /// Frames without a gap before them that were not taken yet.
    private var ready: [[UInt8]] = []
    /// Frames behind a gap.
    private var ahead: [UInt32: [UInt8]] = [:]
    /// What waits.
    private(set) var amount = Amount.zero

    func has(_ sequence: UInt32) -> Bool {
        sequence < next || ahead[sequence] != nil
    }

    /// Whether a frame has come whose number is `count` or higher.
    func reaches(beyond count: UInt32) -> Bool { next > count || ahead.keys.contains { $0 >= count } }

    /// Takes in a frame that is not here yet.
    mutating func insert(_ frame: [UInt8], at sequence: UInt32) {
        amount = amount + Amount(packets: 1, bytes: frame.count)
        ahead[sequence] = frame
        while let following = ahead.removeValue(forKey: next) {
            ready.append(following)
            next &+= 1
        }
    }

    /// The frames that may go, in order, empty ones among them.
    mutating func take() -> [[UInt8]] {
        defer { ready = [] }
        for frame in ready { amount = amount - Amount(packets: 1, bytes: frame.count) }
        return ready
    }

    /// Nothing more will come: what is behind gaps follows at once.
    mutating func closeGaps() {
        for sequence in ahead.keys.sorted() {
            ready.append(ahead[sequence] ?? [])
            next = sequence &+ 1
        }
        ahead = [:]
    }

    /// The lowest numbers below `count` that have not come, at most `limit`.
    func missing(below count: UInt32, limit: Int) -> [UInt32] {
        guard next < count else { return [] }
        return Array((next..<count).lazy.filter { ahead[$0] == nil }.prefix(limit))
    }
}

extension ControlBuffer {
    /// The buffer without what waits in it; what was taken stays counted.
    func emptied() -> ControlBuffer {
        var buffer = ControlBuffer()
        buffer.next = next
        return buffer
    }
}

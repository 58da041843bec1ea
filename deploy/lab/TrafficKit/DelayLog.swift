/// When each packet of an end was sent and how long it took, for pictures. What finds no room is left out.
package struct DelayLog: Sendable {
    /// How many packets it has room for.
    package static let capacity = 1 << 18

    private var origin: UInt64?
    private var timeline = DelayTimeline()

    /// An empty log with all its room.
    package init() {
        timeline.sentUs.reserveCapacity(Self.capacity)
        timeline.delayUs.reserveCapacity(Self.capacity)
    }

    /// Takes in a packet; times in nanoseconds.
    package mutating func record(sentAt: UInt64, delay: UInt64) {
        guard timeline.sentUs.count < Self.capacity else { return }
        timeline.sentUs.append(microseconds(of: sentAt))
        timeline.delayUs.append(Int(clamping: delay / 1000))
    }

    /// A stretch of time begins.
    package mutating func mark(_ label: String, at now: UInt64) {
        timeline.marksUs[label] = timeline.marksUs[label] ?? microseconds(of: now)
    }

    /// Everything that was taken in, in the order of arrival.
    package var recorded: DelayTimeline { timeline }

    private mutating func microseconds(of time: UInt64) -> Int {
        let start = origin ?? time
        origin = start
        return time >= start ? Int(clamping: (time - start) / 1000) : -Int(clamping: (start - time) / 1000)
    }
}

/// Packets of one end, in the order in which they came back: when each was sent and how long it took.
package struct DelayTimeline: Hashable, Sendable, Codable {
    /// When it was sent, in microseconds since the first one.
    package var sentUs: [Int] = []
    /// How long it took, in microseconds.
    package var delayUs: [Int] = []
    /// When stretches of time began, by their labels, on the clock of ``sentUs``.
    package var marksUs: [String: Int] = [:]

    /// No packet.
    package init() {}
}

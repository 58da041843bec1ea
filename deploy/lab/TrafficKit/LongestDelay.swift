/// The packet that took longest, of those that somebody looks at.
package struct LongestDelay: Hashable, Sendable, Codable {
    /// When it was sent, in nanoseconds of the machine's monotonic clock.
    package private(set) var sentAt: UInt64
    /// How long it took, in nanoseconds.
    package private(set) var nanoseconds: UInt64

    /// Of no packet, or of this one.
    package init(sentAt: UInt64 = 0, nanoseconds: UInt64 = 0) {
        self.sentAt = sentAt
        self.nanoseconds = nanoseconds
    }

    /// How long it took, in milliseconds.
    package var milliseconds: Double { Double(nanoseconds / 1000) / 1000 }

    /// When it arrived, on the clock of ``sentAt``.
    package var arrivedAt: UInt64 { sentAt.addingReportingOverflow(nanoseconds).partialValue }

    /// Takes in a packet.
    package mutating func record(sentAt: UInt64, nanoseconds: UInt64) {
        if nanoseconds > self.nanoseconds { self = Self(sentAt: sentAt, nanoseconds: nanoseconds) }
    }
}

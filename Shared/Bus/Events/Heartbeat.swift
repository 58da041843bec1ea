/// A publisher's sign of life. libzmq's own heartbeats are not used: 4.3.4 asserts when they meet a slow subscriber.
struct Heartbeat: Codable, Hashable, Sendable {
    /// The topic it is published under.
    static let topic = "heartbeat"

    /// The number that the next message of each topic will have, so that a loss at the end of a burst shows.
    let next: [String: UInt64]
}

import Timing

/// What one run is like, drawn from its seed.
public struct Scenario: Sendable {
    /// The seed.
    public let seed: UInt64
    /// How far a switch's cache may lag behind its tables.
    public let lag: TimeSpan
    /// The probability that a control frame is lost on its way.
    public let controlLoss: Double
    /// Conversations.
    public let flows: Int
    /// Whether the hosts answer and the rules cover both directions.
    public let isBidirectional: Bool
    /// The destinations of rules that follow each other, each moving everything; some name the instance that has the flows.
    public let destinations: [UInt16]
    /// Whether the last rule is removed in the end, which hands its flows back.
    public let removesLastRule: Bool
    /// The longest that fetching a state takes.
    public let stateTransfer: TimeSpan
    /// The length of the hosts' frames, in bytes.
    public let frameLength: Int
    /// The largest frame of the links, in bytes: long frames are wrapped in parts.
    public let maximumFrame = 1514

    /// The scenario of a seed.
    public init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        lag = random.pick([.microseconds(100), .milliseconds(1), .milliseconds(5), .milliseconds(30)])
        controlLoss = random.pick([0, 0, 0.05, 0.3])
        flows = random.number(in: 1...6)
        isBidirectional = random.chance(0.75)
        destinations = [2] + (0..<random.number(in: 0...2)).map { _ in random.pick([1, 2]) }
        removesLastRule = random.chance(0.3)
        stateTransfer = random.pick([.zero, .milliseconds(1), .milliseconds(10), .milliseconds(100)])
        frameLength = random.pick([58, 58, 1000, 1514])
    }
}

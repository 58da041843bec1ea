/// How long answers take at present, with everything on the way that they wait in line for.
///
/// When a thousand flows begin to move at once, answers take longer than the pause before a frame is repeated. Repeats would then only
/// make the lines longer that the answers wait in: of the frames of such a burst they were three in four.
public struct AnswerTime: Hashable, Sendable {
    /// What the estimate never falls below.
    private static let least = TimeSpan.microseconds(100)
    /// How long an answer says anything about the next one.
    private static let memory = TimeSpan.seconds(1)

    private let longestPause: TimeSpan
    /// That of the first answer; rises by an eighth with each answer that took longer, falls by as much with each that took less: half of
    /// them take less, and a minority that was lost on its first way does not count as slowness.
    private var usual = Self.least
    private var lastAnswer: Instant?

    /// Nothing is known yet.
    ///
    /// - Parameter longestPause: the longest that a repeat is put off.
    public init(longestPause: TimeSpan) {
        self.longestPause = longestPause
    }

    /// Somebody has answered after so long, repeats and all.
    public mutating func answered(after span: TimeSpan, at now: Instant) {
        // Beyond that nothing is put off, and nothing needs to be known.
        let span = min(max(Self.least, span), longestPause)
        defer { lastAnswer = now }
        guard let lastAnswer, now - lastAnswer < Self.memory else { return usual = span }
        let step = usual.nanoseconds / 8
        usual = max(Self.least, TimeSpan(nanoseconds: usual.nanoseconds + (span > usual ? step : -step)))
    }

    /// When a frame may be repeated that was last sent at `asked`; nil when it may be now, because an answer would have come: it takes
    /// more than twice as long as usual.
    public func earliestRepeat(after asked: Instant, at now: Instant) -> Instant? {
        guard let lastAnswer, now - lastAnswer < Self.memory else { return nil }
        let earliest = asked + min(usual * 2, longestPause)
        return earliest > now ? earliest : nil
    }
}

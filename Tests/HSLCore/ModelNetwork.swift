import HSLCore
import Timing

/// Virtual time and FIFO links with random delays, after `network.py` of the design's models.
final class ModelNetwork {
    enum Link: Int, CaseIterable {
        case switchToSource, switchToDestination, sourceToSwitch, destinationToSwitch, packetIn, openFlow

        var delay: Double {
            switch self {
            case .packetIn, .openFlow: 0.2
            default: 0.02
            }
        }
    }

    private struct Event {
        let time: Double
        let order: Int
        let action: () -> Void
    }

    var random: SeededGenerator
    let loss: Double
    /// The longest a cached flow outlives its rule, in milliseconds.
    let lag: Double
    /// Milliseconds since the start.
    private(set) var now = 0.0
    private var events: [Event] = []
    private var count = 0
    private var linkFree: [Int: Double] = [:]

    init(seed: UInt64, loss: Double) {
        random = SeededGenerator(state: seed)
        self.loss = loss
        let lags: [Double] = [0.1, 1, 5, 30]
        lag = lags.randomElement(using: &random) ?? 1
    }

    var instant: Instant { Instant(nanoseconds: Int64(now * 1e6)) }

    func uniform() -> Double { .random(in: 0..<1, using: &random) }

    func chance(_ probability: Double) -> Bool { uniform() < probability }

    func after(_ delay: Double, _ action: @escaping () -> Void) {
        at(now + delay, action)
    }

    private func at(_ time: Double, _ action: @escaping () -> Void) {
        events.append(Event(time: time, order: count, action: action))
        count += 1
        var child = events.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            events.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Delivers in the order of sending per link and direction.
    func send(_ link: Link, _ direction: Int, _ action: @escaping () -> Void) {
        let delay = uniform() * link.delay * (chance(0.25) ? 20 : 1)
        let key = link.rawValue * 2 + direction
        let arrival = max(linkFree[key] ?? 0, now + delay)
        linkFree[key] = arrival
        at(arrival, action)
    }

    /// Delivers a control frame, unless it is lost; sometimes once more, much later.
    func sendLossy(_ link: Link, _ direction: Int, _ action: @escaping () -> Void) {
        if chance(loss) { return }
        send(link, direction, action)
        if loss > 0, chance(0.05) { after(uniform() * 100, action) }
    }

    func cacheLag() -> Double {
        let share: [Double] = [0, 0.1, 1]
        return uniform() * lag * (share.randomElement(using: &random) ?? 1)
    }

    /// Sending times of one direction: steady, in bursts, nearly silent, or starting late.
    func traffic() -> [Double] {
        enum Mode: CaseIterable { case steady, burst, silent, late }
        let mode = Mode.allCases.randomElement(using: &random) ?? .steady
        var time = uniform() * 5 + (mode == .late ? uniform() * 120 : 0)
        let packets = Int.random(in: mode == .silent ? 0...3 : 5...60, using: &random)
        let paces: [Double] = [0.05, 0.5, 2]
        let pace = paces.randomElement(using: &random) ?? 1
        return (0..<packets).map { _ in
            time += mode == .burst ? (chance(0.5) ? 0 : uniform() * 10) : uniform() * 2 * pace
            return time
        }
    }

    /// Runs until nothing is left to happen; false if that takes longer than so many virtual milliseconds.
    func run(atMost limit: Double = 25_000) -> Bool {
        while let first = events.first {
            let last = events.removeLast()
            if !events.isEmpty {
                events[0] = last
                sink()
            }
            now = first.time
            if now > limit { return false }
            first.action()
        }
        return true
    }

    private func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < events.count && precedes(child, least) { least = child }
            guard least != parent else { return }
            events.swapAt(parent, least)
            parent = least
        }
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        (events[left].time, events[left].order) < (events[right].time, events[right].order)
    }
}

import Timing

/// The links between switches, instances and controller: each takes a random time for everything and keeps its order.
struct Links {
    private struct Line {
        var free = Instant.zero
        var slowness = TimeSpan.zero
    }

    private var lines: [Line]
    private let switches: Int
    private let instances: Int

    init(_ topology: Topology) {
        switches = topology.switches
        instances = topology.instances.count
        lines = Array(repeating: Line(), count: 2 * switches + 6 * instances + 2 * topology.trunks.count)
    }

    /// When something that is put on a link now comes out of it.
    mutating func arrival(
        over link: LinkName, at now: Instant, usually: TimeSpan, _ random: inout SeededGenerator
    ) -> Instant {
        let index = number(of: link)
        let bits = random.next()
        let longest = bits & 3 == 0 ? usually.nanoseconds * 20 : usually.nanoseconds
        let delay = longest == 0 ? 0 : Int64((bits >> 2) % UInt64(longest))
        let instant = max(lines[index].free, now + TimeSpan(nanoseconds: delay) + lines[index].slowness)
        lines[index].free = instant
        return instant
    }

    /// Makes everything on a link take longer from now on.
    mutating func slow(_ link: LinkName, by slowness: TimeSpan) { lines[number(of: link)].slowness = slowness }

    private func number(of link: LinkName) -> Int {
        switch link {
        case .toController(let number): 2 * number
        case .fromController(let number): 2 * number + 1
        case .toInstance(let instance, let pair): 2 * switches + 6 * instance + pair
        case .fromInstance(let instance, let pair): 2 * switches + 6 * instance + 2 + pair
        case .toFunction(let instance): 2 * switches + 6 * instance + 4
        case .fromFunction(let instance): 2 * switches + 6 * instance + 5
        case .trunk(let trunk, let isBackwards): 2 * switches + 6 * instances + 2 * trunk + (isBackwards ? 1 : 0)
        }
    }
}

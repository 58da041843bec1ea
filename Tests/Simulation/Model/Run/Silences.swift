import HandoverEngine
import Timing

/// When a flow counts as new in a group: after a silence as long as a rule's detection, with nothing of it on its way there.
struct Silences {
    /// A flow's passage through a group.
    fileprivate struct Passage {
        var lastEntered: Instant?
        var entered = Both<UInt32>(0)
        var processed = Both<UInt32>(0)
        var epoch: UInt32 = 0
        /// The first packets of epochs.
        var firsts = Both<[(packet: UInt32, epoch: UInt32)]>([])
        var awaitsFirst = Both(true)

        /// Whether everything that came has been processed: a flow of which something waits in a buffer is not silent.
        var isQuiet: Bool { entered == processed }
    }

    /// A silence of this length may make a flow a new one: the rules' detection lasts no longer without packets.
    static let long = TimeSpan.seconds(1)

    private var passages: [[Passage]]

    init(flows: Int, groups: Int) {
        passages = Array(repeating: Array(repeating: Passage(), count: groups), count: flows)
    }

    /// A packet arrives at the switch where a group begins in its direction.
    mutating func enters(_ tag: TestFrame.Tag, _ group: Int, at now: Instant) {
        passages[tag.flow][group].enter(tag, at: now)
    }

    /// A function of a group processes a packet; gives the epoch that it belongs to there, and whether it is the first of it in its
    /// direction.
    mutating func processes(_ tag: TestFrame.Tag, _ group: Int) -> (epoch: UInt32, isFirst: Bool) {
        passages[tag.flow][group].processed[tag.direction] += 1
        let first = passages[tag.flow][group].firsts[tag.direction].last { $0.packet <= tag.sequence }
        return (first?.epoch ?? 0, first?.packet == tag.sequence)
    }

    /// The epoch of a flow in a group.
    func epoch(of flow: Int, in group: Int) -> UInt32 { passages[flow][group].epoch }

    /// When the last packet of a flow came to a group.
    func lastEntered(_ flow: Int, _ group: Int) -> Instant? { passages[flow][group].lastEntered }
}

extension Silences.Passage {
    fileprivate mutating func enter(_ tag: TestFrame.Tag, at now: Instant) {
        if let last = lastEntered, now - last >= Silences.long, isQuiet {
            epoch += 1
            awaitsFirst = Both(true)
        }
        if awaitsFirst[tag.direction] {
            awaitsFirst[tag.direction] = false
            firsts[tag.direction].append((tag.sequence, epoch))
        }
        lastEntered = now
        entered[tag.direction] += 1
    }
}

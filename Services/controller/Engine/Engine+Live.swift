import Timing

extension Engine {
    /// A flow handover and what the engine keeps about it.
    struct Live: Sendable {
        private var body: Body
        let origin: Origin
        /// The relocation that waits for its outcome.
        let relocation: Serial
        /// On the direct route: under what the destination holds the flow.
        let holding: FlowHandover.Holding?
        /// Where it has said so before the handover began.
        let reported: Set<Direction>
        /// Where the flow comes in, once a packet has shown that.
        var entrances = Entrances()
        /// By side, the switches where the last packets of the source may not have gone out yet.
        var crossings: [Direction: Set<DatapathID>] = [:]
        /// The relocation that wants its flow to go on when it is over.
        var next: Serial?
        /// What waits for the flow where it is to go next, in order.
        var behind: [Behind] = []
        /// The frames it held when it was last looked at.
        var held = BufferCount()
        /// When it will next be looked at, if that is scheduled.
        var scheduled: Instant?
        /// When an instance was last asked something.
        var asked = Instant.zero
        /// The priorities at which it has exact entries.
        var levels = EntryLevels.PerEntrance()
        /// Whether it keeps switches and agents busy: it has not arrived in every direction that spoke.
        var isBusy = false
        /// How far it was when that was last written down.
        var noted: Checkpoint?

        init(_ handover: FlowHandover, origin: Origin, relocation: Serial, holding: FlowHandover.Holding?, reported: Set<Direction>) {
            body = Body(handover)
            self.origin = origin
            self.relocation = relocation
            self.holding = holding
            self.reported = reported
        }

        var handover: FlowHandover {
            _read { yield body.handover }
            _modify {
                if !isKnownUniquelyReferenced(&body) { body = Body(body.handover) }
                yield &body.handover
            }
        }

        var group: Group { origin.group }
        /// A packet of the flow, by which to find the rules that cover it.
        var sample: Sample { origin.sample }
    }

    /// A handover is large and looked at for every message, so copies of an entry share it until one of them changes it.
    // Changed only while nobody shares it.
    private final class Body: @unchecked Sendable {
        var handover: FlowHandover

        init(_ handover: FlowHandover) { self.handover = handover }
    }

    /// Where a handover's flow comes in, and how it looks: never changes, so that copies share it.
    final class Origin: Sendable {
        let group: Group
        let sample: Sample

        init(group: Group, sample: Sample) {
            self.group = group
            self.sample = sample
        }
    }
}

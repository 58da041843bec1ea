import ControlFrames
import Mutations
import OpenFlow
import Timing

/// What a controller would do that took the answer to a barrier, or a test frame, for proof that a switch has let go of an old entry.
/// The simulator shows by it that neither is.
extension Engine {
    /// Asks for the answer after a flow was redirected.
    mutating func probe(_ actions: [FlowHandover.Action], of serial: Serial) {
        guard Mutation.trustBarrier.isActive || Mutation.trustFollowUp.isActive || Mutation.fenceOnBarrier.isActive else { return }
        for case .install(.moving(.forth, .redirect), let direction) in actions {
            for there in live[serial].map({ topology.entrances(of: $0.group, direction) }) ?? [] {
                probes[there.datapath, default: []].append(Probe(serial: serial, direction: direction))
                send(.barrierRequest, to: there.datapath)
            }
        }
    }

    /// The answer has come.
    mutating func probed(_ datapath: DatapathID, at now: Instant) {
        guard let probe = probes[datapath]?.first else { return }
        probes[datapath]?.removeFirst()
        update(probe.serial, at: now) { handover, actions in
            handover.directions[probe.direction].heard(.forth, at: now)
            if !Mutation.fenceOnBarrier.isActive { _ = handover.directions[probe.direction].mark() }
            handover.openFences(probe.direction, at: now, &actions)
            handover.advance(probe.direction, at: now, &actions)
        }
    }
}

/// A switch's answer that is awaited for a direction of a handover.
struct Probe: Sendable {
    let serial: Serial
    let direction: Direction
}

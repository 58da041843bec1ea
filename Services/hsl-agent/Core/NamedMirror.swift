import ControlFrames
import Timing

/// The other direction of a flow, which the source's VNF has named because it translates addresses (design, Section 2.1).
struct NamedMirror: Sendable {
    /// - `announced`: MIRROR is repeated → `known` (MIRROR_ACK, or START there), `unheard` (nobody answered in time)
    enum State: Sendable {
        case announced(Backoff)
        case known
        case unheard
    }

    /// The interface where it enters.
    let port: Int
    private(set) var state: State

    init(port: Int, _ backoff: Backoff) {
        self.port = port
        state = .announced(backoff)
    }

    var isKnown: Bool {
        if case .known = state { true } else { false }
    }

    mutating func acknowledged() { state = .known }

    mutating func step(at now: Instant) -> (step: Backoff.Step, next: Instant)? {
        guard case .announced(var backoff) = state else { return nil }
        let step = backoff.step(at: now)
        state = step == .giveUp ? .unheard : .announced(backoff)
        return (step, backoff.next)
    }
}

/// Why a VNF's word of a mirror changes nothing.
enum MirrorProblem: Error, Hashable, Sendable {
    /// The VNF is not the source of such a handover, or has said `ready` already.
    case noSource
    /// Both directions move already, and it is none of them.
    case bothDirections
    /// Flows move together: the rule names the reverse match instead.
    case notOfThisMode
    /// There is not exactly one other interface.
    case noOtherInterface
    /// The flow takes part in something else there.
    case busy

    /// The reason for people.
    var reason: String {
        switch self {
        case .noSource: "no such handover waits for this source's 'ready'"
        case .bothDirections: "both directions of the handover are known"
        case .notOfThisMode: "a mirror is named where flows move one by one"
        case .noOtherInterface: "the VNF does not have two interfaces"
        case .busy: "the flow takes part in another handover"
        }
    }
}

import Frames
import TrafficKit

/// The example network function without its sockets: the state it keeps of each flow, and its part in a handover.
///
/// This is all that a function has to do to move state: freeze and say so, hand the state to a peer that asks, fetch it as
/// destination and say so (paper, Section 3.4). Both copies are kept until the end is told: a completed handover ends the source's,
/// an aborted one the destination's. A real function has its own state in place of the digest.
package struct ExampleFunction: Sendable {
    /// What its owner has to do.
    package enum Action: Hashable, Sendable {
        /// Answer on the control channel at once.
        case answer(ControlReply)
        /// Ask the function at this address for the state of these flows.
        case fetch(handover: UInt16, flows: [FlowKey], from: String)
        /// Answer on the control channel when the configured state transfer time is over.
        case answerLater(ControlReply)
    }

    private enum Phase: Hashable {
        case owned
        /// Source: the state stays as it is until the handover's end. `late` frames came all the same.
        case frozen(handover: UInt16, late: Int)
        case awaiting(handover: UInt16)
        /// Destination: the state is in place, and the flow owned unless the handover is aborted.
        case fetched(handover: UInt16)
    }

    private struct Flow {
        var state = SequenceState()
        var phase = Phase.owned

        /// Takes a payload in; false where the protocol says that there can be none.
        mutating func take(_ payload: RawSpan) -> Bool {
            state.append(payload)
            switch phase {
            case .owned, .fetched: return true
            case .awaiting: return false
            case .frozen(let handover, let late):
                phase = .frozen(handover: handover, late: late + 1)
                return false
            }
        }
    }

    private struct Handover {
        let role: ControlEvent.Role
        let flows: [FlowKey]
        let peerAddress: String?
    }

    /// Frames of frozen flows, and frames of flows whose state was not in place.
    package private(set) var violations = 0
    /// Frames whose headers could not be read.
    package private(set) var unreadable = 0
    private var flows: [FlowKey: Flow] = [:]
    private var handovers: [UInt16: Handover] = [:]

    /// A function that has seen nothing.
    package init() {}

    /// Takes a frame into its flow's state. The frame is passed on whatever comes of it.
    package mutating func process(_ frame: RawSpan) {
        guard let headers = try? PacketHeaders(frame) else {
            unreadable += 1
            return
        }
        if !flows[headers.flow, default: Flow()].take(frame.transportPayload()) { violations += 1 }
    }

    /// Obeys the control channel. With `start`, all frames that have come must have been processed before.
    package mutating func handle(_ event: ControlEvent) -> Action? {
        switch event.event {
        case .start: start(event)
        case .transfer: transfer(event)
        case .end: end(event)
        }
    }

    private mutating func start(_ event: ControlEvent) -> Action? {
        guard let role = event.role else { return nil }
        guard let flow = event.flow else {
            return .answer(ControlReply(.stateFailed, handover: event.handover, reason: "not one flow"))
        }
        let moved = event.bidirectional == false ? [flow] : [flow, flow.mirrored]
        if let known = handovers[event.handover], known.role == role, known.flows == moved {
            return .answer(ControlReply(.ready, handover: event.handover))
        }
        handovers[event.handover] = Handover(role: role, flows: moved, peerAddress: event.peer?.address)
        for key in moved {
            switch role {
            case .source: flows[key, default: Flow()].phase = .frozen(handover: event.handover, late: 0)
            case .destination: flows[key] = Flow(phase: .awaiting(handover: event.handover))
            }
        }
        return .answer(ControlReply(.ready, handover: event.handover))
    }

    private func transfer(_ event: ControlEvent) -> Action {
        guard let handover = handovers[event.handover], handover.role == .destination else {
            return .answer(ControlReply(.stateFailed, handover: event.handover, reason: "no such handover"))
        }
        guard let address = event.peer?.address ?? handover.peerAddress else {
            return .answer(ControlReply(.stateFailed, handover: event.handover, reason: "the peer's address is not known"))
        }
        return .fetch(handover: event.handover, flows: handover.flows, from: address)
    }

    private mutating func end(_ event: ControlEvent) -> Action? {
        guard let handover = handovers.removeValue(forKey: event.handover) else { return nil }
        for key in handover.flows {
            switch flows[key]?.phase {
            case .frozen(event.handover, let late):
                if event.outcome == "completed" {
                    flows[key] = nil
                } else {
                    // What came after the end of the handover may have overtaken the word of it: that is no violation.
                    violations -= late
                    flows[key]?.phase = .owned
                }
            case .awaiting(event.handover):
                flows[key] = nil
            case .fetched(event.handover):
                if event.outcome == "aborted" { flows[key] = nil } else { flows[key]?.phase = .owned }
            default:
                break
            }
        }
        return nil
    }

    /// The answer to a peer that fetches the state of flows, in their order.
    package func fetched(handover: UInt16, flows asked: [FlowKey]) -> PeerReply {
        var states: [SequenceState?] = []
        for key in asked {
            guard let flow = flows[key], case .frozen = flow.phase else {
                return .refused(handover: handover, reason: "\(key) is not frozen here")
            }
            states.append(flow.state)
        }
        return .state(handover: handover, states: states)
    }

    /// Puts a peer's answer in place.
    package mutating func install(_ reply: PeerReply) -> Action {
        switch reply {
        case .refused(let handover, let reason):
            return .answer(ControlReply(.stateFailed, handover: handover, reason: reason))
        case .state(let number, let states):
            guard let handover = handovers[number], handover.flows.count == states.count else {
                return .answer(ControlReply(.stateFailed, handover: number, reason: "the peer's answer does not fit the question"))
            }
            for (key, state) in zip(handover.flows, states) where flows[key]?.phase == .awaiting(handover: number) {
                flows[key] = Flow(state: state ?? SequenceState(), phase: .fetched(handover: number))
            }
            return .answerLater(ControlReply(.stateReady, handover: number))
        }
    }

    /// All flows, in the order of their names.
    package func dumpFlows() -> [StateDump.Flow] {
        flows.map { key, flow in
            let phase =
                switch flow.phase {
                case .owned, .fetched: "owned"
                case .frozen: "frozen"
                case .awaiting: "awaiting"
                }
            return StateDump.Flow(flow: "\(key)", state: flow.state, phase: phase)
        }.sorted { $0.flow < $1.flow }
    }
}

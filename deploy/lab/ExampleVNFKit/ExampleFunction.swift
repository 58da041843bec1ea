import Frames
import TrafficKit

/// The example network function without its sockets: the state it keeps of each flow, and its part in a handover.
///
/// This is all that a function has to do to move state: freeze and say so, hand the state to a peer that asks, fetch it as
/// destination and say so (paper, Section 3.4). Both copies are kept until the end is told: a completed handover ends the source's,
/// an aborted one the destination's. Whether one flow moves or all of a match together is the same but for one thing: flows of a match
/// may begin at any time, also in the middle. A real function has its own state in place of the digest.
package struct ExampleFunction: Sendable {
    /// What its owner has to do.
    package enum Action: Hashable, Sendable {
        /// Answer on the control channel at once.
        case answer(ControlReply)
        /// Ask the function at this address for the state that moves.
        case fetch(handover: UInt16, from: String)
        /// Answer on the control channel when the configured state transfer time is over.
        case answerLater(ControlReply)
        /// End at once.
        case die
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
        let subject: Subject
        let peerAddress: String?
        var hasState = false
    }

    /// Frames of frozen flows, and frames of flows whose state was not in place.
    package private(set) var violations = 0
    /// Frames whose headers could not be read.
    package private(set) var unreadable = 0
    private var flows: [FlowKey: Flow] = [:]
    private var handovers: [UInt16: Handover] = [:]
    /// Those of them that move all flows of a match, which may begin in the middle.
    private var groups: Set<UInt16> = []
    private let fault: Fault?

    /// A function that has seen nothing; as a destination it does what the fault says.
    package init(fault: Fault? = nil) { self.fault = fault }

    /// Takes a frame into its flow's state. The frame is passed on whatever comes of it.
    package mutating func process(_ frame: RawSpan) {
        guard let headers = try? PacketHeaders(frame) else {
            unreadable += 1
            return
        }
        var flow = flows[headers.flow] ?? Flow(phase: phase(ofNew: headers.flow))
        if !flow.take(frame.transportPayload()) { violations += 1 }
        flows[headers.flow] = flow
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
        guard let subject = event.subject else {
            return .answer(ControlReply(.stateFailed, handover: event.handover, reason: "neither a flow nor a match"))
        }
        if fault == .neverReady { return nil }
        if let known = handovers[event.handover], known.role == role, known.subject == subject {
            return .answer(ControlReply(.ready, handover: event.handover))
        }
        handovers[event.handover] = Handover(role: role, subject: subject, peerAddress: event.peer?.address)
        if case .match = subject { groups.insert(event.handover) }
        switch role {
        case .source:
            for flow in flows(of: subject) { flows[flow, default: Flow()].phase = .frozen(handover: event.handover, late: 0) }
        case .destination:
            // What is known of a flow that comes is out of date. Of a match there may be flows that were here all the time.
            for flow in subject.flows ?? [] { flows[flow] = Flow(phase: .awaiting(handover: event.handover)) }
        }
        return .answer(ControlReply(.ready, handover: event.handover))
    }

    private func transfer(_ event: ControlEvent) -> Action {
        guard let handover = handovers[event.handover], handover.role == .destination else {
            return .answer(ControlReply(.stateFailed, handover: event.handover, reason: "no such handover"))
        }
        switch fault {
        case .stateFailed: return .answer(ControlReply(.stateFailed, handover: event.handover, reason: "told to fail"))
        case .dies: return .die
        case .neverReady, nil: break
        }
        guard let address = event.peer?.address ?? handover.peerAddress else {
            return .answer(ControlReply(.stateFailed, handover: event.handover, reason: "the peer's address is not known"))
        }
        return .fetch(handover: event.handover, from: address)
    }

    private mutating func end(_ event: ControlEvent) -> Action? {
        guard let handover = handovers.removeValue(forKey: event.handover) else { return nil }
        groups.remove(event.handover)
        for flow in flows(of: handover.subject) {
            switch flows[flow]?.phase {
            case .frozen(event.handover, let late):
                if event.outcome == "completed" {
                    flows[flow] = nil
                } else {
                    // What came after the end of the handover may have overtaken the word of it: that is no violation.
                    violations -= late
                    flows[flow]?.phase = .owned
                }
            case .awaiting(event.handover):
                flows[flow] = nil
            case .fetched(event.handover):
                if event.outcome == "aborted" { flows[flow] = nil } else { flows[flow]?.phase = .owned }
            default:
                break
            }
        }
        return nil
    }

    /// The answer to a peer that fetches what moves with a handover.
    package func fetched(handover number: UInt16) -> PeerReply {
        guard let handover = handovers[number], handover.role == .source else {
            return .refused(handover: number, reason: "no such handover leaves here")
        }
        var states: [FlowKey: SequenceState] = [:]
        for flow in flows(of: handover.subject) { states[flow] = flows[flow]?.state }
        return .state(handover: number, flows: states)
    }

    /// Puts a peer's answer in place.
    package mutating func install(_ reply: PeerReply) -> Action {
        switch reply {
        case .refused(let number, let reason):
            return .answer(ControlReply(.stateFailed, handover: number, reason: reason))
        case .state(let number, let states):
            guard let handover = handovers[number], handover.role == .destination, states.keys.allSatisfy(handover.subject.covers) else {
                return .answer(ControlReply(.stateFailed, handover: number, reason: "the peer's answer does not fit the question"))
            }
            // Asked for twice, it is answered twice: by then packets may have come.
            if !handover.hasState {
                for (flow, state) in states { flows[flow] = Flow(state: state, phase: .fetched(handover: number)) }
                handovers[number]?.hasState = true
            }
            return .answerLater(ControlReply(.stateReady, handover: number))
        }
    }

    /// The flows of a subject: of a match, those that were seen.
    private func flows(of subject: Subject) -> [FlowKey] { subject.flows ?? flows.keys.filter(subject.covers) }

    /// Where a flow is that was never seen: it may be one of a match that moves.
    private func phase(ofNew flow: FlowKey) -> Phase {
        for number in groups {
            guard let handover = handovers[number], handover.subject.covers(flow) else { continue }
            switch handover.role {
            case .source: return .frozen(handover: number, late: 0)
            case .destination: return handover.hasState ? .fetched(handover: number) : .awaiting(handover: number)
            }
        }
        return .owned
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

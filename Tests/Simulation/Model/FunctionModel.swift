import ControlFrames
import Frames
import HSLCore
import HandoverEngine
import Timing

/// A network function whose state is the list of packets it has seen: S⟨p1…pn⟩ (paper, Section 3.6).
///
/// It processes frames one after the other, each a moment after it came, passes them on, freezes a flow's state when told, and fetches
/// it from its peer when told.
final class FunctionModel {
    /// The state of one conversation, by the flow as it is in the forward direction.
    struct State: Equatable {
        var packets: [Direction: [UInt32]] = [:]
    }

    let id: UInt16
    private unowned let network: Network
    private unowned var agent: AgentModel!
    private(set) var states: [FlowKey: State] = [:]
    private var frozen: [FlowKey: HandoverID] = [:]
    private var awaited: Set<FlowKey> = []
    private var busyUntil = Instant.zero
    /// What went wrong: a packet met a flow without its state, or a state that was frozen.
    private(set) var violations: [String] = []

    init(_ id: UInt16, in network: Network) {
        self.id = id
        self.network = network
    }

    func attach(_ agent: AgentModel) { self.agent = agent }

    /// A frame arrives on one of its two interfaces.
    func receive(_ frame: [UInt8], pair: Int) {
        inTurn { [self] in
            process(frame, pair: pair)
            agent.fromFunction(frame, pair: 1 - pair)
        }
    }

    private func process(_ frame: [UInt8], pair: Int) {
        guard let headers = try? PacketHeaders(frame.span.bytes), let sequence = TestFrame.sequence(of: frame) else { return }
        let direction: Direction = pair == 0 ? .forward : .reverse
        let flow = direction == .forward ? headers.flow : headers.flow.mirrored
        if frozen[flow] != nil {
            violations.append("VNF \(id) got packet \(sequence) \(direction) of \(flow) after it had frozen its state")
        }
        if awaited.contains(flow) { violations.append("VNF \(id) got packet \(sequence) \(direction) of \(flow) before its state") }
        states[flow, default: State()].packets[direction, default: []].append(sequence)
    }

    /// What the handover support layer says on the control channel.
    func told(_ notification: Notification) {
        switch notification {
        case .start(let handover, .source, let flow, _):
            inTurn { [self] in
                frozen[canonical(flow)] = handover
                agent.fromFunction(.ready(handover))
            }
        case .start(let handover, .destination, let flow, _):
            inTurn { [self] in
                awaited.insert(canonical(flow))
                agent.fromFunction(.ready(handover))
            }
        case .transfer(let handover, let flow, let peer):
            let delay = network.random.span(upTo: network.random.pick([.zero, .milliseconds(1), network.scenario.stateTransfer]))
            network.after(delay) { [self] in fetch(canonical(flow), from: peer.vnf, for: handover) }
        case .end: break
        }
    }

    private func fetch(_ flow: FlowKey, from peer: UInt16, for handover: HandoverID) {
        guard let source = network.agents[peer]?.function else { return }
        if source.frozen[flow] == nil { violations.append("VNF \(id) fetched the state of \(flow) before VNF \(peer) had frozen it") }
        if let state = source.giveAway(flow) { states[flow] = state }
        awaited.remove(flow)
        agent.fromFunction(.stateReady(handover))
    }

    private func giveAway(_ flow: FlowKey) -> State? {
        frozen[flow] = nil
        return states.removeValue(forKey: flow)
    }

    private func inTurn(_ work: @escaping () -> Void) {
        busyUntil = max(busyUntil, network.clock.now) + network.random.span(upTo: .microseconds(network.random.pick([5, 5, 300])))
        network.at(busyUntil, work)
    }

    /// Conversations are known by their forward direction: from the side with the lower address.
    private func canonical(_ flow: FlowKey) -> FlowKey {
        guard case .ipv4(let source, let destination, _) = flow.network else { return flow }
        return source.bits < destination.bits ? flow : flow.mirrored
    }
}

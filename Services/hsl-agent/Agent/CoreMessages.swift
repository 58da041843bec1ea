import ControlChannel
import HSLCore
import Timing

extension FunctionEvent {
    /// What happened on the control channel, in the core's words.
    init(_ event: ControlChannelServer.Event) {
        self =
            switch event {
            case .connected: .connected
            case .disconnected: .disconnected
            case .message(.ready(let handover)): .ready(handover: handover)
            case .message(.stateReady(let handover)): .stateReady(handover: handover)
            case .message(.stateFailed(let handover, let reason)): .stateFailed(handover: handover, reason: reason)
            }
    }
}

extension AgentMessage {
    /// What the core wants the network function told, in the control channel's words.
    init(_ notification: Notification) {
        self =
            switch notification {
            case .start(let handover, let role, let flow, let peer):
                .start(handover: handover, role: role == .source ? .source : .destination, flow: flow, peer: Peer(peer))
            case .transfer(let handover, let flow, let peer): .transfer(handover: handover, flow: flow, peer: Peer(peer))
            case .end(let handover, let outcome): .end(handover: handover, outcome: outcome)
            }
    }
}

extension AgentMessage.Peer {
    fileprivate init(_ peer: HSLCore.Peer) {
        self.init(vnf: peer.vnf, address: peer.address)
    }
}

extension AgentConfiguration {
    /// What the core needs to know, with the MTU of every port by index.
    func core(mtus: [Int]) -> Configuration {
        Configuration(vnf: vnf, mtus: mtus)
    }
}

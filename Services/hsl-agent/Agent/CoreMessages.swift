import ControlChannel
import ControlFrames
import HSLCore
import ServiceSupport
import Shims

extension FunctionEvent {
    /// What happened on the control channel, in the core's words.
    init(_ event: ControlChannelServer.Event) {
        self =
            switch event {
            case .connected: .connected
            case .disconnected: .disconnected
            case .message(.mirror(let handover, let flow)): .mirror(HandoverID(rawValue: handover), flow)
            case .message(.ready(let handover)): .ready(HandoverID(rawValue: handover))
            case .message(.stateReady(let handover)): .stateReady(HandoverID(rawValue: handover))
            case .message(.stateFailed(let handover, let reason)): .stateFailed(HandoverID(rawValue: handover), reason: reason)
            }
    }
}

extension AgentMessage {
    /// What the core wants the network function told, in the control channel's words.
    init(_ notification: Notification) {
        self =
            switch notification {
            case .start(let handover, let role, let subject, let isBidirectional, let peer):
                .start(
                    handover: handover.rawValue, role: Role(role), subject: Subject(subject), isBidirectional: isBidirectional,
                    peer: Peer(peer))
            case .transfer(let handover, let subject, let peer):
                .transfer(handover: handover.rawValue, subject: Subject(subject), peer: Peer(peer))
            case .mirrored(let handover):
                .mirrored(handover: handover.rawValue)
            case .refused(let handover, let reason):
                .error(message: "handover \(handover): \(reason)")
            case .end(let handover, let outcome):
                .end(handover: handover.rawValue, outcome: outcome.rawValue)
            }
    }
}

extension AgentMessage.Role {
    fileprivate init(_ role: HSLCore.Role) {
        self =
            switch role {
            case .source: .source
            case .destination: .destination
            }
    }
}

extension AgentMessage.Subject {
    fileprivate init(_ subject: Start.Subject) {
        self =
            switch subject {
            case .flow(let flow): .flow(flow)
            case .match(let match): .match(match)
            }
    }
}

extension AgentMessage.Peer {
    fileprivate init(_ peer: ControlFrames.Peer) {
        self.init(vnf: peer.vnf, address: peer.address)
    }
}

extension AgentConfiguration {
    /// What the core needs to know, of the ports by index.
    func core(_ shims: [any Shim]) -> Configuration {
        let pairs = stride(from: 0, to: shims.count, by: 2).map { network in
            Configuration.Pair(address: shims[network].address, mtu: shims[network].mtu)
        }
        let firstCounter = ControlKey.firstCounter(unixMilliseconds: WallClock.unixMilliseconds())
        var numbers = SystemRandomNumberGenerator()
        return Configuration(
            vnf: vnf, pairs: pairs, limits: limits, capabilities: capabilities, key: key, firstCounter: firstCounter,
            startedAt: MonotonicClock.now(), process: ProcessNumber(drawnFrom: &numbers))
    }
}

import Frames
import HandoverEngine
import Timing

/// What an orchestrator asks of the controller.
public struct Request: Sendable, Hashable {
    /// What is asked.
    public enum Action: Sendable, Hashable {
        /// Move flows.
        case create(RulePlan)
        /// Take a rule back, and ask again later while the controller refuses.
        case remove(rule: String)
        /// Take an instance out of service.
        case drain(vnf: UInt16, mode: Mode?)
        /// Put it back.
        case endDrain(vnf: UInt16)
    }

    /// When it is asked.
    public var time: Instant
    /// What is asked.
    public var action: Action
}

/// A rule to be asked for.
public struct RulePlan: Sendable, Hashable {
    /// Which flows of a group a rule is about.
    public enum Selection: Sendable, Hashable {
        /// All of them.
        case all
        /// Those to a UDP port of the servers.
        case serverPort(UInt16)
        /// The one from a UDP port of the clients.
        case clientPort(UInt16)
        /// Those from clients that share the first bits of this one's address.
        case clients(like: IPv4Address, bits: Int)
        /// Those of one client host.
        case flow(FlowKey)
    }

    /// What the requester calls it.
    public var name: String
    /// The flows.
    public var selection: Selection
    /// Its priority.
    public var priority: UInt16
    /// Where the flows go.
    public var destination: UInt16
    /// Whether the reverse direction goes too.
    public var isBidirectional = true
    /// Who detects and holds them; nil leaves that to the controller.
    public var mode: Mode? = .sharp
    /// Whether they move each by itself.
    public var grouping = Grouping.perFlow
    /// Whether functions translate the clients' addresses, so that the reverse flows are those to the translator.
    public var isTranslated = false

    /// The rule as the controller is asked for it; nil when its selection makes no sense.
    var specification: RuleSpecification? {
        selection.match.map {
            RuleSpecification(
                match: $0, reverseMatch: reverseMatch, priority: priority, destination: VNFID(destination),
                isBidirectional: isBidirectional, mode: mode, grouping: grouping)
        }
    }

    /// The reverse flows, where they are not the mirror.
    var reverseMatch: FlowMatch? {
        guard isTranslated else { return nil }
        var fields = FlowMatch.Fields()
        fields.ipv4Destination = Masked(Flow.translator)
        return try? FlowMatch(fields)
    }
}

extension RulePlan.Selection {
    /// The selection as the controller knows it.
    var match: FlowMatch? {
        var fields = FlowMatch.Fields()
        switch self {
        case .all: return .any
        case .flow(let key): return FlowMatch(exactly: key)
        case .serverPort(let port):
            fields.etherType = EtherType.ipv4
            fields.udpDestination = port
        case .clientPort(let port):
            fields.etherType = EtherType.ipv4
            fields.udpSource = port
        case .clients(let address, let bits):
            fields.ipv4Source = Masked(address, mask: IPv4Address(bits: bits == 0 ? 0 : ~0 << (32 - UInt32(bits))))
        }
        return try? FlowMatch(fields)
    }

    /// Whether it covers a flow.
    func covers(_ flow: Flow) -> Bool {
        switch self {
        case .all: true
        case .serverPort(let port): flow.serverPort == port
        case .clientPort(let port): flow.clientPort == port
        case .clients(let address, let bits):
            (flow.address(sending: .forward).bits ^ address.bits) >> (32 - UInt32(bits)) == 0
        case .flow(let key): flow.key == key
        }
    }
}

extension RulePlan.Selection: CustomStringConvertible {
    /// The selection for people.
    public var description: String {
        switch self {
        case .all: "all flows"
        case .serverPort(let port): "udp_dst \(port)"
        case .clientPort(let port): "udp_src \(port)"
        case .clients(let address, let bits): "ipv4_src \(address)/\(bits)"
        case .flow(let key): "\(key)"
        }
    }
}

extension Request: CustomStringConvertible {
    /// The request for people.
    public var description: String {
        switch action {
        case .create(let rule):
            "\(time.clock): rule \(rule.name), \(rule.selection), priority \(rule.priority), to VNF \(rule.destination)"
                + (rule.isBidirectional ? "" : ", forward only")
                + (rule.mode == .sharp ? "" : ", \(rule.mode.map { "\($0)" } ?? "no mode")")
                + (rule.grouping == .together ? ", together" : "")
        case .remove(let name): "\(time.clock): remove rule \(name)"
        case .drain(let vnf, let mode): "\(time.clock): drain VNF \(vnf), \(mode.map { "\($0)" } ?? "no mode")"
        case .endDrain(let vnf): "\(time.clock): put VNF \(vnf) back into service"
        }
    }
}

import BusMessages
import HandoverEngine

extension HandoverEngine.PortReference {
    init(_ port: BusMessages.PortReference) {
        switch port {
        case .name(let name): self = .name(name)
        case .number(let number): self = .number(number)
        }
    }
}

extension BusMessages.PortReference {
    init(_ port: HandoverEngine.PortReference) {
        switch port {
        case .name(let name): self = .name(name)
        case .number(let number): self = .number(number)
        }
    }
}

extension SwitchDTO {
    init(_ known: Switch) {
        let specification = SwitchSpecification(id: known.id, datapathId: BusMessages.DatapathID(bits: known.datapath.value))
        let ports = known.ports?.map { Port(number: $0.value, name: $0.key) }.sorted { $0.number < $1.number }
        self.init(specification, connected: known.ports != nil, ports: ports)
    }
}

extension Group {
    init(_ group: GroupDTO) {
        self.init(id: group.id, ingress: Side(group.ingress), egress: Side(group.egress), fallback: group.default.map { VNFID($0) })
    }
}

extension Side {
    fileprivate init(_ side: GroupDTO.Side) {
        let members = side.switches.map { member in
            Member(switchID: member.switch, hostPorts: member.hostPorts.map { HandoverEngine.PortReference($0) })
        }
        guard members.count > 1 || !side.trunks.isEmpty else {
            self.init(switchID: members[0].switchID, hostPorts: members[0].hostPorts, neighbour: side.group)
            return
        }
        self.init(members: members, trunks: side.trunks.map { Trunk(Trunk.End($0.first), Trunk.End($0.second)) })
    }
}

extension Side.Trunk.End {
    fileprivate init(_ end: GroupDTO.Side.TrunkEnd) {
        self.init(switchID: end.switch, port: HandoverEngine.PortReference(end.port))
    }
}

extension GroupDTO {
    init(_ group: Group) {
        self.init(id: group.id, ingress: Side(group.ingress), egress: Side(group.egress), default: group.fallback?.value)
    }
}

extension GroupDTO.Side {
    fileprivate init(_ side: HandoverEngine.Side) {
        let members = side.members.map { member in
            Member(switch: member.switchID, hostPorts: member.hostPorts.map { BusMessages.PortReference($0) })
        }
        guard side.isWide else {
            self.init(switch: members[0].switch, hostPorts: members[0].hostPorts, group: side.neighbour)
            return
        }
        self.init(switches: members, trunks: side.trunks.map { Trunk(TrunkEnd($0.first), TrunkEnd($0.second)) })
    }
}

extension GroupDTO.Side.TrunkEnd {
    fileprivate init(_ end: Side.Trunk.End) {
        self.init(switch: end.switchID, port: BusMessages.PortReference(end.port))
    }
}

extension VNF {
    init(_ vnf: VNFDTO) {
        func attachment(_ interface: VNFDTO.Interface) -> Attachment {
            Attachment(switchID: interface.switch, port: HandoverEngine.PortReference(interface.port), address: interface.mac)
        }
        self.init(
            id: VNFID(vnf.id), group: vnf.group, ingress: attachment(vnf.ingress), egress: attachment(vnf.egress), peerAddress: vnf.address)
    }
}

extension VNFDTO {
    init(_ vnf: VNF) {
        func interface(_ attachment: Attachment) -> Interface {
            Interface(switch: attachment.switchID, port: BusMessages.PortReference(attachment.port), mac: attachment.address)
        }
        self.init(
            id: vnf.id.value, group: vnf.group, ingress: interface(vnf.ingress), egress: interface(vnf.egress), address: vnf.peerAddress)
    }
}

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
        self.init(switchID: side.switch, hostPorts: side.hostPorts.map { HandoverEngine.PortReference($0) }, neighbour: side.group)
    }
}

extension GroupDTO {
    init(_ group: Group) {
        self.init(id: group.id, ingress: Side(group.ingress), egress: Side(group.egress), default: group.fallback?.value)
    }
}

extension GroupDTO.Side {
    fileprivate init(_ side: HandoverEngine.Side) {
        self.init(switch: side.switchID, hostPorts: side.hostPorts.map { BusMessages.PortReference($0) }, group: side.neighbour)
    }
}

extension VNF {
    init(_ vnf: VNFDTO) {
        func attachment(_ interface: VNFDTO.Interface) -> Attachment {
            Attachment(port: HandoverEngine.PortReference(interface.port), address: interface.mac)
        }
        self.init(
            id: VNFID(vnf.id), group: vnf.group, ingress: attachment(vnf.ingress), egress: attachment(vnf.egress), peerAddress: vnf.address)
    }
}

extension VNFDTO {
    init(_ vnf: VNF) {
        func interface(_ attachment: Attachment) -> Interface {
            Interface(port: BusMessages.PortReference(attachment.port), mac: attachment.address)
        }
        self.init(
            id: vnf.id.value, group: vnf.group, ingress: interface(vnf.ingress), egress: interface(vnf.egress), address: vnf.peerAddress)
    }
}

extension FlowMatch {
    /// Whether a packet with these headers is covered, as a switch decides it.
    public func matches(_ headers: PacketHeaders) -> Bool {
        guard agrees(fields.ethSource, headers.ethSource), agrees(fields.ethDestination, headers.ethDestination),
            agrees(fields.etherType, headers.etherType), fields.vlan?.matches(headers.vlan) ?? true,
            agrees(fields.vlanPriority, headers.vlanPriority), agrees(fields.dscp, headers.dscp), agrees(fields.ecn, headers.ecn)
        else { return false }
        // From here on a field that is set has its EtherType in the packet, and below its protocol: they are its prerequisites.
        switch headers.network {
        case .ipv4(let source, let destination, let transport):
            return agrees(fields.ipv4Source, source) && agrees(fields.ipv4Destination, destination)
                && matches(transport, icmp: (IPProtocol.icmp, fields.icmpv4Type, fields.icmpv4Code))
        case .ipv6(let source, let destination, let transport):
            return agrees(fields.ipv6Source, source) && agrees(fields.ipv6Destination, destination)
                && (headers.flowLabel.map { agrees(fields.flowLabel, $0) } ?? true)
                && matches(transport, icmp: (IPProtocol.icmpv6, fields.icmpv6Type, fields.icmpv6Code)) && matches(headers.resolution)
        case .ethernet:
            return matches(headers.resolution)
        }
    }

    private func matches(_ transport: FlowKey.Transport, icmp: (number: UInt8, type: UInt8?, code: UInt8?)) -> Bool {
        switch transport {
        case .tcp(let source, let destination):
            agrees(fields.ipProtocol, IPProtocol.tcp) && agrees(fields.tcpSource, source) && agrees(fields.tcpDestination, destination)
        case .udp(let source, let destination):
            agrees(fields.ipProtocol, IPProtocol.udp) && agrees(fields.udpSource, source) && agrees(fields.udpDestination, destination)
        case .sctp(let source, let destination):
            agrees(fields.ipProtocol, IPProtocol.sctp) && agrees(fields.sctpSource, source) && agrees(fields.sctpDestination, destination)
        case .icmp(let type, let code):
            agrees(fields.ipProtocol, icmp.number) && agrees(icmp.type, type) && agrees(icmp.code, code)
        case .other(let number):
            agrees(fields.ipProtocol, number)
        }
    }

    private func matches(_ resolution: AddressResolution?) -> Bool {
        switch resolution {
        case .arp(let arp):
            agrees(fields.arpOperation, UInt16(arp.operation)) && agrees(fields.arpSenderIP, arp.senderIP)
                && agrees(fields.arpTargetIP, arp.targetIP) && agrees(fields.arpSenderMAC, arp.senderMAC)
                && agrees(fields.arpTargetMAC, arp.targetMAC)
        case .neighbourDiscovery(let message):
            agrees(fields.ndTarget, message.target) && agrees(fields.ndSourceMAC, message.sourceMAC)
                && agrees(fields.ndTargetMAC, message.targetMAC)
        case nil: true
        }
    }

    /// Whether some packet is covered by both.
    public func overlaps(_ other: FlowMatch) -> Bool {
        let (left, right) = (fields, other.fields)
        let link =
            compatible(left.ethSource, right.ethSource) && compatible(left.ethDestination, right.ethDestination)
            && compatible(left.etherType, right.etherType) && compatible(left.vlan, right.vlan)
            && compatible(left.vlanPriority, right.vlanPriority)
        guard link else { return false }
        let network =
            compatible(left.dscp, right.dscp) && compatible(left.ecn, right.ecn) && compatible(left.ipProtocol, right.ipProtocol)
            && compatible(left.ipv4Source, right.ipv4Source) && compatible(left.ipv4Destination, right.ipv4Destination)
            && compatible(left.ipv6Source, right.ipv6Source) && compatible(left.ipv6Destination, right.ipv6Destination)
            && compatible(left.flowLabel, right.flowLabel)
        guard network else { return false }
        let ports =
            compatible(left.tcpSource, right.tcpSource) && compatible(left.tcpDestination, right.tcpDestination)
            && compatible(left.udpSource, right.udpSource) && compatible(left.udpDestination, right.udpDestination)
            && compatible(left.sctpSource, right.sctpSource) && compatible(left.sctpDestination, right.sctpDestination)
        guard ports else { return false }
        let icmp =
            compatible(left.icmpv4Type, right.icmpv4Type) && compatible(left.icmpv4Code, right.icmpv4Code)
            && compatible(left.icmpv6Type, right.icmpv6Type) && compatible(left.icmpv6Code, right.icmpv6Code)
        let resolution =
            compatible(left.arpOperation, right.arpOperation) && compatible(left.arpSenderIP, right.arpSenderIP)
            && compatible(left.arpTargetIP, right.arpTargetIP) && compatible(left.arpSenderMAC, right.arpSenderMAC)
            && compatible(left.arpTargetMAC, right.arpTargetMAC) && compatible(left.ndTarget, right.ndTarget)
            && compatible(left.ndSourceMAC, right.ndSourceMAC) && compatible(left.ndTargetMAC, right.ndTargetMAC)
        return icmp && resolution
    }
}

private func agrees<Value: Equatable>(_ wanted: Value?, _ actual: Value?) -> Bool { wanted == nil || wanted == actual }

private func agrees<Value>(_ wanted: Masked<Value>?, _ actual: Value) -> Bool { wanted?.matches(actual) ?? true }

private func compatible<Value: Equatable>(_ left: Value?, _ right: Value?) -> Bool { left == nil || right == nil || left == right }

private func compatible<Value>(_ left: Masked<Value>?, _ right: Masked<Value>?) -> Bool {
    guard let left, let right else { return true }
    return left.overlaps(right)
}

private func compatible(_ left: VLANMatch?, _ right: VLANMatch?) -> Bool {
    guard let left, let right else { return true }
    return left.overlaps(right)
}

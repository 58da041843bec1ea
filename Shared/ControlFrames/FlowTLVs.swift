import Frames
import Wire

extension ByteWriter {
    /// Appends the TLVs that identify a flow.
    mutating func write(_ flow: FlowKey) {
        if let vlan = flow.vlan { write(.vlan, vlan) }
        switch flow.network {
        case .ipv4(let source, let destination, let transport):
            write(.ethType, EtherType.ipv4)
            write(.ipv4Source, source)
            write(.ipv4Destination, destination)
            write(transport, icmp: IPProtocol.icmp)
        case .ipv6(let source, let destination, let transport):
            write(.ethType, EtherType.ipv6)
            write(.ipv6Source, source)
            write(.ipv6Destination, destination)
            write(transport, icmp: IPProtocol.icmpv6)
        case .ethernet(let source, let destination, let etherType):
            write(.ethType, etherType)
            write(.ethSource, source)
            write(.ethDestination, destination)
        }
    }

    private mutating func write(_ transport: FlowKey.Transport, icmp: UInt8) {
        switch transport {
        case .tcp(let source, let destination):
            write(.ipProtocol, IPProtocol.tcp)
            write(.tcpSource, source)
            write(.tcpDestination, destination)
        case .udp(let source, let destination):
            write(.ipProtocol, IPProtocol.udp)
            write(.udpSource, source)
            write(.udpDestination, destination)
        case .sctp(let source, let destination):
            write(.ipProtocol, IPProtocol.sctp)
            write(.sctpSource, source)
            write(.sctpDestination, destination)
        case .icmp(let type, let code):
            write(.ipProtocol, icmp)
            write(.icmpType, type)
            write(.icmpCode, code)
        case .other(let number):
            write(.ipProtocol, number)
        }
    }
}

extension TLVReader {
    /// The flow that the TLVs identify.
    ///
    /// Ethernet addresses beside IP addresses are ignored. The prototype names no IP protocol beside ports: the ports' kind says it.
    func flow() throws(ControlFrameError) -> FlowKey {
        let vlan: UInt16? = try value(.vlan)
        if let vlan, vlan > 0x0FFF { throw .badValue(TLVType.vlan.rawValue) }
        let etherType: UInt16 = try required(.ethType)
        switch etherType {
        case EtherType.ipv4:
            try refuse([.ipv6Source, .ipv6Destination])
            let source = IPv4Address(bits: try required(.ipv4Source))
            let destination = IPv4Address(bits: try required(.ipv4Destination))
            let transport = try transport(icmp: IPProtocol.icmp)
            return FlowKey(vlan: vlan, network: .ipv4(source: source, destination: destination, transport))
        case EtherType.ipv6:
            try refuse([.ipv4Source, .ipv4Destination])
            let source = try ipv6(.ipv6Source)
            let destination = try ipv6(.ipv6Destination)
            let transport = try transport(icmp: IPProtocol.icmpv6)
            return FlowKey(vlan: vlan, network: .ipv6(source: source, destination: destination, transport))
        default:
            try refuse([.ipv4Source, .ipv4Destination, .ipv6Source, .ipv6Destination, .ipProtocol] + Kind.all)
            let source = try mac(.ethSource)
            let destination = try mac(.ethDestination)
            return FlowKey(vlan: vlan, network: .ethernet(source: source, destination: destination, etherType: etherType))
        }
    }

    /// The TLVs that tell flows of one protocol apart.
    private enum Kind {
        static let tcp: [TLVType] = [.tcpSource, .tcpDestination]
        static let udp: [TLVType] = [.udpSource, .udpDestination]
        static let sctp: [TLVType] = [.sctpSource, .sctpDestination]
        static let icmp: [TLVType] = [.icmpType, .icmpCode]
        static let all = tcp + udp + sctp + icmp
    }

    private func transport(icmp: UInt8) throws(ControlFrameError) -> FlowKey.Transport {
        let number = try ipProtocol(icmp: icmp)
        switch number {
        case IPProtocol.tcp:
            try refuse(Kind.udp + Kind.sctp + Kind.icmp)
            return .tcp(source: try required(.tcpSource), destination: try required(.tcpDestination))
        case IPProtocol.udp:
            try refuse(Kind.tcp + Kind.sctp + Kind.icmp)
            return .udp(source: try required(.udpSource), destination: try required(.udpDestination))
        case IPProtocol.sctp:
            try refuse(Kind.tcp + Kind.udp + Kind.icmp)
            return .sctp(source: try required(.sctpSource), destination: try required(.sctpDestination))
        case icmp:
            try refuse(Kind.tcp + Kind.udp + Kind.sctp)
            return .icmp(type: try required(.icmpType), code: try required(.icmpCode))
        default:
            try refuse(Kind.all)
            return .other(protocol: number)
        }
    }

    private func ipProtocol(icmp: UInt8) throws(ControlFrameError) -> UInt8 {
        if let number: UInt8 = try value(.ipProtocol) { return number }
        if has(.tcpSource) { return IPProtocol.tcp }
        if has(.udpSource) { return IPProtocol.udp }
        if has(.sctpSource) { return IPProtocol.sctp }
        if has(.icmpType) { return icmp }
        throw .missing(TLVType.ipProtocol.rawValue)
    }

    private func refuse(_ types: [TLVType]) throws(ControlFrameError) {
        for type in types where has(type) { throw .badValue(type.rawValue) }
    }

    private func mac(_ type: TLVType) throws(ControlFrameError) -> MACAddress {
        guard let address = try address(type) else { throw .missing(type.rawValue) }
        return address
    }

    private func ipv6(_ type: TLVType) throws(ControlFrameError) -> IPv6Address {
        guard var reader = try reader(type, count: 16) else { throw .missing(type.rawValue) }
        do { return try reader.readIPv6() } catch { throw .badValue(type.rawValue) }
    }
}

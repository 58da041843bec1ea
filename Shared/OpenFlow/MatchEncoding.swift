import Frames
import Wire

extension Match {
    func encode(into writer: inout ByteWriter) {
        let start = writer.count
        writer.write(oxmMatchType)
        writer.write(UInt16(0))
        var list = OXMListWriter(others: others[...])
        if let inPort { list.write(OXMField.inPort, inPort, into: &writer) }
        if let metadata {
            list.write(OXMField.metadata, metadata.value, mask: metadata.mask == .max ? nil : metadata.mask, into: &writer)
        }
        list.write(OXMField.ethDestination, fields.ethDestination, into: &writer)
        list.write(OXMField.ethSource, fields.ethSource, into: &writer)
        list.write(OXMField.etherType, fields.etherType, into: &writer)
        list.write(OXMField.vlan, fields.vlan.map { $0 | vlanPresent }, into: &writer)
        list.write(OXMField.dscp, fields.dscp, into: &writer)
        list.write(OXMField.ipProtocol, fields.ipProtocol, into: &writer)
        list.write(OXMField.ipv4Source, fields.ipv4Source, into: &writer)
        list.write(OXMField.ipv4Destination, fields.ipv4Destination, into: &writer)
        let transport = TransportFields(of: fields)
        if case .ports(let source, let destination) = transport {
            list.write(source, fields.sourcePort, into: &writer)
            list.write(destination, fields.destinationPort, into: &writer)
        }
        if case .icmp(OXMField.icmpv4Type, let code) = transport {
            list.write(OXMField.icmpv4Type, fields.icmpType, into: &writer)
            list.write(code, fields.icmpCode, into: &writer)
        }
        list.write(OXMField.ipv6Source, fields.ipv6Source, into: &writer)
        list.write(OXMField.ipv6Destination, fields.ipv6Destination, into: &writer)
        if case .icmp(OXMField.icmpv6Type, let code) = transport {
            list.write(OXMField.icmpv6Type, fields.icmpType, into: &writer)
            list.write(code, fields.icmpCode, into: &writer)
        }
        list.finish(into: &writer)
        writer.patch(UInt16(truncatingIfNeeded: writer.count - start), at: start + 2)
        writer.pad(from: start, to: 8)
    }
}

/// The OXM fields that say a protocol's ports, or its type and code.
private enum TransportFields {
    case ports(source: UInt8, destination: UInt8)
    case icmp(type: UInt8, code: UInt8)
    case none

    init(of fields: FlowMatch.Fields) {
        switch fields.ipProtocol {
        case IPProtocol.tcp: self = .ports(source: OXMField.tcpSource, destination: OXMField.tcpDestination)
        case IPProtocol.udp: self = .ports(source: OXMField.udpSource, destination: OXMField.udpDestination)
        case IPProtocol.sctp: self = .ports(source: OXMField.sctpSource, destination: OXMField.sctpDestination)
        case IPProtocol.icmp: self = .icmp(type: OXMField.icmpv4Type, code: OXMField.icmpv4Code)
        case IPProtocol.icmpv6: self = .icmp(type: OXMField.icmpv6Type, code: OXMField.icmpv6Code)
        default: self = .none
        }
        let hasPorts = fields.sourcePort != nil || fields.destinationPort != nil
        let hasICMP = fields.icmpType != nil || fields.icmpCode != nil
        // Left out in silence, such a field would make the match cover flows that nobody asked for.
        if case .ports = self {} else { precondition(!hasPorts, "a match with ports of a protocol that has none") }
        if case .icmp = self {} else { precondition(!hasICMP, "a match with an ICMP type of another protocol") }
    }
}

/// Writes modelled fields in the order of their numbers, and the others between them where their numbers belong.
private struct OXMListWriter {
    var others: ArraySlice<RawOXM>

    mutating func write<Value: OXMValue>(_ field: UInt8, _ value: Value?, mask: Value? = nil, into writer: inout ByteWriter) {
        guard let value else { return }
        while let other = others.first, other.oxmClass == OXMHeader.basicClass, other.field < field {
            other.encode(into: &writer)
            others.removeFirst()
        }
        let length = Value.byteCount * (mask == nil ? 1 : 2)
        OXMHeader(oxmClass: OXMHeader.basicClass, field: field, hasMask: mask != nil, length: length).encode(into: &writer)
        value.encode(into: &writer)
        mask?.encode(into: &writer)
    }

    mutating func write<Value: OXMValue>(_ field: UInt8, _ masked: Masked<Value>?, into writer: inout ByteWriter) {
        guard let masked else { return }
        write(field, masked.value, mask: masked.isExact ? nil : masked.mask, into: &writer)
    }

    mutating func finish(into writer: inout ByteWriter) {
        for other in others { other.encode(into: &writer) }
    }
}

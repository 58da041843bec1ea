import Frames
import Wire

extension Match {
    func encode(into writer: inout ByteWriter) {
        let start = writer.count
        writer.write(oxmMatchType)
        writer.write(UInt16(0))
        encodeList(into: &writer)
        writer.patch(UInt16(truncatingIfNeeded: writer.count - start), at: start + 2)
        writer.pad(from: start, to: 8)
    }

    /// Writes the fields without the header of a match and its padding.
    func encodeList(into writer: inout ByteWriter) {
        var list = OXMListWriter(others: others[...])
        encodeLink(&list, into: &writer)
        encodeIPv4(&list, into: &writer)
        encodeIPv6(&list, into: &writer)
        list.finish(into: &writer)
    }

    /// Fields 0…10: the port, Ethernet, and what both versions of IP have.
    private func encodeLink(_ list: inout OXMListWriter, into writer: inout ByteWriter) {
        list.write(OXMField.inPort, inPort, into: &writer)
        if let metadata {
            list.write(OXMField.metadata, metadata.value, mask: metadata.mask == .max ? nil : metadata.mask, into: &writer)
        }
        list.write(OXMField.ethDestination, fields.ethDestination, into: &writer)
        list.write(OXMField.ethSource, fields.ethSource, into: &writer)
        list.write(OXMField.etherType, fields.etherType, into: &writer)
        switch fields.vlan {
        case .untagged: list.write(OXMField.vlan, vlanNone, into: &writer)
        case .tagged(let tag):
            let mask = tag.isExact ? nil : tag.mask.bits | vlanPresent
            list.write(OXMField.vlan, tag.value.bits | vlanPresent, mask: mask, into: &writer)
        case nil: break
        }
        list.write(OXMField.vlanPriority, fields.vlanPriority, into: &writer)
        list.write(OXMField.dscp, fields.dscp, into: &writer)
        list.write(OXMField.ecn, fields.ecn, into: &writer)
        list.write(OXMField.ipProtocol, fields.ipProtocol, into: &writer)
    }

    /// Fields 11…25: IPv4, the transports, ICMP and ARP.
    private func encodeIPv4(_ list: inout OXMListWriter, into writer: inout ByteWriter) {
        list.write(OXMField.ipv4Source, fields.ipv4Source, into: &writer)
        list.write(OXMField.ipv4Destination, fields.ipv4Destination, into: &writer)
        list.write(OXMField.tcpSource, fields.tcpSource, into: &writer)
        list.write(OXMField.tcpDestination, fields.tcpDestination, into: &writer)
        list.write(OXMField.udpSource, fields.udpSource, into: &writer)
        list.write(OXMField.udpDestination, fields.udpDestination, into: &writer)
        list.write(OXMField.sctpSource, fields.sctpSource, into: &writer)
        list.write(OXMField.sctpDestination, fields.sctpDestination, into: &writer)
        list.write(OXMField.icmpv4Type, fields.icmpv4Type, into: &writer)
        list.write(OXMField.icmpv4Code, fields.icmpv4Code, into: &writer)
        list.write(OXMField.arpOperation, fields.arpOperation, into: &writer)
        list.write(OXMField.arpSenderIP, fields.arpSenderIP, into: &writer)
        list.write(OXMField.arpTargetIP, fields.arpTargetIP, into: &writer)
        list.write(OXMField.arpSenderMAC, fields.arpSenderMAC, into: &writer)
        list.write(OXMField.arpTargetMAC, fields.arpTargetMAC, into: &writer)
    }

    /// Fields 26…33: IPv6 and ICMPv6.
    private func encodeIPv6(_ list: inout OXMListWriter, into writer: inout ByteWriter) {
        list.write(OXMField.ipv6Source, fields.ipv6Source, into: &writer)
        list.write(OXMField.ipv6Destination, fields.ipv6Destination, into: &writer)
        list.write(OXMField.flowLabel, fields.flowLabel, into: &writer)
        list.write(OXMField.icmpv6Type, fields.icmpv6Type, into: &writer)
        list.write(OXMField.icmpv6Code, fields.icmpv6Code, into: &writer)
        list.write(OXMField.ndTarget, fields.ndTarget, into: &writer)
        list.write(OXMField.ndSourceMAC, fields.ndSourceMAC, into: &writer)
        list.write(OXMField.ndTargetMAC, fields.ndTargetMAC, into: &writer)
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

import Frames

extension FlowMatch {
    /// Reads the object that comes next, as ``JSONWriter`` writes a match; nil if it is `null`. A field that is not known is refused: the
    /// match would be another without it.
    public init?(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.beginObject() else { return nil }
        var fields = Fields()
        while let name = try reader.nextMember() {
            guard try fields.read(name, &reader) else { throw .malformed }
        }
        do { self = try FlowMatch(fields) } catch { throw .malformed }
    }
}

extension FlowMatch.Fields {
    /// Reads the value of a field; false if there is no such field.
    fileprivate mutating func read(_ name: String, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch name {
        case "eth_src": ethSource = try masked(&reader)
        case "eth_dst": ethDestination = try masked(&reader)
        case "eth_type": etherType = try reader.integer()
        case "vlan_vid": vlan = try readVLAN(&reader)
        case "vlan_pcp": vlanPriority = try reader.integer()
        default:
            if try readIP(name, &reader) { return true }
            if try readTransport(name, &reader) { return true }
            return try readResolution(name, &reader)
        }
        return true
    }

    private mutating func readIP(_ name: String, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch name {
        case "ip_dscp": dscp = try reader.integer()
        case "ip_ecn": ecn = try reader.integer()
        case "ip_proto": ipProtocol = try reader.integer()
        case "ipv4_src": ipv4Source = try masked(&reader)
        case "ipv4_dst": ipv4Destination = try masked(&reader)
        case "ipv6_src": ipv6Source = try masked(&reader)
        case "ipv6_dst": ipv6Destination = try masked(&reader)
        case "ipv6_flabel": flowLabel = try numberOrMasked(&reader) { (bits: UInt32) in FlowLabel(bits: bits) }
        default: return false
        }
        return true
    }

    private mutating func readTransport(_ name: String, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch name {
        case "tcp_src": tcpSource = try reader.integer()
        case "tcp_dst": tcpDestination = try reader.integer()
        case "udp_src": udpSource = try reader.integer()
        case "udp_dst": udpDestination = try reader.integer()
        case "sctp_src": sctpSource = try reader.integer()
        case "sctp_dst": sctpDestination = try reader.integer()
        case "icmpv4_type": icmpv4Type = try reader.integer()
        case "icmpv4_code": icmpv4Code = try reader.integer()
        case "icmpv6_type": icmpv6Type = try reader.integer()
        case "icmpv6_code": icmpv6Code = try reader.integer()
        default: return false
        }
        return true
    }

    private mutating func readResolution(_ name: String, _ reader: inout JSONReader) throws(JSONError) -> Bool {
        switch name {
        case "arp_op": arpOperation = try reader.integer()
        case "arp_spa": arpSenderIP = try masked(&reader)
        case "arp_tpa": arpTargetIP = try masked(&reader)
        case "arp_sha": arpSenderMAC = try masked(&reader)
        case "arp_tha": arpTargetMAC = try masked(&reader)
        case "ipv6_nd_target": ndTarget = try exact(&reader)
        case "ipv6_nd_sll": ndSourceMAC = try exact(&reader)
        case "ipv6_nd_tll": ndTargetMAC = try exact(&reader)
        default: return false
        }
        return true
    }

    private func readVLAN(_ reader: inout JSONReader) throws(JSONError) -> VLANMatch? {
        var ahead = reader
        switch try? ahead.string() {
        case MatchText.untagged:
            reader = ahead
            return .untagged
        case MatchText.anyTag:
            reader = ahead
            return .anyTag
        default:
            return try numberOrMasked(&reader) { (bits: UInt16) in VLANIdentifier(bits: bits) }.map { .tagged($0) }
        }
    }
}

private func masked<Value: MaskedText>(_ reader: inout JSONReader) throws(JSONError) -> Masked<Value>? {
    guard let text = try reader.string() else { return nil }
    do { return try Masked(text: text) } catch { throw .malformed }
}

private func exact<Value: LosslessStringConvertible>(_ reader: inout JSONReader) throws(JSONError) -> Value? {
    guard let text = try reader.string() else { return nil }
    guard let value = Value(text) else { throw .malformed }
    return value
}

/// A number stands for an exact value, a text for a masked one.
private func numberOrMasked<Number: FixedWidthInteger & UnsignedInteger, Value: MaskedText>(
    _ reader: inout JSONReader, _ value: (Number) -> Value
) throws(JSONError) -> Masked<Value>? {
    var ahead = reader
    if let text = try? ahead.string() {
        reader = ahead
        do { return try Masked(text: text) } catch { throw .malformed }
    }
    guard let number: Number = try reader.integer() else { return nil }
    return Masked(value(number))
}

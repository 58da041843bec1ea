import Frames
import Wire

/// OFPMT_OXM, the only type of match in OpenFlow 1.3.
let oxmMatchType: UInt16 = 1
/// The bit that is set in vlan_vid when there is a tag (OFPVID_PRESENT).
let vlanPresent: UInt16 = 0x1000

extension Match {
    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        self.init()
        let type: UInt16 = try reader.next()
        guard type == oxmMatchType else { throw .value(.match, Int(type)) }
        let length = Int(try reader.next(UInt16.self))
        guard length >= 4 else { throw .length(.match, length) }
        var list = try reader.part(length - 4, of: .match)
        try reader.skip(-length & 7)
        var seen: UInt64 = 0
        while list.remaining > 0 {
            let header = try OXMHeader(&list)
            var payload = try list.part(header.length, of: .oxm)
            if header.oxmClass == OXMHeader.basicClass, header.field < 64 {
                guard seen >> UInt64(header.field) & 1 == 0 else { throw .duplicate(field: header.field) }
                seen |= 1 << UInt64(header.field)
            }
            if try !take(header, &payload) { others.append(RawOXM(header, payload.rest())) }
        }
        // A protocol's fields may have come before the protocol's number: what they mean is known only now.
        if !others.isEmpty, fields.ipProtocol != nil { try retake() }
    }

    private mutating func retake() throws(OpenFlowError) {
        let unknown = others
        others = []
        for oxm in unknown {
            var payload = MessageReader(oxm.payload.span.bytes, of: .oxm)
            if try !take(oxm.header, &payload) { others.append(oxm) }
        }
    }

    /// Reads the field if it is modelled; otherwise nothing of the payload is read.
    private mutating func take(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Bool {
        guard header.oxmClass == OXMHeader.basicClass else { return false }
        switch header.field {
        case OXMField.metadata: return try takeMetadata(header, &payload)
        case OXMField.ethDestination: fields.ethDestination = try masked(header, &payload)
        case OXMField.ethSource: fields.ethSource = try masked(header, &payload)
        case OXMField.ipv4Source: fields.ipv4Source = try masked(header, &payload)
        case OXMField.ipv4Destination: fields.ipv4Destination = try masked(header, &payload)
        case OXMField.ipv6Source: fields.ipv6Source = try masked(header, &payload)
        case OXMField.ipv6Destination: fields.ipv6Destination = try masked(header, &payload)
        default: return header.hasMask ? false : try takeExact(header, &payload)
        }
        return true
    }

    private mutating func takeExact(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Bool {
        switch header.field {
        case OXMField.inPort: inPort = try exact(header, &payload)
        case OXMField.etherType: fields.etherType = try exact(header, &payload)
        case OXMField.ipProtocol: fields.ipProtocol = try exact(header, &payload)
        case OXMField.vlan: return try takeVLAN(header, &payload)
        case OXMField.dscp: return try takeDSCP(header, &payload)
        case OXMField.tcpSource where fields.ipProtocol == IPProtocol.tcp,
            OXMField.udpSource where fields.ipProtocol == IPProtocol.udp,
            OXMField.sctpSource where fields.ipProtocol == IPProtocol.sctp:
            fields.sourcePort = try exact(header, &payload)
        case OXMField.tcpDestination where fields.ipProtocol == IPProtocol.tcp,
            OXMField.udpDestination where fields.ipProtocol == IPProtocol.udp,
            OXMField.sctpDestination where fields.ipProtocol == IPProtocol.sctp:
            fields.destinationPort = try exact(header, &payload)
        case OXMField.icmpv4Type where fields.ipProtocol == IPProtocol.icmp,
            OXMField.icmpv6Type where fields.ipProtocol == IPProtocol.icmpv6:
            fields.icmpType = try exact(header, &payload)
        case OXMField.icmpv4Code where fields.ipProtocol == IPProtocol.icmp,
            OXMField.icmpv6Code where fields.ipProtocol == IPProtocol.icmpv6:
            fields.icmpCode = try exact(header, &payload)
        default: return false
        }
        return true
    }

    private mutating func takeMetadata(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Bool {
        try require(header, UInt64.byteCount * (header.hasMask ? 2 : 1))
        metadata = MaskedMetadata(value: try payload.next(), mask: header.hasMask ? try payload.next() : .max)
        return true
    }

    private mutating func takeVLAN(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Bool {
        var peek = payload
        let value: UInt16 = try exact(header, &peek)
        guard value & ~0x0FFF == vlanPresent else { return false }
        fields.vlan = value & 0x0FFF
        return true
    }

    private mutating func takeDSCP(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Bool {
        var peek = payload
        let value: UInt8 = try exact(header, &peek)
        guard value <= 0x3F else { return false }
        fields.dscp = value
        return true
    }
}

private func require(_ header: OXMHeader, _ length: Int) throws(OpenFlowError) {
    guard header.length == length else { throw .length(.oxm, header.length) }
}

private func exact<Value: OXMValue>(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Value {
    try require(header, Value.byteCount)
    return try Value(&payload)
}

private func masked<Value: OXMValue & MaskableValue>(
    _ header: OXMHeader, _ payload: inout MessageReader
) throws(OpenFlowError) -> Masked<Value> {
    try require(header, Value.byteCount * (header.hasMask ? 2 : 1))
    let value = try Value(&payload)
    return header.hasMask ? Masked(value, mask: try Value(&payload)) : Masked(value)
}

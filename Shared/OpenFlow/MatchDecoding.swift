import Frames
import Wire

/// OFPMT_OXM, the only type of match in OpenFlow 1.3.
let oxmMatchType: UInt16 = 1
/// The bit that is set in vlan_vid when there is a tag (OFPVID_PRESENT).
let vlanPresent: UInt16 = 0x1000
/// The value of vlan_vid when there is none (OFPVID_NONE).
let vlanNone: UInt16 = 0

extension Match {
    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        self.init()
        let type: UInt16 = try reader.next()
        guard type == oxmMatchType else { throw .value(.match, Int(type)) }
        let length = Int(try reader.next(UInt16.self))
        guard length >= 4 else { throw .length(.match, length) }
        var list = try reader.part(length - 4, of: .match)
        try reader.skip(-length & 7)
        try take(&list)
    }

    /// Reads fields until the list ends.
    mutating func take(_ list: inout MessageReader) throws(OpenFlowError) {
        var seen: UInt64 = 0
        while list.remaining > 0 {
            let header = try OXMHeader(&list)
            var payload = try list.part(header.length, of: .oxm)
            guard header.oxmClass == OXMHeader.basicClass, header.field < 64 else {
                others.append(RawOXM(header, payload.rest()))
                continue
            }
            guard seen >> UInt64(header.field) & 1 == 0 else { throw .duplicate(field: header.field) }
            seen |= 1 << UInt64(header.field)
            if try !take(header, &payload) { others.append(RawOXM(header, payload.rest())) }
        }
    }

    /// Reads the field if it is modelled; otherwise nothing of the payload is read.
    private mutating func take(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Bool {
        switch header.field {
        case OXMField.metadata: return try takeMetadata(header, &payload)
        case OXMField.vlan: return try takeVLAN(header, &payload)
        case OXMField.flowLabel: return try takeFlowLabel(header, &payload)
        case OXMField.ethDestination: fields.ethDestination = try masked(header, &payload)
        case OXMField.ethSource: fields.ethSource = try masked(header, &payload)
        case OXMField.ipv4Source: fields.ipv4Source = try masked(header, &payload)
        case OXMField.ipv4Destination: fields.ipv4Destination = try masked(header, &payload)
        case OXMField.arpSenderIP: fields.arpSenderIP = try masked(header, &payload)
        case OXMField.arpTargetIP: fields.arpTargetIP = try masked(header, &payload)
        case OXMField.arpSenderMAC: fields.arpSenderMAC = try masked(header, &payload)
        case OXMField.arpTargetMAC: fields.arpTargetMAC = try masked(header, &payload)
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
        case OXMField.vlanPriority: return try narrow(header, &payload, into: &fields.vlanPriority, upTo: 7)
        case OXMField.dscp: return try narrow(header, &payload, into: &fields.dscp, upTo: 0x3F)
        case OXMField.ecn: return try narrow(header, &payload, into: &fields.ecn, upTo: 3)
        case OXMField.ipProtocol: fields.ipProtocol = try exact(header, &payload)
        case OXMField.tcpSource: fields.tcpSource = try exact(header, &payload)
        case OXMField.tcpDestination: fields.tcpDestination = try exact(header, &payload)
        case OXMField.udpSource: fields.udpSource = try exact(header, &payload)
        case OXMField.udpDestination: fields.udpDestination = try exact(header, &payload)
        case OXMField.sctpSource: fields.sctpSource = try exact(header, &payload)
        case OXMField.sctpDestination: fields.sctpDestination = try exact(header, &payload)
        case OXMField.icmpv4Type: fields.icmpv4Type = try exact(header, &payload)
        case OXMField.icmpv4Code: fields.icmpv4Code = try exact(header, &payload)
        case OXMField.arpOperation: fields.arpOperation = try exact(header, &payload)
        case OXMField.icmpv6Type: fields.icmpv6Type = try exact(header, &payload)
        case OXMField.icmpv6Code: fields.icmpv6Code = try exact(header, &payload)
        case OXMField.ndTarget: fields.ndTarget = try exact(header, &payload)
        case OXMField.ndSourceMAC: fields.ndSourceMAC = try exact(header, &payload)
        case OXMField.ndTargetMAC: fields.ndTargetMAC = try exact(header, &payload)
        default: return false
        }
        return true
    }

    private mutating func takeMetadata(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Bool {
        try require(header, UInt64.byteCount * (header.hasMask ? 2 : 1))
        metadata = MaskedMetadata(value: try payload.next(), mask: header.hasMask ? try payload.next() : .max)
        return true
    }

    /// Reads a tag or its absence; other masks leave open which of the two is meant, and such a field is not modelled.
    private mutating func takeVLAN(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Bool {
        try require(header, UInt16.byteCount * (header.hasMask ? 2 : 1))
        var peek = payload
        let value: UInt16 = try peek.next()
        let mask: UInt16 = header.hasMask ? try peek.next() : .max
        guard mask & vlanPresent != 0 else { return false }
        switch value & mask {
        case vlanNone: fields.vlan = .untagged
        case vlanPresent...(vlanPresent | 0x0FFF):
            fields.vlan = .tagged(Masked(VLANIdentifier(bits: value), mask: VLANIdentifier(bits: mask)))
        default: return false
        }
        return true
    }

    private mutating func takeFlowLabel(_ header: OXMHeader, _ payload: inout MessageReader) throws(OpenFlowError) -> Bool {
        try require(header, UInt32.byteCount * (header.hasMask ? 2 : 1))
        var peek = payload
        guard try peek.next(UInt32.self) <= FlowLabel.allOnes.bits else { return false }
        fields.flowLabel = try masked(header, &payload)
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

/// Reads a field of fewer than eight bits; with a bit set that it does not have, it is not modelled.
private func narrow(
    _ header: OXMHeader, _ payload: inout MessageReader, into field: inout UInt8?, upTo greatest: UInt8
) throws(OpenFlowError) -> Bool {
    var peek = payload
    let value: UInt8 = try exact(header, &peek)
    guard value <= greatest else { return false }
    field = value
    return true
}

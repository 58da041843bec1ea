import Wire

/// What is done to a packet (OpenFlow 1.3.5, Section 7.2.5).
public enum Action: Hashable, Sendable {
    /// Sends it out of a port; `maxLength` is how many bytes of it the controller gets if that is the port.
    case output(port: UInt32, maxLength: UInt16)
    /// Has a group treat it.
    case group(UInt32)
    /// Adds a VLAN tag of this EtherType.
    case pushVLAN(etherType: UInt16)
    /// Removes the outer VLAN tag.
    case popVLAN
    /// Overwrites a header field.
    case setField(RawOXM)
    /// An action that is not modelled, with the bytes behind its length.
    case other(type: UInt16, body: [UInt8])

    /// Sends the whole packet out of `port`.
    public static func output(_ port: UInt32) -> Action { .output(port: port, maxLength: .max) }
    /// Sends the whole packet to the controller, which then owns it (OFPCML_NO_BUFFER).
    public static let toController = Action.output(PortNumber.controller)

    /// Writes the identifier, 0…4095, of the outer VLAN tag.
    public static func setVLAN(_ identifier: UInt16) -> Action {
        let bits = identifier & 0x0FFF | vlanPresent
        let header = OXMHeader(oxmClass: OXMHeader.basicClass, field: OXMField.vlan, hasMask: false, length: 2)
        return .setField(RawOXM(header, [UInt8(bits >> 8), UInt8(truncatingIfNeeded: bits)]))
    }
}

private enum ActionType {
    static let output: UInt16 = 0
    static let pushVLAN: UInt16 = 17
    static let popVLAN: UInt16 = 18
    static let group: UInt16 = 22
    static let setField: UInt16 = 25
}

extension Action {
    /// Reads actions until the element ends.
    static func list(_ reader: inout MessageReader) throws(OpenFlowError) -> [Action] {
        var actions: [Action] = []
        while reader.remaining > 0 {
            let type: UInt16 = try reader.next()
            let length = Int(try reader.next(UInt16.self))
            guard length >= 8, length % 8 == 0 else { throw .length(.action, length) }
            var body = try reader.part(length - 4, of: .action)
            actions.append(try Action(type, &body))
            try body.finish()
        }
        return actions
    }

    private init(_ type: UInt16, _ body: inout MessageReader) throws(OpenFlowError) {
        switch type {
        case ActionType.output:
            self = .output(port: try body.next(), maxLength: try body.next())
            try body.skip(6)
        case ActionType.group:
            self = .group(try body.next())
        case ActionType.pushVLAN:
            self = .pushVLAN(etherType: try body.next())
            try body.skip(2)
        case ActionType.popVLAN:
            self = .popVLAN
            try body.skip(4)
        case ActionType.setField:
            let available = body.remaining
            self = .setField(try RawOXM(&body))
            try body.skip(-(available - body.remaining + 4) & 7)
        default:
            self = .other(type: type, body: body.rest())
        }
    }

    func encode(into writer: inout ByteWriter) {
        let start = writer.count
        writer.write(type)
        writer.write(UInt16(0))
        switch self {
        case .output(let port, let maxLength):
            writer.write(port)
            writer.write(maxLength)
        case .group(let group): writer.write(group)
        case .pushVLAN(let etherType): writer.write(etherType)
        case .popVLAN: writer.pad(4)
        case .setField(let field): field.encode(into: &writer)
        case .other(_, let body): writer.write(body)
        }
        writer.pad(from: start, to: 8)
        writer.patch(UInt16(truncatingIfNeeded: writer.count - start), at: start + 2)
    }

    private var type: UInt16 {
        switch self {
        case .output: ActionType.output
        case .group: ActionType.group
        case .pushVLAN: ActionType.pushVLAN
        case .popVLAN: ActionType.popVLAN
        case .setField: ActionType.setField
        case .other(let type, _): type
        }
    }
}

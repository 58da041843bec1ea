import Frames
import JSONLines

extension ControlEvent {
    /// Reads a line of the control channel; members that nobody told us of are passed over.
    package init(line: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(line)
        var (event, handover): (Kind?, UInt16?)
        var (role, flow, match, bidirectional): (Role?, FlowKey?, FlowMatch?, Bool?)
        var (peer, outcome): (Peer?, String?)
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "event": event = try reader.string().flatMap(Kind.init)
            case "handover": handover = try reader.integer()
            case "role": role = try reader.string().flatMap(Role.init)
            case "flow":
                let fields = try FlowFields(&reader)
                flow = try? fields?.flow()
            case "match": match = try FlowMatch(&reader)
            case "bidirectional": bidirectional = try reader.bool()
            case "peer": peer = try Peer(&reader)
            case "outcome": outcome = try reader.string()
            default: try reader.skip()
            }
        }
        try reader.end()
        guard let event, let handover else { throw .malformed }
        let subject: Subject? =
            if let match { .match(match, bidirectional: bidirectional ?? true) } else {
                flow.map { .flow($0, bidirectional: bidirectional ?? true) }
            }
        self.init(event, handover: handover, role: role, subject: subject, peer: peer, outcome: outcome)
    }
}

extension ControlEvent.Peer {
    fileprivate init?(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.beginObject() else { return nil }
        var (vnf, address): (UInt16?, String?)
        while let name = try reader.nextMember() {
            switch name {
            case "vnf": vnf = try reader.integer()
            case "address": address = try reader.string()
            default: try reader.skip()
            }
        }
        guard let vnf else { throw .malformed }
        self.init(vnf: vnf, address: address)
    }
}

extension ControlReply {
    /// Appends the answer as a line.
    package func write(to line: inout JSONWriter) {
        line.beginObject()
        line.add("event", event.rawValue)
        line.add("handover", handover)
        line.add("reason", reason)
        line.endObject()
        line.endLine()
    }
}

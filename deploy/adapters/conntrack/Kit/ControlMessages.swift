import Frames
import JSONLines

/// What a handover moves.
package enum Subject: Hashable, Sendable {
    /// One flow, and the answers to it.
    case flow(FlowKey)
    /// All flows that a match covers, and the answers to them.
    case match(FlowMatch)

    /// Whether a tracked connection has one of its directions in it.
    package func covers(_ entry: ConntrackEntry) -> Bool {
        switch self {
        // Connections are tracked without regard to VLANs.
        case .flow(let flow): entry.original.flow.network == flow.network || entry.reply.flow.network == flow.network
        case .match(let match):
            match.overlaps(FlowMatch(exactly: entry.original.flow)) || match.overlaps(FlowMatch(exactly: entry.reply.flow))
        }
    }
}

/// What the HSL agent says on its control channel, one JSON object a line.
package enum ControlEvent: Hashable, Sendable {
    /// Which part the function plays.
    package enum Role: String, Hashable, Sendable {
        case source
        case destination
    }

    /// A subject is about to move.
    case start(handover: UInt16, role: Role, Subject)
    /// The destination is to fetch the state now, from the peer at this address.
    case transfer(handover: UInt16, Subject, peerAddress: String?)
    /// The handover is over.
    case end(handover: UInt16, isCompleted: Bool)
    /// Something that asks nothing of us, as that a mirror we named is known now.
    case other
    /// The agent did not understand something.
    case error(String)

    /// Reads a line. Members that nobody told us of are passed over.
    package init(line: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(line)
        var (event, role, outcome, message, address): (String?, String?, String?, String?, String?)
        var (handover, flow, match): (UInt16?, FlowKey?, FlowMatch?)
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "event": event = try reader.string()
            case "handover": handover = try reader.integer()
            case "role": role = try reader.string()
            case "flow":
                let fields = try FlowFields(&reader)
                flow = try? fields?.flow()
            case "match": match = try FlowMatch(&reader)
            case "peer": address = try Self.address(&reader)
            case "outcome": outcome = try reader.string()
            case "message": message = try reader.string()
            default: try reader.skip()
            }
        }
        try reader.end()
        if event == "error" {
            self = .error(message ?? "")
            return
        }
        guard let handover else { throw .malformed }
        func subject() throws(JSONError) -> Subject {
            if let flow { return .flow(flow) }
            guard let match else { throw .malformed }
            return .match(match)
        }
        switch event {
        case "start":
            guard let role = role.flatMap(Role.init) else { throw .malformed }
            self = .start(handover: handover, role: role, try subject())
        case "transfer": self = .transfer(handover: handover, try subject(), peerAddress: address)
        case "end": self = .end(handover: handover, isCompleted: outcome == "completed")
        case .some: self = .other
        case nil: throw .malformed
        }
    }

    private static func address(_ reader: inout JSONReader) throws(JSONError) -> String? {
        guard try reader.beginObject() else { return nil }
        var address: String?
        while let name = try reader.nextMember() {
            if name == "address" { address = try reader.string() } else { try reader.skip() }
        }
        return address
    }
}

/// What the function's side says on the control channel, one JSON object a line.
package enum ControlReply: Hashable, Sendable {
    /// Source, before it is ready: the answers to the flow come in as this flow.
    case mirror(handover: UInt16, FlowKey)
    /// Source: the state is frozen and all packets are processed. Destination: prepared.
    case ready(handover: UInt16)
    /// Destination: the state is in place.
    case stateReady(handover: UInt16)
    /// Destination: the state could not be fetched.
    case stateFailed(handover: UInt16, reason: String)

    /// Appends the answer as a line.
    package func write(to line: inout JSONWriter) {
        line.beginObject()
        switch self {
        case .mirror(let handover, let flow):
            line.add("event", "mirror")
            line.add("flow", flow)
            line.add("handover", handover)
        case .ready(let handover):
            line.add("event", "ready")
            line.add("handover", handover)
        case .stateReady(let handover):
            line.add("event", "stateReady")
            line.add("handover", handover)
        case .stateFailed(let handover, let reason):
            line.add("event", "stateFailed")
            line.add("handover", handover)
            line.add("reason", reason)
        }
        line.endObject()
        line.endLine()
    }
}

import Frames
import JSONLines

/// Why a line is not a message.
public enum MessageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not JSON, or a field of the wrong type.
    case malformed
    /// Arrays and objects lie within each other deeper than any message needs.
    case tooDeep
    /// Longer than ``MessageLimits/line``.
    case tooLong
    /// An event that this end does not know.
    case unknownEvent(String)
    /// The event needs a field that is not there.
    case missing(field: String)
    /// The field's value lies outside its range.
    case outOfRange(field: String)

    /// The reason for people.
    public var description: String {
        switch self {
        case .malformed: "not a JSON object with the fields of an event"
        case .tooDeep: "nested deeper than \(MessageLimits.depth) levels"
        case .tooLong: "longer than \(MessageLimits.line) bytes"
        case .unknownEvent(let event): "unknown event '\(event.prefix(64))'"
        case .missing(let field): "field \(field) is missing"
        case .outOfRange(let field): "field \(field) is out of range"
        }
    }
}

/// What the control channel takes at most.
public enum MessageLimits {
    /// Bytes of a line, without its newline.
    public static let line = 64 << 10
    /// How deep arrays and objects lie within each other.
    public static let depth = 8
    /// Bytes that wait for a function that does not read; beyond, it is disconnected.
    public static let output = 1 << 20
}

/// Every message of either side: one JSON object, of which each event uses some fields.
private struct Envelope {
    var event = ""
    var handover: UInt16?
    var role: AgentMessage.Role?
    var flow: FlowFields?
    var match: FlowMatch?
    var bidirectional: Bool?
    var peer: AgentMessage.Peer?
    var outcome: String?
    var reason: String?
    var message: String?

    init(line: some Collection<UInt8>) throws(MessageError) {
        guard line.count <= MessageLimits.line else { throw .tooLong }
        let bytes = Array(line)
        do throws(JSONError) {
            var reader = JSONReader(bytes.span, depthLimit: MessageLimits.depth)
            try read(&reader)
        } catch {
            switch error {
            case .malformed: throw .malformed
            case .tooDeep: throw .tooDeep
            }
        }
    }

    private mutating func read(_ reader: inout JSONReader) throws(JSONError) {
        var event: String?
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "event": event = try reader.string()
            case "handover": handover = try reader.integer()
            case "role": role = try AgentMessage.Role(&reader)
            case "flow": flow = try FlowFields(&reader)
            case "match": match = try FlowMatch(&reader)
            case "bidirectional": bidirectional = try reader.bool()
            case "peer": peer = try AgentMessage.Peer(&reader)
            case "outcome": outcome = try reader.string()
            case "reason": reason = try reader.string()
            case "message": message = try reader.string()
            default: try reader.skip()
            }
        }
        try reader.end()
        guard let event else { throw .malformed }
        self.event = event
    }

    func required<Value>(_ value: Value?, _ field: String) throws(MessageError) -> Value {
        guard let value else { throw .missing(field: field) }
        return value
    }

    func theHandover() throws(MessageError) -> UInt16 { try required(handover, "handover") }

    func thePeer() throws(MessageError) -> AgentMessage.Peer { try required(peer, "peer") }

    func theSubject() throws(MessageError) -> AgentMessage.Subject {
        if let match { return .match(match) }
        return .flow(try theFlow())
    }

    func theFlow() throws(MessageError) -> FlowKey {
        let fields = try required(flow, "flow")
        do throws(FlowFields.Problem) {
            return try fields.flow()
        } catch {
            switch error {
            case .missing(let field): throw .missing(field: field)
            case .outOfRange(let field): throw .outOfRange(field: field)
            }
        }
    }
}

extension AgentMessage.Role {
    fileprivate init?(_ reader: inout JSONReader) throws(JSONError) {
        guard let name = try reader.string() else { return nil }
        guard let role = AgentMessage.Role(rawValue: name) else { throw .malformed }
        self = role
    }
}

extension AgentMessage.Peer {
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

    fileprivate func write(to line: inout JSONWriter) {
        line.beginObject("peer")
        line.add("address", address)
        line.add("vnf", vnf)
        line.endObject()
    }
}

extension AgentMessage.Subject {
    fileprivate func write(to line: inout JSONWriter) {
        switch self {
        case .flow(let flow): line.add("flow", flow)
        case .match(let match): line.add("match", match)
        }
    }
}

extension AgentMessage {
    /// Appends the message as a line of JSON with its newline.
    public func write(to line: inout JSONWriter) {
        line.beginObject()
        switch self {
        case .start(let handover, let role, let subject, let isBidirectional, let peer):
            line.add("event", "start")
            if !isBidirectional { line.add("bidirectional", false) }
            subject.write(to: &line)
            line.add("handover", handover)
            peer.write(to: &line)
            line.add("role", role.rawValue)
        case .transfer(let handover, let subject, let peer):
            line.add("event", "transfer")
            subject.write(to: &line)
            line.add("handover", handover)
            peer.write(to: &line)
        case .mirrored(let handover):
            line.add("event", "mirrored")
            line.add("handover", handover)
        case .end(let handover, let outcome):
            line.add("event", "end")
            line.add("handover", handover)
            line.add("outcome", outcome)
        case .error(let message):
            line.add("event", "error")
            line.add("message", message)
        }
        line.endObject()
        line.endLine()
    }

    /// The message as a line of JSON with its newline.
    public func encoded() -> [UInt8] {
        var line = JSONWriter()
        write(to: &line)
        return line.bytes
    }

    /// Reads a line of JSON, with or without its newline.
    public init(line: some Collection<UInt8>) throws(MessageError) {
        let envelope = try Envelope(line: line)
        switch envelope.event {
        case "start":
            let role = try envelope.required(envelope.role, "role")
            self = .start(
                handover: try envelope.theHandover(), role: role, subject: try envelope.theSubject(),
                isBidirectional: envelope.bidirectional ?? true, peer: try envelope.thePeer())
        case "transfer":
            self = .transfer(handover: try envelope.theHandover(), subject: try envelope.theSubject(), peer: try envelope.thePeer())
        case "mirrored": self = .mirrored(handover: try envelope.theHandover())
        case "end": self = .end(handover: try envelope.theHandover(), outcome: try envelope.required(envelope.outcome, "outcome"))
        case "error": self = .error(message: try envelope.required(envelope.message, "message"))
        case let event: throw .unknownEvent(event)
        }
    }
}

extension FunctionMessage {
    /// The message as a line of JSON with its newline.
    public func encoded() -> [UInt8] {
        var line = JSONWriter()
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
        return line.bytes
    }

    /// Reads a line of JSON, with or without its newline.
    public init(line: some Collection<UInt8>) throws(MessageError) {
        let envelope = try Envelope(line: line)
        switch envelope.event {
        case "mirror": self = .mirror(handover: try envelope.theHandover(), flow: try envelope.theFlow())
        case "ready": self = .ready(handover: try envelope.theHandover())
        case "stateReady": self = .stateReady(handover: try envelope.theHandover())
        case "stateFailed":
            self = .stateFailed(handover: try envelope.theHandover(), reason: try envelope.required(envelope.reason, "reason"))
        case let event: throw .unknownEvent(event)
        }
    }
}

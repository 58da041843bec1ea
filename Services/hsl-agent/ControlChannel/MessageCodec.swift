import Foundation

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
private struct Envelope: Decodable {
    var event: String
    var handover: UInt16?
    var role: AgentMessage.Role?
    var flow: FlowFields?
    var peer: AgentMessage.Peer?
    var outcome: String?
    var reason: String?
    var message: String?

    init(event: String, handover: UInt16? = nil) {
        self.event = event
        self.handover = handover
    }

    init(line: some Collection<UInt8>) throws(MessageError) {
        guard line.count <= MessageLimits.line else { throw .tooLong }
        guard nesting(of: line) <= MessageLimits.depth else { throw .tooDeep }
        do { self = try JSONDecoder().decode(Envelope.self, from: Data(line)) } catch { throw .malformed }
    }

    func line() -> [UInt8] {
        var object = JSONObject()
        object.add("event", event)
        object.add("flow", flow?.json)
        object.add("handover", handover)
        object.add("message", message)
        object.add("outcome", outcome)
        object.add("peer", peer?.json)
        object.add("reason", reason)
        object.add("role", role?.rawValue)
        return Array(object.text.utf8) + [UInt8(ascii: "\n")]
    }

    func required<Value>(_ value: Value?, _ field: String) throws(MessageError) -> Value {
        guard let value else { throw .missing(field: field) }
        return value
    }
}

/// How deep arrays and objects lie within each other, strings left out.
private func nesting(of line: some Collection<UInt8>) -> Int {
    var (depth, deepest) = (0, 0)
    var (isString, isEscaped) = (false, false)
    for byte in line {
        if isString {
            if !isEscaped, byte == UInt8(ascii: "\"") { isString = false }
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            continue
        }
        switch byte {
        case UInt8(ascii: "\""): isString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            deepest = max(deepest, depth)
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
    }
    return deepest
}

extension AgentMessage.Peer {
    fileprivate var json: JSONObject {
        var object = JSONObject()
        object.add("address", address)
        object.add("vnf", vnf)
        return object
    }
}

extension AgentMessage {
    /// The message as a line of JSON with its newline.
    public func encoded() -> [UInt8] {
        var envelope: Envelope
        switch self {
        case .start(let handover, let role, let flow, let peer):
            envelope = Envelope(event: "start", handover: handover)
            (envelope.role, envelope.flow, envelope.peer) = (role, FlowFields(flow), peer)
        case .transfer(let handover, let flow, let peer):
            envelope = Envelope(event: "transfer", handover: handover)
            (envelope.flow, envelope.peer) = (FlowFields(flow), peer)
        case .end(let handover, let outcome):
            envelope = Envelope(event: "end", handover: handover)
            envelope.outcome = outcome
        case .error(let message):
            envelope = Envelope(event: "error")
            envelope.message = message
        }
        return envelope.line()
    }

    /// Reads a line of JSON, with or without its newline.
    public init(line: some Collection<UInt8>) throws(MessageError) {
        let envelope = try Envelope(line: line)
        func handover() throws(MessageError) -> UInt16 { try envelope.required(envelope.handover, "handover") }
        func peer() throws(MessageError) -> Peer { try envelope.required(envelope.peer, "peer") }
        func flow() throws(MessageError) -> FlowFields { try envelope.required(envelope.flow, "flow") }
        switch envelope.event {
        case "start":
            let role = try envelope.required(envelope.role, "role")
            self = .start(handover: try handover(), role: role, flow: try flow().flow(), peer: try peer())
        case "transfer": self = .transfer(handover: try handover(), flow: try flow().flow(), peer: try peer())
        case "end": self = .end(handover: try handover(), outcome: try envelope.required(envelope.outcome, "outcome"))
        case "error": self = .error(message: try envelope.required(envelope.message, "message"))
        case let event: throw .unknownEvent(event)
        }
    }
}

extension FunctionMessage {
    /// Reads a message once, so that the first one of a handover does not pay for what the JSON decoder sets up.
    public static func warmUp() { _ = try? FunctionMessage(line: FunctionMessage.ready(handover: 0).encoded()) }

    /// The message as a line of JSON with its newline.
    public func encoded() -> [UInt8] {
        switch self {
        case .ready(let handover): return Envelope(event: "ready", handover: handover).line()
        case .stateReady(let handover): return Envelope(event: "stateReady", handover: handover).line()
        case .stateFailed(let handover, let reason):
            var envelope = Envelope(event: "stateFailed", handover: handover)
            envelope.reason = reason
            return envelope.line()
        }
    }

    /// Reads a line of JSON, with or without its newline.
    public init(line: some Collection<UInt8>) throws(MessageError) {
        let envelope = try Envelope(line: line)
        func handover() throws(MessageError) -> UInt16 { try envelope.required(envelope.handover, "handover") }
        switch envelope.event {
        case "ready": self = .ready(handover: try handover())
        case "stateReady": self = .stateReady(handover: try handover())
        case "stateFailed":
            self = .stateFailed(handover: try handover(), reason: try envelope.required(envelope.reason, "reason"))
        case let event: throw .unknownEvent(event)
        }
    }
}

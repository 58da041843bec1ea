import Frames
import JSONLines

/// What functions (and the lab) ask each other over TCP, one JSON object a line.
package enum PeerRequest: Hashable, Sendable {
    /// The state of all flows that move with a handover for which the asked function is the source: `{"fetch":7}`.
    case fetch(handover: UInt16)
    /// Everything the function knows about itself: `{"dump":{}}`; the answer is a ``StateDump``.
    case dump

    /// Reads a line.
    package init(line: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(line)
        var (handover, isDump): (UInt16?, Bool) = (nil, false)
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "fetch": handover = try reader.integer()
            case "dump":
                try reader.skip()
                isDump = true
            default: try reader.skip()
            }
        }
        try reader.end()
        if let handover { self = .fetch(handover: handover) } else if isDump { self = .dump } else { throw .malformed }
    }

    /// Appends the request as a line.
    package func write(to line: inout JSONWriter) {
        line.beginObject()
        switch self {
        case .fetch(let handover): line.add("fetch", handover)
        case .dump:
            line.beginObject("dump")
            line.endObject()
        }
        line.endObject()
        line.endLine()
    }
}

/// What a function answers to a peer that fetches state, one JSON object a line.
package enum PeerReply: Hashable, Sendable {
    /// The state of all flows that move and were seen: `{"state":7,"flows":[{"packets":12,"digest":"c0ffee","flow":{…}}]}`.
    case state(handover: UInt16, flows: [FlowKey: SequenceState])
    /// The state cannot be given: `{"refused":7,"reason":"…"}`.
    case refused(handover: UInt16, reason: String)

    /// Of which handover.
    package var handover: UInt16 {
        switch self {
        case .state(let handover, _), .refused(let handover, _): handover
        }
    }

    /// Reads a line.
    package init(line: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(line)
        var (handover, flows, refused, reason): (UInt16?, [FlowKey: SequenceState], UInt16?, String?) = (nil, [:], nil, nil)
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "state": handover = try reader.integer()
            case "flows":
                guard try reader.beginArray() else { throw .malformed }
                while try reader.nextElement() {
                    let (flow, state) = try readFlow(&reader)
                    flows[flow] = state
                }
            case "refused": refused = try reader.integer()
            case "reason": reason = try reader.string()
            default: try reader.skip()
            }
        }
        try reader.end()
        if let handover {
            self = .state(handover: handover, flows: flows)
        } else if let refused {
            self = .refused(handover: refused, reason: reason ?? "the peer gives no reason")
        } else {
            throw .malformed
        }
    }

    /// Appends the answer as a line.
    package func write(to line: inout JSONWriter) {
        line.beginObject()
        switch self {
        case .state(let handover, let flows):
            line.add("state", handover)
            line.beginArray("flows")
            for (flow, state) in flows {
                line.beginObject()
                line.add("packets", state.packets)
                line.add("digest", String(state.value, radix: 16))
                line.add("flow", flow)
                line.endObject()
            }
            line.endArray()
        case .refused(let handover, let reason):
            line.add("refused", handover)
            line.add("reason", reason)
        }
        line.endObject()
        line.endLine()
    }
}

private func readFlow(_ reader: inout JSONReader) throws(JSONError) -> (FlowKey, SequenceState) {
    var (packets, digest, flow): (UInt64?, UInt64?, FlowKey?)
    guard try reader.beginObject() else { throw .malformed }
    while let name = try reader.nextMember() {
        switch name {
        case "packets": packets = try reader.integer()
        case "digest": digest = try reader.string().flatMap { UInt64($0, radix: 16) }
        case "flow":
            let fields = try FlowFields(&reader)
            flow = try? fields?.flow()
        default: try reader.skip()
        }
    }
    guard let packets, let digest, let flow else { throw .malformed }
    return (flow, SequenceState(packets: packets, value: digest))
}

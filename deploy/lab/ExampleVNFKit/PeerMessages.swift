import Frames
import JSONLines

/// What functions (and the lab) ask each other over TCP, one JSON object a line.
package enum PeerRequest: Hashable, Sendable {
    /// The state of these flows, which must be frozen: `{"fetch":7,"flows":[{…},{…}]}`.
    case fetch(handover: UInt16, flows: [FlowKey])
    /// Everything the function knows about itself: `{"dump":{}}`; the answer is a ``StateDump``.
    case dump

    /// Reads a line.
    package init(line: Span<UInt8>) throws(JSONError) {
        var reader = JSONReader(line)
        var (handover, flows, isDump): (UInt16?, [FlowKey], Bool) = (nil, [], false)
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "fetch": handover = try reader.integer()
            case "flows":
                guard try reader.beginArray() else { throw .malformed }
                while try reader.nextElement() {
                    guard let fields = try FlowFields(&reader), let flow = try? fields.flow() else { throw .malformed }
                    flows.append(flow)
                }
            case "dump":
                try reader.skip()
                isDump = true
            default: try reader.skip()
            }
        }
        try reader.end()
        if let handover { self = .fetch(handover: handover, flows: flows) } else if isDump { self = .dump } else { throw .malformed }
    }

    /// Appends the request as a line.
    package func write(to line: inout JSONWriter) {
        line.beginObject()
        switch self {
        case .fetch(let handover, let flows):
            line.add("fetch", handover)
            line.beginArray("flows")
            for flow in flows { line.add(flow) }
            line.endArray()
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
    /// The state of the flows asked for, in the same order, nothing for one that was never seen:
    /// `{"state":7,"flows":[{"packets":12,"digest":"c0ffee"},null]}`.
    case state(handover: UInt16, states: [SequenceState?])
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
        var (handover, states, refused, reason): (UInt16?, [SequenceState?], UInt16?, String?) = (nil, [], nil, nil)
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "state": handover = try reader.integer()
            case "flows":
                guard try reader.beginArray() else { throw .malformed }
                while try reader.nextElement() { states.append(try SequenceState(&reader)) }
            case "refused": refused = try reader.integer()
            case "reason": reason = try reader.string()
            default: try reader.skip()
            }
        }
        try reader.end()
        if let handover {
            self = .state(handover: handover, states: states)
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
        case .state(let handover, let states):
            line.add("state", handover)
            line.beginArray("flows")
            for state in states { if let state { state.write(to: &line) } else { line.addNull() } }
            line.endArray()
        case .refused(let handover, let reason):
            line.add("refused", handover)
            line.add("reason", reason)
        }
        line.endObject()
        line.endLine()
    }
}

extension SequenceState {
    fileprivate init?(_ reader: inout JSONReader) throws(JSONError) {
        guard try reader.beginObject() else { return nil }
        var (packets, digest): (UInt64?, UInt64?)
        while let name = try reader.nextMember() {
            switch name {
            case "packets": packets = try reader.integer()
            case "digest": digest = try reader.string().flatMap { UInt64($0, radix: 16) }
            default: try reader.skip()
            }
        }
        guard let packets, let digest else { throw .malformed }
        self.init(packets: packets, value: digest)
    }

    fileprivate func write(to line: inout JSONWriter) {
        line.beginObject()
        line.add("packets", packets)
        line.add("digest", String(value, radix: 16))
        line.endObject()
    }
}

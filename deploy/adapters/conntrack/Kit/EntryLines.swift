import Frames
import JSONLines

extension ConntrackEntry {
    /// Adds the entry as a member: `{"original":{…},"reply":{…},"status":14,"timeout":299,"mark":0,"tcp":{…}}`.
    func write(_ name: StaticString, to line: inout JSONWriter) {
        line.beginObject(name)
        line.add("mark", mark)
        original.write("original", to: &line)
        reply.write("reply", to: &line)
        switch state {
        case .tcp(let tcp):
            line.beginObject("tcp")
            line.add("originalFlags", tcp.original.flags)
            line.add("originalScale", tcp.original.scale)
            line.add("replyFlags", tcp.reply.flags)
            line.add("replyScale", tcp.reply.scale)
            line.add("state", tcp.state)
            line.endObject()
        case .sctp(let sctp):
            line.beginObject("sctp")
            line.add("originalTag", sctp.originalTag)
            line.add("replyTag", sctp.replyTag)
            line.add("state", sctp.state)
            line.endObject()
        case nil: break
        }
        line.add("status", status.rawValue)
        line.add("timeout", timeout)
        line.endObject()
    }

    /// Reads the object that comes next.
    init(_ reader: inout JSONReader) throws(JSONError) {
        var (original, reply): (ConntrackTuple?, ConntrackTuple?)
        var (status, timeout, mark): (UInt32?, UInt32?, UInt32?)
        var state: ProtocolState?
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "original": original = try ConntrackTuple(&reader)
            case "reply": reply = try ConntrackTuple(&reader)
            case "status": status = try reader.integer()
            case "timeout": timeout = try reader.integer()
            case "mark": mark = try reader.integer()
            case "tcp": state = .tcp(try TCP(&reader))
            case "sctp": state = .sctp(try SCTP(&reader))
            default: try reader.skip()
            }
        }
        guard let original, let reply, let status, let timeout, original.protocolNumber == reply.protocolNumber else { throw .malformed }
        self.init(
            original: original, reply: reply, status: Status(rawValue: status), timeout: timeout, mark: mark ?? 0, state: state)
    }
}

extension ConntrackTuple {
    fileprivate func write(_ name: StaticString, to line: inout JSONWriter) {
        line.beginObject(name)
        switch addresses {
        case .ipv4(let source, let destination):
            line.add("destination", "\(destination)")
            line.add("source", "\(source)")
        case .ipv6(let source, let destination):
            line.add("destination", "\(destination)")
            line.add("source", "\(source)")
        }
        line.add("protocol", protocolNumber)
        switch transport {
        case .ports(_, let source, let destination):
            line.add("destinationPort", destination)
            line.add("sourcePort", source)
        case .icmp(_, let id, let type, let code):
            line.add("code", code)
            line.add("id", id)
            line.add("type", type)
        case .other: break
        }
        line.endObject()
    }

    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var (source, destination): (String?, String?)
        var number: UInt8?
        var (sourcePort, destinationPort, id): (UInt16?, UInt16?, UInt16?)
        var (type, code): (UInt8?, UInt8?)
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "source": source = try reader.string()
            case "destination": destination = try reader.string()
            case "protocol": number = try reader.integer()
            case "sourcePort": sourcePort = try reader.integer()
            case "destinationPort": destinationPort = try reader.integer()
            case "id": id = try reader.integer()
            case "type": type = try reader.integer()
            case "code": code = try reader.integer()
            default: try reader.skip()
            }
        }
        guard let source, let destination, let number else { throw .malformed }
        let addresses: Addresses
        if let source = IPv4Address(source), let destination = IPv4Address(destination) {
            addresses = .ipv4(source: source, destination: destination)
        } else if let source = IPv6Address(source), let destination = IPv6Address(destination) {
            addresses = .ipv6(source: source, destination: destination)
        } else {
            throw .malformed
        }
        if let sourcePort, let destinationPort {
            self.init(addresses, .ports(protocol: number, source: sourcePort, destination: destinationPort))
        } else if let id, let type, let code {
            self.init(addresses, .icmp(protocol: number, id: id, type: type, code: code))
        } else {
            self.init(addresses, .other(protocol: number))
        }
    }
}

extension ConntrackEntry.TCP {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var state: UInt8?
        var (original, reply) = (Side(scale: 0, flags: 0), Side(scale: 0, flags: 0))
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "state": state = try reader.integer()
            case "originalScale": original.scale = try reader.integer() ?? 0
            case "replyScale": reply.scale = try reader.integer() ?? 0
            case "originalFlags": original.flags = try reader.integer() ?? 0
            case "replyFlags": reply.flags = try reader.integer() ?? 0
            default: try reader.skip()
            }
        }
        guard let state else { throw .malformed }
        self.init(state: state, original: original, reply: reply)
    }
}

extension ConntrackEntry.SCTP {
    fileprivate init(_ reader: inout JSONReader) throws(JSONError) {
        var state: UInt8?
        var (originalTag, replyTag): (UInt32, UInt32) = (0, 0)
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "state": state = try reader.integer()
            case "originalTag": originalTag = try reader.integer() ?? 0
            case "replyTag": replyTag = try reader.integer() ?? 0
            default: try reader.skip()
            }
        }
        guard let state else { throw .malformed }
        self.init(state: state, originalTag: originalTag, replyTag: replyTag)
    }
}

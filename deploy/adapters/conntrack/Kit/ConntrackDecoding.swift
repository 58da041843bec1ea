import Frames
import Wire

/// One message that the kernel sent about connections.
package enum ConntrackAnswer: Hashable, Sendable {
    /// An entry of the table.
    case entry(ConntrackEntry)
    /// An entry that could not be read.
    case unreadable(NetlinkError)
    /// That was all.
    case done
    /// The request was carried out, or refused with this errno.
    case result(errno: Int32)
}

extension ConntrackAnswer {
    /// Reads the messages of one datagram that answer request `sequence`; others are passed over.
    package static func all(in datagram: RawSpan, answering sequence: UInt32) throws(NetlinkError) -> [ConntrackAnswer] {
        var answers: [ConntrackAnswer] = []
        var reader = ByteReader(datagram)
        while reader.remaining > 0 {
            do {
                let length = Int(try reader.readHostOrder(UInt32.self))
                let type = try reader.readHostOrder(UInt16.self)
                try reader.skip(2)
                let answered = try reader.readHostOrder(UInt32.self)
                try reader.skip(4)
                guard length >= Netlink.headerLength else { throw NetlinkError.badLength }
                let body = try reader.slice(length - Netlink.headerLength)
                try reader.skip(min(-length & 3, reader.remaining))
                guard answered == sequence else { continue }
                if let answer = try ConntrackAnswer(type, body) { answers.append(answer) }
            } catch {
                throw .badLength
            }
        }
        return answers
    }

    private init?(_ type: UInt16, _ body: RawSpan) throws(WireError) {
        var reader = ByteReader(body)
        switch type {
        case Netlink.MessageType.error:
            let code = try reader.readHostOrder(Int32.self)
            // Netlink counts downwards; what is no errno at all must not trap.
            self = .result(errno: code == .min ? .max : -code)
        case Netlink.MessageType.done: self = .done
        case Netlink.MessageType.new:
            try reader.skip(Netlink.generalHeaderLength)
            do throws(NetlinkError) { self = .entry(try ConntrackEntry(reader.rest())) } catch { self = .unreadable(error) }
        default: return nil
        }
    }
}

extension ConntrackEntry {
    /// Reads the attributes of an entry.
    init(_ body: RawSpan) throws(NetlinkError) {
        let attributes = try AttributeReader(body)
        self.init(
            original: try ConntrackTuple(attributes, ConntrackAttribute.original),
            reply: try ConntrackTuple(attributes, ConntrackAttribute.reply),
            status: Status(rawValue: try attributes.value(ConntrackAttribute.status) ?? 0),
            timeout: try attributes.value(ConntrackAttribute.timeout) ?? 0, mark: try attributes.value(ConntrackAttribute.mark) ?? 0,
            zone: try attributes.value(ConntrackAttribute.zone) ?? 0, state: try ProtocolState(attributes),
            hasHelper: [
                ConntrackAttribute.help, ConntrackAttribute.master, ConntrackAttribute.originalAdjustment,
                ConntrackAttribute.replyAdjustment,
            ].contains { attributes.has($0) })
    }
}

extension ConntrackTuple {
    fileprivate init(_ attributes: borrowing AttributeReader, _ type: UInt16) throws(NetlinkError) {
        guard let tuple = try attributes.nested(type) else { throw .missing(type) }
        guard let addresses = try tuple.nested(TupleAttribute.addresses) else { throw .missing(TupleAttribute.addresses) }
        guard let transport = try tuple.nested(TupleAttribute.transport) else { throw .missing(TupleAttribute.transport) }
        self.init(try Addresses(addresses), try Transport(transport))
    }
}

extension ConntrackTuple.Addresses {
    fileprivate init(_ attributes: borrowing AttributeReader) throws(NetlinkError) {
        typealias Types = TupleAttribute.Address
        if attributes.has(Types.ipv4Source) {
            self = .ipv4(
                source: IPv4Address(bits: try attributes.required(Types.ipv4Source)),
                destination: IPv4Address(bits: try attributes.required(Types.ipv4Destination)))
        } else {
            self = .ipv6(source: try attributes.ipv6(Types.ipv6Source), destination: try attributes.ipv6(Types.ipv6Destination))
        }
    }
}

extension AttributeReader {
    fileprivate func ipv6(_ type: UInt16) throws(NetlinkError) -> IPv6Address {
        var reader = try bytes(type, count: 16)
        do { return try reader.readIPv6() } catch { throw .badValue(type) }
    }
}

extension ConntrackTuple.Transport {
    fileprivate init(_ attributes: borrowing AttributeReader) throws(NetlinkError) {
        typealias Types = TupleAttribute.Transport
        let number: UInt8 = try attributes.required(Types.number)
        if let source: UInt16 = try attributes.value(Types.sourcePort) {
            self = .ports(protocol: number, source: source, destination: try attributes.required(Types.destinationPort))
        } else if let id: UInt16 = try attributes.value(Types.icmpID) {
            self = .icmp(
                protocol: number, id: id, type: try attributes.required(Types.icmpType), code: try attributes.required(Types.icmpCode))
        } else if let id: UInt16 = try attributes.value(Types.icmpv6ID) {
            self = .icmp(
                protocol: number, id: id, type: try attributes.required(Types.icmpv6Type), code: try attributes.required(Types.icmpv6Code))
        } else {
            self = .other(protocol: number)
        }
    }
}

extension ConntrackEntry.ProtocolState {
    fileprivate init?(_ attributes: borrowing AttributeReader) throws(NetlinkError) {
        guard let information = try attributes.nested(ConntrackAttribute.protocolInformation) else { return nil }
        if let tcp = try information.nested(StateAttribute.tcp) {
            typealias Types = StateAttribute.TCP
            self = .tcp(
                ConntrackEntry.TCP(
                    state: try tcp.required(Types.state),
                    original: ConntrackEntry.TCP.Side(
                        scale: try tcp.value(Types.originalScale) ?? 0, flags: try tcp.flags(Types.originalFlags)),
                    reply: ConntrackEntry.TCP.Side(scale: try tcp.value(Types.replyScale) ?? 0, flags: try tcp.flags(Types.replyFlags))))
        } else if let sctp = try information.nested(StateAttribute.sctp) {
            typealias Types = StateAttribute.SCTP
            self = .sctp(
                ConntrackEntry.SCTP(
                    state: try sctp.required(Types.state), originalTag: try sctp.value(Types.originalTag) ?? 0,
                    replyTag: try sctp.value(Types.replyTag) ?? 0))
        } else {
            return nil
        }
    }
}

extension AttributeReader {
    /// The flags of `struct nf_ct_tcp_flags`: the flags and their mask.
    fileprivate func flags(_ type: UInt16) throws(NetlinkError) -> UInt8 {
        guard let both: UInt16 = try value(type) else { return 0 }
        return UInt8(both >> 8)
    }
}

import Frames

/// What the kernel's connection table can be asked over netlink (ctnetlink), as the bytes of one message.
package enum ConntrackRequest {
    /// All entries, of IPv4 and IPv6.
    package static func dump(sequence: UInt32) -> [UInt8] {
        AttributeWriter(type: Netlink.MessageType.get, flags: Netlink.Flags.dump, sequence: sequence, family: Netlink.Family.any)
            .finished()
    }

    /// The entry of which `tuple` is either direction.
    package static func get(_ tuple: ConntrackTuple, sequence: UInt32) -> [UInt8] {
        var writer = AttributeWriter(type: Netlink.MessageType.get, flags: 0, sequence: sequence, family: tuple.family)
        writer.add(ConntrackAttribute.original, tuple)
        return writer.finished()
    }

    /// A new entry; refused where one of its directions is there already.
    package static func create(_ entry: ConntrackEntry, sequence: UInt32) -> [UInt8] {
        var writer = AttributeWriter(
            type: Netlink.MessageType.new,
            flags: Netlink.Flags.acknowledge | Netlink.Flags.create | Netlink.Flags.exclusive, sequence: sequence,
            family: entry.original.family)
        writer.add(ConntrackAttribute.original, entry.original)
        // The untranslated one: the kernel translates it as it is told below, and only then translates packets too.
        writer.add(ConntrackAttribute.reply, entry.original.inverted)
        writer.add(ConntrackAttribute.status, entry.status.intersection(.movable).union(.confirmed).rawValue)
        writer.add(ConntrackAttribute.timeout, entry.timeout)
        if entry.mark != 0 { writer.add(ConntrackAttribute.mark, entry.mark) }
        if let state = entry.state { writer.add(ConntrackAttribute.protocolInformation, state) }
        // What the kernel has in place of a source is where answers go to, and in place of a destination where they come from.
        let (plain, translated) = (entry.original.inverted, entry.reply)
        if translated.destination != plain.destination {
            writer.add(ConntrackAttribute.sourceTranslation, translated.destination)
        }
        if translated.source != plain.source { writer.add(ConntrackAttribute.destinationTranslation, translated.source) }
        return writer.finished()
    }

    /// Forgets the entry of which `tuple` is either direction.
    package static func delete(_ tuple: ConntrackTuple, sequence: UInt32) -> [UInt8] {
        var writer = AttributeWriter(
            type: Netlink.MessageType.delete, flags: Netlink.Flags.acknowledge, sequence: sequence, family: tuple.family)
        writer.add(ConntrackAttribute.original, tuple)
        return writer.finished()
    }
}

extension ConntrackTuple {
    /// One end, as a translation replaces it.
    fileprivate struct End: Equatable {
        enum Address: Equatable {
            case ipv4(IPv4Address)
            case ipv6(IPv6Address)
        }
        let address: Address
        /// The port, or in ICMP the identifier, which belongs to the source.
        let port: UInt16?
    }

    fileprivate var family: UInt8 {
        switch addresses {
        case .ipv4: Netlink.Family.ipv4
        case .ipv6: Netlink.Family.ipv6
        }
    }

    fileprivate var source: End {
        let port: UInt16? = if case .ports(_, let source, _) = transport { source } else { nil }
        return switch addresses {
        case .ipv4(let source, _): End(address: .ipv4(source), port: port)
        case .ipv6(let source, _): End(address: .ipv6(source), port: port)
        }
    }

    fileprivate var destination: End {
        let port: UInt16? =
            switch transport {
            case .ports(_, _, let destination): destination
            case .icmp(_, let id, _, _): id
            case .other: nil
            }
        return switch addresses {
        case .ipv4(_, let destination): End(address: .ipv4(destination), port: port)
        case .ipv6(_, let destination): End(address: .ipv6(destination), port: port)
        }
    }
}

extension AttributeWriter {
    fileprivate mutating func add(_ type: UInt16, _ tuple: ConntrackTuple) {
        nest(type) { writer in
            writer.nest(TupleAttribute.addresses) { writer in
                switch tuple.addresses {
                case .ipv4(let source, let destination):
                    writer.add(TupleAttribute.Address.ipv4Source, source)
                    writer.add(TupleAttribute.Address.ipv4Destination, destination)
                case .ipv6(let source, let destination):
                    writer.add(TupleAttribute.Address.ipv6Source, source)
                    writer.add(TupleAttribute.Address.ipv6Destination, destination)
                }
            }
            writer.nest(TupleAttribute.transport) { writer in
                writer.add(TupleAttribute.Transport.number, tuple.protocolNumber)
                writer.add(tuple.transport)
            }
        }
    }

    private mutating func add(_ transport: ConntrackTuple.Transport) {
        switch transport {
        case .ports(_, let source, let destination):
            add(TupleAttribute.Transport.sourcePort, source)
            add(TupleAttribute.Transport.destinationPort, destination)
        case .icmp(IPProtocol.icmp, let id, let type, let code):
            add(TupleAttribute.Transport.icmpID, id)
            add(TupleAttribute.Transport.icmpType, type)
            add(TupleAttribute.Transport.icmpCode, code)
        case .icmp(_, let id, let type, let code):
            add(TupleAttribute.Transport.icmpv6ID, id)
            add(TupleAttribute.Transport.icmpv6Type, type)
            add(TupleAttribute.Transport.icmpv6Code, code)
        case .other: break
        }
    }

    fileprivate mutating func add(_ type: UInt16, _ end: ConntrackTuple.End) {
        nest(type) { writer in
            switch end.address {
            case .ipv4(let address):
                writer.add(TranslationAttribute.ipv4Least, address)
                writer.add(TranslationAttribute.ipv4Greatest, address)
            case .ipv6(let address):
                writer.add(TranslationAttribute.ipv6Least, address)
                writer.add(TranslationAttribute.ipv6Greatest, address)
            }
            guard let port = end.port else { return }
            writer.nest(TranslationAttribute.transport) { writer in
                writer.add(TranslationAttribute.portLeast, port)
                writer.add(TranslationAttribute.portGreatest, port)
            }
        }
    }

    fileprivate mutating func add(_ type: UInt16, _ state: ConntrackEntry.ProtocolState) {
        nest(type) { writer in
            switch state {
            case .tcp(let tcp):
                writer.nest(StateAttribute.tcp) { writer in
                    writer.add(StateAttribute.TCP.state, tcp.state)
                    writer.add(StateAttribute.TCP.originalScale, tcp.original.scale)
                    writer.add(StateAttribute.TCP.replyScale, tcp.reply.scale)
                    writer.add(StateAttribute.TCP.originalFlags, tcp.original.movedFlags, UInt8.max)
                    writer.add(StateAttribute.TCP.replyFlags, tcp.reply.movedFlags, UInt8.max)
                }
            case .sctp(let sctp):
                writer.nest(StateAttribute.sctp) { writer in
                    writer.add(StateAttribute.SCTP.state, sctp.state)
                    writer.add(StateAttribute.SCTP.originalTag, sctp.originalTag)
                    writer.add(StateAttribute.SCTP.replyTag, sctp.replyTag)
                }
            }
        }
    }
}

extension ConntrackEntry.TCP.Side {
    /// Liberal, for the kernel does not tell where in its window a side is: a packet held back during the move must not count as one
    /// from outside it (as conntrackd does it).
    fileprivate var movedFlags: UInt8 {
        flags & (TCPFlag.windowScale | TCPFlag.selectiveAcknowledgement | TCPFlag.closing) | TCPFlag.liberal
    }
}

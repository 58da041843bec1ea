import ControlFrames
import Frames
import OpenFlow

extension Sample {
    /// The frame as a program encodes it, with what a dissector has to find said once more, from the message alone.
    init(_ message: ControlMessage) {
        let frame = ControlFrame(source: .zero, destination: Sample.vnf, handover: Sample.handover, message: message)
        let (command, name, fields, rest) = message.expected
        self.init(bytes: frame.encoded(), command: command, info: "\(name) handover 263" + rest, fields)
    }
}

extension ControlMessage {
    /// The command, its name, the fields by their names in the dissector, and what follows the handover in the info column.
    fileprivate var expected: (UInt16, String, [String: String], String) {
        switch self {
        case .startSource(let start): (0x0001, "START source", start.fields, start.info)
        case .startDestination(let start): (0x0002, "START destination", start.fields, start.info)
        case .startAck: (0x0003, "START_ACK", [:], "")
        case .followUp: (0x0004, "BUFFER_FOLLOW_UP", [:], "")
        case .releaseFinished(let count): (0x0005, "RELEASE_FINISHED", ["sharp.count": "\(count)"], " count \(count)")
        case .releaseFinishedAck: (0x0006, "RELEASE_FINISHED_ACK", [:], "")
        case .handoverFinished(let usage, let flow):
            (
                0x0007, "HANDOVER_FINISHED", fields(of: flow, and: usage?.fields ?? [:]),
                info(of: flow) + (usage.map { " buffered \($0.packets)" } ?? "")
            )
        case .handoverFinishedAck(let flow): (0x0008, "HANDOVER_FINISHED_ACK", fields(of: flow), info(of: flow))
        case .fence(let flow): (0x0009, "FENCE", fields(of: flow), info(of: flow))
        case .fenceAck(let count, let flow):
            (0x000A, "FENCE_ACK", fields(of: flow, and: ["sharp.count": "\(count)"]), info(of: flow) + " count \(count)")
        case .abort(let reason): (0x000B, "ABORT", ["sharp.reason": reason], reason.isEmpty ? "" : " (\(reason))")
        case .abortAck: (0x000C, "ABORT_ACK", [:], "")
        case .resend(let sequences):
            (
                0x000D, "RESEND", ["sharp.sequence": sequences.map(String.init).joined(separator: String(Tshark.separator))],
                " seq " + sequences.map(String.init).joined(separator: ",")
            )
        case .transfer(let peer):
            (
                0x000E, "TRANSFER", ["sharp.vnf_from": "\(peer.vnf)", "sharp.peer_address": peer.address ?? ""],
                " vnf \(peer.vnf)" + (peer.address.map { " peer \($0)" } ?? "")
            )
        case .transferAck: (0x000F, "TRANSFER_ACK", [:], "")
        case .transport(let frame): (0x0100, "TRANSPORT", frame.fields, frame.info)
        case .straggler(let frame): (0x0101, "STRAGGLER", frame.fields, frame.info)
        case .stragglerAck(let sequence): (0x0102, "STRAGGLER_ACK", ["sharp.sequence": "\(sequence)"], " seq \(sequence)")
        case .arm(let arm): (0x0010, "ARM", arm.fields, arm.info)
        case .armAck: (0x0011, "ARM_ACK", [:], "")
        case .seen(let seen): (0x0012, "SEEN", fields(of: seen.flow, and: ["sharp.frame": hexadecimal(seen.sample)]), info(of: seen.flow))
        case .seenAck(let answer):
            (0x0013, "SEEN_ACK", fields(of: answer.flow, and: answer.verdict.fields), info(of: answer.flow) + answer.verdict.info)
        case .sync(let sync):
            (0x0014, "SYNC", fields(of: sync.flow, and: ["sharp.count": "\(sync.count)"]), info(of: sync.flow) + " count \(sync.count)")
        case .syncAck(let flow): (0x0015, "SYNC_ACK", fields(of: flow), info(of: flow))
        case .frozen: (0x001C, "FROZEN", [:], "")
        case .freezing: (0x001D, "FREEZING", [:], "")
        case .fencing: (0x001E, "FENCING", [:], "")
        case .disarm: (0x0016, "DISARM", [:], "")
        case .disarmAck: (0x0017, "DISARM_ACK", [:], "")
        case .mirror(let flow): (0x0018, "MIRROR", fields(of: flow), info(of: flow))
        case .mirrorAck: (0x0019, "MIRROR_ACK", [:], "")
        case .hello: (0x001A, "HELLO", [:], "")
        case .helloAck(let capabilities):
            (
                0x001B, "HELLO_ACK",
                [
                    "sharp.capabilities": "0x0000000\(capabilities.rawValue)",
                    "sharp.capabilities.direct": capabilities.contains(.direct) ? "1" : "0",
                ], " capabilities 0x\(capabilities.rawValue)"
            )
        }
    }

    private func fields(of flow: FlowKey?, and others: [String: String] = [:]) -> [String: String] {
        others.merging(flow?.fields ?? [:]) { $1 }
    }

    private func info(of flow: FlowKey?) -> String { flow.map { " \($0)" } ?? "" }
}

extension Arm {
    fileprivate var fields: [String: String] {
        let several = String(Tshark.separator)
        var fields = ["sharp.vnf_to": "\(vnf)", "sharp.match": hexadecimal(match.oxmList), "sharp.owns_rest": ownsRest ? "1" : "0"]
        fields["sharp.owner.owned"] = owners.map { $0.isOwned ? "1" : "0" }.joined(separator: several)
        fields["sharp.owner.match"] = owners.map { hexadecimal($0.match.oxmList) }.filter { !$0.isEmpty }.joined(separator: several)
        return fields
    }

    fileprivate var info: String { " vnf \(vnf) a match" + (owners.isEmpty ? "" : " owners \(owners.count)") }
}

extension SeenAck.Verdict {
    fileprivate var fields: [String: String] {
        switch self {
        case .wait: ["sharp.verdict": "0"]
        case .yours: ["sharp.verdict": "1"]
        case .joins(let handover): ["sharp.verdict": "2", "sharp.joined_handover": "\(handover)"]
        }
    }

    fileprivate var info: String {
        switch self {
        case .wait: " wait"
        case .yours: " yours"
        case .joins(let handover): " joins \(handover)"
        }
    }
}

extension Start {
    fileprivate var fields: [String: String] {
        var fields = flow?.fields ?? [:]
        if case .match(let match) = subject { fields["sharp.match"] = hexadecimal(match.oxmList) }
        fields["sharp.straight_to"] = straightTo.map { "\($0)" }
        fields["sharp.held_under"] = heldUnder.map { "\($0)" }
        fields["sharp.awaits_state"] = awaitsState ? "1" : nil
        fields["sharp.repeated"] = isRepeated ? "1" : nil
        fields["sharp.vnf_from"] = "\(from)"
        fields["sharp.vnf_to"] = "\(to)"
        fields["sharp.count"] = "\(directions)"
        fields["sharp.peer_address"] = peerAddress
        return fields
    }

    fileprivate var info: String {
        " vnf \(from) > \(to) \(flow.map { "\($0)" } ?? "a match") count \(directions)" + (peerAddress.map { " peer \($0)" } ?? "")
            + (straightTo.map { " straight to \($0)" } ?? "") + (heldUnder.map { " held under \($0)" } ?? "")
            + (isRepeated ? " again" : "")
    }
}

extension BufferUsage {
    fileprivate var fields: [String: String] {
        ["sharp.buffer.packets": "\(packets)", "sharp.buffer.bytes": "\(bytes)", "sharp.buffer.peak_packets": "\(peakPackets)"]
    }
}

extension WrappedFrame {
    fileprivate var fields: [String: String] {
        var fields = ["sharp.sequence": "\(sequence)"]
        fields["sharp.part.index"] = part.map { "\($0.index)" }
        fields["sharp.part.count"] = part.map { "\($0.of)" }
        fields["sharp.frame"] = hexadecimal(bytes)
        if part == nil, !bytes.isEmpty {
            fields["ip.src"] = "10.0.0.1"
            fields["udp.dstport"] = "7"
        }
        return fields
    }

    fileprivate var info: String {
        " seq \(sequence)" + (part.map { " part \($0.index + 1)/\($0.of)" } ?? "") + (bytes.isEmpty ? " lost" : "")
    }
}

extension FlowKey {
    fileprivate var fields: [String: String] {
        var fields: [String: String] = [:]
        fields["sharp.vlan_vid"] = vlan.map { "\($0)" }
        switch network {
        case .ipv4(let source, let destination, let transport):
            fields["sharp.eth_type"] = "0x0800"
            fields["sharp.ipv4_src"] = "\(source)"
            fields["sharp.ipv4_dst"] = "\(destination)"
            fields.merge(transport.fields(icmp: IPProtocol.icmp)) { $1 }
        case .ipv6(let source, let destination, let transport):
            fields["sharp.eth_type"] = "0x86dd"
            fields["sharp.ipv6_src"] = "\(source)"
            fields["sharp.ipv6_dst"] = "\(destination)"
            fields.merge(transport.fields(icmp: IPProtocol.icmpv6)) { $1 }
        case .ethernet(let source, let destination, let etherType):
            fields["sharp.eth_type"] = "0x0" + String(etherType, radix: 16)
            fields["sharp.eth_src"] = "\(source)"
            fields["sharp.eth_dst"] = "\(destination)"
        }
        return fields
    }
}

extension FlowKey.Transport {
    fileprivate func fields(icmp: UInt8) -> [String: String] {
        func ports(_ name: String, _ number: UInt8, _ source: UInt16, _ destination: UInt16) -> [String: String] {
            ["sharp.ip_proto": "\(number)", "sharp.\(name)_src": "\(source)", "sharp.\(name)_dst": "\(destination)"]
        }
        return switch self {
        case .tcp(let source, let destination): ports("tcp", IPProtocol.tcp, source, destination)
        case .udp(let source, let destination): ports("udp", IPProtocol.udp, source, destination)
        case .sctp(let source, let destination): ports("sctp", IPProtocol.sctp, source, destination)
        case .icmp(let type, let code):
            ["sharp.ip_proto": "\(icmp)", "sharp.icmp_type": "\(type)", "sharp.icmp_code": "\(code)"]
        case .other(let number): ["sharp.ip_proto": "\(number)"]
        }
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

import Frames
import OpenFlow
import Testing

/// What os-ken's decoder reads in a message and what ours does.
@Suite("Values agree with os-ken's", .enabled(if: Corpus.isThere, "no os-ken corpus here: `make corpus` brings it, or set OSKEN_CORPUS"))
struct DecodingComparisonTests {
    @Test(arguments: Corpus.names.filter { $0.contains("flow_mod") && !$0.contains("conj") })
    func inAFlowMod(_ name: String) throws {
        guard case .flowMod(let flowMod) = try Envelope.decode(Corpus.bytes(of: name)).message else { throw WrongMessage() }
        let theirs = try Corpus.decoding(of: name)["OFPFlowMod"]
        #expect(theirs["table_id"].number == UInt64(flowMod.tableID))
        #expect(theirs["command"].number == UInt64(flowMod.command.rawValue))
        #expect(theirs["priority"].number == UInt64(flowMod.priority))
        #expect(theirs["cookie"].number == flowMod.cookie)
        #expect(theirs["cookie_mask"].number == flowMod.cookieMask)
        #expect(theirs["idle_timeout"].number == UInt64(flowMod.idleTimeout))
        #expect(theirs["hard_timeout"].number == UInt64(flowMod.hardTimeout))
        #expect(theirs["buffer_id"].number == UInt64(flowMod.bufferID))
        #expect(theirs["out_port"].number == UInt64(flowMod.outPort))
        #expect(theirs["out_group"].number == UInt64(flowMod.outGroup))
        #expect(theirs["flags"].number == UInt64(flowMod.flags.rawValue))
        expect(flowMod.match, agreesWith: theirs["match"])
        expect(flowMod.instructions, agreeWith: theirs["instructions"])
    }

    @Test(arguments: Corpus.names.filter { $0.contains("packet_in.") })
    func inAPacketIn(_ name: String) throws {
        guard case .packetIn(let packetIn) = try Envelope.decode(Corpus.bytes(of: name)).message else { throw WrongMessage() }
        let theirs = try Corpus.decoding(of: name)["OFPPacketIn"]
        #expect(theirs["buffer_id"].number == UInt64(packetIn.bufferID))
        #expect(theirs["total_len"].number == UInt64(packetIn.totalLength))
        #expect(theirs["reason"].number == UInt64(packetIn.reason.rawValue))
        #expect(theirs["table_id"].number == UInt64(packetIn.tableID))
        #expect(theirs["cookie"].number == packetIn.cookie)
        expect(packetIn.match, agreesWith: theirs["match"])
    }

    @Test(arguments: Corpus.names.filter { $0.contains("flow_removed") })
    func inAFlowRemoved(_ name: String) throws {
        guard case .flowRemoved(let removed) = try Envelope.decode(Corpus.bytes(of: name)).message else { throw WrongMessage() }
        let theirs = try Corpus.decoding(of: name)["OFPFlowRemoved"]
        #expect(theirs["cookie"].number == removed.cookie)
        #expect(theirs["priority"].number == UInt64(removed.priority))
        #expect(theirs["reason"].number == UInt64(removed.reason.rawValue))
        #expect(theirs["duration_sec"].number == UInt64(removed.durationSeconds))
        #expect(theirs["duration_nsec"].number == UInt64(removed.durationNanoseconds))
        #expect(theirs["idle_timeout"].number == UInt64(removed.idleTimeout))
        #expect(theirs["hard_timeout"].number == UInt64(removed.hardTimeout))
        #expect(theirs["packet_count"].number == removed.packetCount)
        #expect(theirs["byte_count"].number == removed.byteCount)
        expect(removed.match, agreesWith: theirs["match"])
    }

    @Test func inFlowStatistics() throws {
        let name = "4-12-ofp_flow_stats_reply.packet"
        guard case .multipartReply(let reply) = try Envelope.decode(Corpus.bytes(of: name)).message, case .flow(let entries) = reply.body
        else { throw WrongMessage() }
        let theirs = try Corpus.decoding(of: name)["OFPFlowStatsReply"]["body"].list.map { $0["OFPFlowStats"] }
        #expect(theirs.count == entries.count)
        for (entry, their) in zip(entries, theirs) {
            #expect(their["table_id"].number == UInt64(entry.tableID))
            #expect(their["priority"].number == UInt64(entry.priority))
            #expect(their["duration_sec"].number == UInt64(entry.durationSeconds))
            #expect(their["packet_count"].number == entry.packetCount)
            #expect(their["byte_count"].number == entry.byteCount)
            #expect(their["cookie"].number == entry.cookie)
            expect(entry.match, agreesWith: their["match"])
            expect(entry.instructions, agreeWith: their["instructions"])
        }
    }

    private func expect(_ instructions: [Instruction], agreeWith theirs: Decoding) {
        let ours = instructions.map { instruction in
            switch instruction {
            case .gotoTable: "OFPInstructionGotoTable"
            case .writeMetadata: "OFPInstructionWriteMetadata"
            case .writeActions, .applyActions, .clearActions: "OFPInstructionActions"
            case .meter: "OFPInstructionMeter"
            case .other: "another"
            }
        }
        #expect(theirs.list.map { $0.keys.first ?? "" } == ours)
    }

    private func expect(_ match: Match, agreesWith theirs: Decoding) {
        let fields = theirs["OFPMatch"]["oxm_fields"].list.map { $0["OXMTlv"] }
        var named: [String: Decoding] = [:]
        for field in fields { named[field["field"].text ?? ""] = field }
        let ours = match.oskenValues
        for (name, value) in ours { #expect(named[name]?["value"].text == value, "\(name)") }
        #expect(ours.count + match.others.count == fields.count)
    }
}

extension Match {
    /// The modelled fields as os-ken writes them.
    fileprivate var oskenValues: [String: String] {
        var values: [String: String] = [:]
        values["in_port"] = inPort?.description
        values["metadata"] = metadata?.value.description
        values["eth_src"] = fields.ethSource?.value.description
        values["eth_dst"] = fields.ethDestination?.value.description
        values["eth_type"] = fields.etherType?.description
        values["vlan_vid"] = fields.vlan.map { vlan in
            switch vlan {
            case .untagged: "0"
            case .tagged(let tag): (tag.value.bits | 0x1000).description
            }
        }
        values["vlan_pcp"] = fields.vlanPriority?.description
        values["ip_dscp"] = fields.dscp?.description
        values["ip_ecn"] = fields.ecn?.description
        values["ip_proto"] = fields.ipProtocol?.description
        values["ipv4_src"] = fields.ipv4Source?.value.description
        values["ipv4_dst"] = fields.ipv4Destination?.value.description
        values["tcp_src"] = fields.tcpSource?.description
        values["tcp_dst"] = fields.tcpDestination?.description
        values["udp_src"] = fields.udpSource?.description
        values["udp_dst"] = fields.udpDestination?.description
        values["sctp_src"] = fields.sctpSource?.description
        values["sctp_dst"] = fields.sctpDestination?.description
        values["icmpv4_type"] = fields.icmpv4Type?.description
        values["icmpv4_code"] = fields.icmpv4Code?.description
        values["arp_op"] = fields.arpOperation?.description
        values["arp_spa"] = fields.arpSenderIP?.value.description
        values["arp_tpa"] = fields.arpTargetIP?.value.description
        values["arp_sha"] = fields.arpSenderMAC?.value.description
        values["arp_tha"] = fields.arpTargetMAC?.value.description
        values["ipv6_src"] = fields.ipv6Source?.value.description
        values["ipv6_dst"] = fields.ipv6Destination?.value.description
        values["ipv6_flabel"] = fields.flowLabel?.value.bits.description
        values["icmpv6_type"] = fields.icmpv6Type?.description
        values["icmpv6_code"] = fields.icmpv6Code?.description
        values["ipv6_nd_target"] = fields.ndTarget?.description
        values["ipv6_nd_sll"] = fields.ndSourceMAC?.description
        values["ipv6_nd_tll"] = fields.ndTargetMAC?.description
        return values
    }
}

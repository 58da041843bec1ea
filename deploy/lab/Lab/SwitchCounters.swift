/// What Open vSwitch itself counts: of its flow entries, and of OpenFlow messages.
///
/// Every packet from a host meets one entry of the classifying table and one of the steering table. Those that the former lets in and no
/// entry of the latter without the controller among its actions has taken, went to the controller, as they are or as copies. Entries that
/// were replaced in between take their counts with them: that can only make the controller's share larger.
package struct SwitchCounters: Hashable {
    /// Packets and their bytes.
    struct Amount: Hashable {
        var packets = 0
        var bytes = 0
    }

    /// What hosts sent towards functions.
    private(set) var steered = Amount()
    /// What of it met an entry that leads past the controller.
    private(set) var forwarded = Amount()
    /// Control frames to the controller.
    private(set) var controlFrames = 0
    /// PACKET_OUT messages from the controller.
    private(set) var packetOuts = 0
    /// All messages from the controller, and those of whoever else asks a switch something.
    private(set) var messages = 0

    /// Reads what the switches have counted until now.
    static func read(_ openVSwitch: OpenVSwitch) throws(LabError) -> SwitchCounters {
        // First the messages: asking for entries adds some.
        let coverage = try openVSwitch.coverage()
        return SwitchCounters(
            entries: try openVSwitch.countedEntries(), packetOuts: coverage["ofproto_packet_out"] ?? 0,
            messages: coverage["ofproto_recv_openflow"] ?? 0)
    }

    /// The sums over entries as `ovs-ofctl dump-flows` writes them.
    package init(entries: [String], packetOuts: Int, messages: Int) {
        self.packetOuts = packetOuts
        self.messages = messages
        for line in entries {
            let amount = Amount(packets: Self.number("n_packets=", in: line), bytes: Self.number("n_bytes=", in: line))
            let meetsController = line.contains("CONTROLLER")
            switch Self.number("table=", in: line) {
            case 0 where line.contains("dl_type=0x821c"): if meetsController { controlFrames += amount.packets }
            case 0 where line.contains("goto_table:1"):
                steered.packets += amount.packets
                steered.bytes += amount.bytes
            case 1 where !meetsController:
                forwarded.packets += amount.packets
                forwarded.bytes += amount.bytes
            default: break
            }
        }
    }

    /// What was added since an earlier reading.
    package func since(_ earlier: SwitchCounters) -> LabReport.ThroughController {
        func past(_ field: KeyPath<Amount, Int>) -> Int {
            max(
                0, steered[keyPath: field] - earlier.steered[keyPath: field] - forwarded[keyPath: field] + earlier.forwarded[keyPath: field]
            )
        }
        return LabReport.ThroughController(
            packets: past(\.packets), bytes: past(\.bytes), controlFrames: controlFrames - earlier.controlFrames,
            packetOuts: packetOuts - earlier.packetOuts, messages: messages - earlier.messages)
    }

    private static func number(_ name: String, in line: String) -> Int {
        line.range(of: name).flatMap { Int(line[$0.upperBound...].prefix(while: \.isNumber)) } ?? 0
    }
}

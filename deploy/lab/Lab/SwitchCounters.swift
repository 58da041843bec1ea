/// What Open vSwitch itself counts of the way to the controller and back.
///
/// Its flow entries cannot tell how many packets went to the controller: an entry that takes another's place inherits its count. But each
/// switch counts the PACKET_INs that it sends, and its entries for control frames, which are never replaced, tell those apart.
package struct SwitchCounters: Hashable {
    /// PACKET_IN messages to the controller.
    package private(set) var packetIns: Int
    /// Control frames among them.
    package private(set) var controlFrames: Int
    /// PACKET_OUT messages from the controller.
    package private(set) var packetOuts: Int
    /// All messages from the controller.
    package private(set) var messages: Int

    private static let attempts = 20

    /// Reads what the switches have counted until now.
    ///
    /// - Parameter isFirst: whether another reading follows: asking a switch for its entries is a message too, which must not lie between.
    static func read(_ openVSwitch: OpenVSwitch, isFirst: Bool) throws(LabError) -> SwitchCounters {
        var coverage = try openVSwitch.coverage()
        var packetIns = try openVSwitch.packetIns()
        var entries: [String] = []
        // A control frame that came between the two counts would pass for a packet of a flow.
        for _ in 0..<attempts {
            entries = try openVSwitch.countedEntries()
            let before = packetIns
            packetIns = try openVSwitch.packetIns()
            if packetIns == before { break }
        }
        if isFirst { coverage = try openVSwitch.coverage() }
        return SwitchCounters(
            packetIns: packetIns, entries: entries, packetOuts: coverage["ofproto_packet_out"] ?? 0,
            messages: coverage["ofproto_recv_openflow"] ?? 0)
    }

    /// - Parameter entries: all flow entries, as `ovs-ofctl dump-flows` writes them.
    package init(packetIns: Int, entries: [String], packetOuts: Int, messages: Int) {
        self.packetIns = packetIns
        self.packetOuts = packetOuts
        self.messages = messages
        controlFrames = entries.reduce(0) { sum, line in
            guard line.contains("table=0"), line.contains("dl_type=0x821c"), line.contains("CONTROLLER") else { return sum }
            return sum + (line.range(of: "n_packets=").flatMap { Int(line[$0.upperBound...].prefix(while: \.isNumber)) } ?? 0)
        }
    }

    /// What was added since an earlier reading.
    package func since(_ earlier: SwitchCounters) -> LabReport.ThroughController {
        let controlFrames = controlFrames - earlier.controlFrames
        return LabReport.ThroughController(
            packets: packetIns - earlier.packetIns - controlFrames, controlFrames: controlFrames,
            packetOuts: packetOuts - earlier.packetOuts, messages: messages - earlier.messages)
    }

    /// The PACKET_INs in a controller's status, as Open vSwitch's database has it where their rate is limited (if only in theory).
    package static func packetIns(inStatus text: String) -> Int {
        ["miss", "action"].reduce(0) { sum, reason in
            ["bypassed", "queued"].reduce(sum) { sum, way in
                guard let place = text.range(of: "packet-in-\(reason)-\(way)=\"") else { return sum }
                return sum + (Int(text[place.upperBound...].prefix(while: \.isNumber)) ?? 0)
            }
        }
    }
}

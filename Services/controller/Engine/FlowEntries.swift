import Frames
import OpenFlow

/// The flow entries of the pipeline (design, Section 4), as FLOW_MODs.
///
/// Table 0 tells hosts, instances and control frames apart by port, and takes frames from trunks where their tags say; table 1 steers
/// flows to instances; table 2 sends towards hosts; table 3 lets control frames pass between the instances of a group.
enum FlowEntries {
    enum Table {
        static let classification: UInt8 = 0
        static let steering: UInt8 = 1
        static let forwarding: UInt8 = 2
        static let peers: UInt8 = 3
    }

    enum Priority {
        static let control: UInt16 = 1001
        static let peerControl: UInt16 = 1000
        static let crossing: UInt16 = 960
        static let trunk: UInt16 = 950
        static let strayControl: UInt16 = 900
        static let knownHost: UInt16 = 200
        static let port: UInt16 = 100
        static let towardsHost: UInt16 = 10
        static let forwarding: UInt16 = 1
        static let fallback: UInt16 = 0
        static let exact: UInt16 = 0xF100

        static func steering(_ rule: UInt16) -> UInt16 { 2 * rule }
        static func detection(_ rule: UInt16) -> UInt16 { 2 * rule + 1 }
    }

    /// How long a flow that is kept where no rule sends it must be silent until it counts as over, in seconds.
    static let keptFlowTimeout: UInt16 = 60

    /// Removes every entry that carries our tag.
    static let clear = FlowMod(
        tableID: 0xFF, command: .delete, priority: 0, cookie: Cookie.tag, cookieMask: Cookie.tagMask, match: Match())

    /// Drops control frames that come from anywhere but an instance.
    static let dropStrayControl = FlowMod(
        tableID: Table.classification, command: .add, priority: Priority.strayControl,
        cookie: Cookie(.classification).rawValue, match: controlMatch())

    /// Brings what an instance says to the controller there.
    static func control(fromPort port: UInt32) -> FlowMod {
        FlowMod(
            tableID: Table.classification, command: .add, priority: Priority.control, cookie: Cookie(.control).rawValue,
            match: controlMatch(inPort: port, to: .zero), instructions: [.applyActions([.toController])])
    }

    /// Lets what an instance says to others of its group look for them.
    static func peerControl(fromPort port: UInt32, metadata: MaskedMetadata) -> FlowMod {
        FlowMod(
            tableID: Table.classification, command: .add, priority: Priority.peerControl, cookie: Cookie(.classification).rawValue,
            match: controlMatch(inPort: port), instructions: [.writeMetadata(metadata), .gotoTable(Table.peers)])
    }

    /// Brings an instance what others of its group say to it.
    static func peer(_ address: MACAddress, metadata: MaskedMetadata, toPort port: UInt32) -> FlowMod {
        FlowMod(
            tableID: Table.peers, command: .add, priority: Priority.port, cookie: Cookie(.classification).rawValue,
            match: controlMatch(to: address, metadata: metadata), instructions: [.applyActions([.output(port)])])
    }

    /// Sends what hosts say to the steering table, marked with group and direction.
    static func host(port: UInt32, metadata: MaskedMetadata) -> FlowMod { classify(port, metadata, next: Table.steering) }

    /// Like ``host(port:metadata:)``, and copies to the controller what comes from hosts that it does not know yet.
    static func learningHost(port: UInt32, metadata: MaskedMetadata, group: Group, _ direction: Direction) -> FlowMod {
        FlowMod(
            tableID: Table.classification, command: .add, priority: Priority.port,
            cookie: Cookie(.learning, direction, serial: Serial(UInt64(group.index))).rawValue, match: Match(inPort: port),
            instructions: [.applyActions([.toController]), .writeMetadata(metadata), .gotoTable(Table.steering)])
    }

    /// Sends what a known host says to the steering table, until it has been silent for five minutes.
    static func knownHost(
        _ host: MACAddress, port: UInt32, metadata: MaskedMetadata, group: Group, _ direction: Direction
    ) -> FlowMod {
        var fields = FlowMatch.Fields()
        fields.ethSource = Masked(host)
        return FlowMod(
            tableID: Table.classification, command: .add, priority: Priority.knownHost,
            cookie: Cookie(.knownHost, direction, serial: Serial(UInt64(group.index))).rawValue, idleTimeout: 300, flags: .sendFlowRemoved,
            match: Match(inPort: port, fields: fields), instructions: [.writeMetadata(metadata), .gotoTable(Table.steering)])
    }

    /// Learns anew where a host is when it is seen at a port where it was before.
    static func forgetKnownHost(_ host: MACAddress, port: UInt32) -> FlowMod {
        var fields = FlowMatch.Fields()
        fields.ethSource = Masked(host)
        return FlowMod(
            tableID: Table.classification, command: .deleteStrict, priority: Priority.knownHost, match: Match(inPort: port, fields: fields))
    }

    /// Sends what comes from instances to a known host.
    static func towardsHost(_ host: MACAddress, metadata: MaskedMetadata, _ actions: [Action]) -> FlowMod {
        FlowMod(
            tableID: Table.forwarding, command: .add, priority: Priority.towardsHost, cookie: Cookie(.forwarding).rawValue,
            match: hostMatch(host, metadata), instructions: [.applyActions(actions)])
    }

    /// Lets frames to a host go to every host port of its side again.
    static func forgetHost(_ host: MACAddress, metadata: MaskedMetadata) -> FlowMod {
        FlowMod(
            tableID: Table.forwarding, command: .deleteStrict, priority: Priority.towardsHost, match: hostMatch(host, metadata))
    }

    private static func hostMatch(_ host: MACAddress, _ metadata: MaskedMetadata) -> Match {
        var fields = FlowMatch.Fields()
        fields.ethDestination = Masked(host)
        return Match(metadata: metadata, fields: fields)
    }

    /// Sends what an instance says to the forwarding table, marked with group and side.
    static func instance(port: UInt32, metadata: MaskedMetadata) -> FlowMod { classify(port, metadata, next: Table.forwarding) }

    /// Sends what an instance says to the steering of the next group in a chain, marked with that group and the direction.
    static func chained(port: UInt32, metadata: MaskedMetadata) -> FlowMod { classify(port, metadata, next: Table.steering) }

    private static func classify(_ port: UInt32, _ metadata: MaskedMetadata, next table: UInt8) -> FlowMod {
        FlowMod(
            tableID: Table.classification, command: .add, priority: Priority.port, cookie: Cookie(.classification).rawValue,
            match: Match(inPort: port), instructions: [.writeMetadata(metadata), .gotoTable(table)])
    }

    /// Sends what comes from instances to a side's hosts.
    static func forwarding(metadata: MaskedMetadata, _ actions: [Action]) -> FlowMod {
        FlowMod(
            tableID: Table.forwarding, command: .add, priority: Priority.forwarding, cookie: Cookie(.forwarding).rawValue,
            match: Match(metadata: metadata), instructions: [.applyActions(actions)])
    }

    /// Sends what comes from a trunk on to the instance that its tag says.
    static func relay(fromTrunk port: UInt32, tag: UInt16, _ actions: [Action]) -> FlowMod {
        FlowMod(
            tableID: Table.classification, command: .add, priority: Priority.trunk, cookie: Cookie(.trunk).rawValue,
            match: trunkMatch(port, tag), instructions: [.applyActions(actions)])
    }

    /// Sends what comes from a trunk for hosts to the forwarding table, as if it came from an instance here.
    static func hosts(fromTrunk port: UInt32, tag: UInt16, metadata: MaskedMetadata) -> FlowMod {
        FlowMod(
            tableID: Table.classification, command: .add, priority: Priority.trunk, cookie: Cookie(.trunk).rawValue,
            match: trunkMatch(port, tag),
            instructions: [.applyActions([.popVLAN]), .writeMetadata(metadata), .gotoTable(Table.forwarding)])
    }

    /// Sends the controller's own control frames on to all switches with hosts, and from those back to the controller.
    static func crossing(fromTrunk port: UInt32, tag: UInt16, _ actions: [Action], _ direction: Direction) -> FlowMod {
        var match = trunkMatch(port, tag)
        match.fields.etherType = EtherType.sharp
        return FlowMod(
            tableID: Table.classification, command: .add, priority: Priority.crossing, cookie: Cookie(.crossing, direction).rawValue,
            match: match, instructions: [.applyActions(actions)])
    }

    private static func trunkMatch(_ port: UInt32, _ tag: UInt16) -> Match {
        var fields = FlowMatch.Fields()
        fields.vlan = .tag(tag)
        return Match(inPort: port, fields: fields)
    }

    /// Sends the flows that no rule names to the group's default instance.
    static func fallback(metadata: MaskedMetadata, _ actions: [Action], _ direction: Direction) -> FlowMod {
        FlowMod(
            tableID: Table.steering, command: .add, priority: Priority.fallback, cookie: Cookie(.fallback, direction).rawValue,
            match: Match(metadata: metadata), instructions: [.applyActions(actions)])
    }

    /// Sends a rule's flows to its destination.
    static func steering(
        _ match: FlowMatch, priority: UInt16, metadata: MaskedMetadata, _ actions: [Action], cookie: Cookie
    ) -> FlowMod {
        FlowMod(
            tableID: Table.steering, command: .add, priority: Priority.steering(priority), cookie: cookie.rawValue,
            match: Match(metadata: metadata, fields: match.fields), instructions: [.applyActions(actions)])
    }

    /// Sends a rule's flows to the controller: while they are detected, and then until none has come for a second.
    ///
    /// The closing entry goes on with the detection entry's count (OpenFlow 1.3.5, Section 6.4), which it tells when it goes.
    ///
    /// - Parameter continues: whether the entry takes the place of another detection's and goes on with its count too.
    static func detection(
        _ match: FlowMatch, priority: UInt16, metadata: MaskedMetadata, cookie: Cookie, continues: Bool
    ) -> FlowMod {
        FlowMod(
            tableID: Table.steering, command: .add, priority: Priority.detection(priority), cookie: cookie.rawValue,
            idleTimeout: cookie.kind == .closing ? 1 : 0,
            flags: cookie.kind == .closing || continues ? .sendFlowRemoved : [.sendFlowRemoved, .resetCounts],
            match: Match(metadata: metadata, fields: match.fields), instructions: [.applyActions([.toController])])
    }

    /// A flow's exact entry; one that keeps a flow where no rule sends it goes by itself when the flow has ended.
    static func exact(
        _ flow: FlowKey, metadata: MaskedMetadata, priority: UInt16, actions: [Action], idleTimeout: UInt16, cookie: Cookie
    ) -> FlowMod {
        FlowMod(
            tableID: Table.steering, command: .add, priority: priority, cookie: cookie.rawValue, idleTimeout: idleTimeout,
            flags: idleTimeout > 0 ? [.sendFlowRemoved, .resetCounts] : .resetCounts,
            match: Match(metadata: metadata, fields: FlowMatch(exactly: flow).fields),
            instructions: [.applyActions(actions)])
    }

    /// Removes one entry of the steering table.
    static func remove(_ match: FlowMatch, priority: UInt16, metadata: MaskedMetadata) -> FlowMod {
        FlowMod(
            tableID: Table.steering, command: .deleteStrict, priority: priority,
            match: Match(metadata: metadata, fields: match.fields))
    }

    /// Removes an entry that a switch has.
    static func remove(_ entry: FlowStatistics) -> FlowMod {
        FlowMod(tableID: entry.tableID, command: .deleteStrict, priority: entry.priority, match: entry.match)
    }

    private static func controlMatch(inPort: UInt32? = nil, to address: MACAddress? = nil, metadata: MaskedMetadata? = nil) -> Match {
        var fields = FlowMatch.Fields()
        fields.etherType = EtherType.sharp
        fields.ethDestination = address.map { Masked($0) }
        return Match(inPort: inPort, metadata: metadata, fields: fields)
    }
}

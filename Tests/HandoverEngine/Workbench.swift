import ControlFrames
import Frames
import HandoverEngine
import OpenFlow
import Timing
import Wire

/// An engine between two switches with two instances, and short words for what switches and instances say.
struct Workbench {
    static let ingress = DatapathID(1)
    static let egress = DatapathID(2)
    static let flow = FlowKey(
        network: .ipv4(
            source: IPv4Address(bits: 0x0A00_0001), destination: IPv4Address(bits: 0x0A00_0002), .udp(source: 5000, destination: 7)))

    var engine: Engine
    var now = Instant.zero
    private(set) var messages: [(datapath: DatapathID, message: Message)] = []
    private(set) var events: [Engine.Event] = []
    private(set) var journal: [JournalEntry] = []
    private var checkpoints: [Serial: Checkpoint] = [:]
    private var cookies: [Cookie] = []
    private var everything: [(datapath: DatapathID, flowMod: FlowMod)] = []
    private var names = 0

    private var configuration: Configuration

    /// - Parameter asks: whether the engine asks the instances what they can.
    init(
        _ configuration: Configuration = Configuration(), hostPorts: [UInt32] = [1], instances: UInt16 = 2,
        asks: Bool = false
    ) throws {
        var configuration = configuration
        configuration.asksInstances = asks
        self.configuration = configuration
        engine = Engine(configuration: configuration)
        try engine.put(Switch(id: "s1", datapath: Self.ingress), at: now)
        try engine.put(Switch(id: "s2", datapath: Self.egress), at: now)
        func side(_ id: String) -> Side { Side(switchID: id, hostPorts: hostPorts.map(PortReference.number)) }
        try engine.put(Group(id: "g", ingress: side("s1"), egress: side("s2")), at: now)
        for vnf in 1...instances {
            func attachment(_ pair: UInt64) -> Attachment {
                Attachment(port: .number(UInt32(vnf) + 1), address: MACAddress(bits: UInt64(vnf) << 8 | pair))
            }
            try engine.put(
                VNF(id: VNFID(vnf), group: "g", ingress: attachment(1), egress: attachment(2), peerAddress: "10.9.0.\(vnf):7000"), at: now)
        }
        for datapath in [Self.ingress, Self.egress] { connect(datapath) }
    }

    /// A switch introduces itself, and says what it has in its tables.
    mutating func connect(_ datapath: DatapathID, having entries: [FlowStatistics] = []) {
        engine.connected(datapath, ports: [], at: now)
        engine.handle(.multipartReply(MultipartReply(.flow(entries))), from: datapath, at: now)
        take()
    }

    /// Another engine takes the place of this one, which knows what was written down and nothing else; the switches are to connect.
    mutating func restart() throws {
        configuration.keepsJournal = true
        engine = try Engine(configuration: configuration, resuming: journal, checkpoints: Array(checkpoints.values), at: now)
        clear()
        take()
    }

    /// Collects what the engine wants done.
    mutating func take() {
        for output in engine.takeOutput() {
            switch output {
            case .message(let datapath, let message):
                messages.append((datapath, message))
                guard case .flowMod(let flowMod) = message else { continue }
                everything.append((datapath, flowMod))
                if let cookie = Cookie(rawValue: flowMod.cookie) { cookies.append(cookie) }
            case .event(let event): events.append(event)
            case .journal(let entry): journal.append(entry)
            case .checkpoint(let checkpoint): checkpoints[checkpoint.serial] = checkpoint
            }
        }
    }

    /// Forgets what was collected.
    mutating func clear() {
        messages = []
        events = []
    }

    // MARK: What is said to the engine

    @discardableResult
    mutating func createRule(
        priority: UInt16 = 10, to vnf: UInt16 = 2, match: FlowMatch = .any, isBidirectional: Bool = true,
        mode: Mode? = .sharp, grouping: Grouping = .perFlow, maximumSilence: TimeSpan = .seconds(1), detectionLimit: TimeSpan = .seconds(30)
    ) throws -> Rule {
        let specification = RuleSpecification(
            match: match, priority: priority, destination: VNFID(vnf), isBidirectional: isBidirectional, mode: mode,
            grouping: grouping, maximumSilence: maximumSilence, detectionLimit: detectionLimit)
        defer { take() }
        names += 1
        return try engine.create(specification, named: "r\(names)", at: now)
    }

    mutating func advance(by span: TimeSpan) {
        now = now + span
        engine.advance(to: now)
        take()
    }

    /// A packet of the flow comes to the controller under the entry that a cookie names.
    mutating func packet(_ number: UInt8, _ direction: Direction, under cookie: Cookie) {
        let datapath = direction == .forward ? Self.ingress : Self.egress
        let frame = Self.frame(direction == .forward ? Self.flow : Self.flow.mirrored, number)
        let packetIn = PacketIn(tableID: 1, cookie: cookie.rawValue, match: Match(inPort: 1), data: frame)
        engine.handle(.packetIn(packetIn), from: datapath, at: now)
        take()
    }

    /// An instance says something.
    mutating func control(
        _ message: ControlMessage, from vnf: UInt16, _ direction: Direction, handover: UInt16 = 1, uptime: UInt32? = nil,
        process: UInt64? = nil
    ) {
        let frame = ControlFrame(
            source: .zero, destination: .zero, handover: HandoverID(rawValue: handover), message: message, uptime: uptime,
            process: process.map(ProcessNumber.init(rawValue:)))
        controlBytes(frame.encoded(), from: vnf, direction)
    }

    /// An instance holds a packet of the flow under an arming.
    mutating func seen(_ direction: Direction, by vnf: UInt16, arming: UInt16 = 1) {
        let flow = direction == .forward ? Self.flow : Self.flow.mirrored
        control(.seen(Seen(flow: flow, sample: Self.frame(flow, 1))), from: vnf, direction, handover: arming)
    }

    mutating func controlBytes(_ bytes: [UInt8], from vnf: UInt16, _ direction: Direction) {
        let datapath = direction == .forward ? Self.ingress : Self.egress
        let packetIn = PacketIn(tableID: 0, cookie: Cookie(.control).rawValue, match: Match(inPort: UInt32(vnf) + 1), data: bytes)
        engine.handle(.packetIn(packetIn), from: datapath, at: now)
        take()
    }

    /// An instance says what it can.
    mutating func says(_ capabilities: Capabilities, _ vnf: UInt16) {
        control(.helloAck(capabilities), from: vnf, .forward, handover: 0)
    }

    /// No packet comes under the detection entries for so long that detection ends.
    mutating func detectionFallsSilent() {
        for _ in 0..<4 { advance(by: .milliseconds(500)) }
    }

    /// Detection is over for so long that its entries are replaced by those that expire.
    mutating func detectionCloses() {
        for _ in 0..<25 { advance(by: .milliseconds(500)) }
    }

    /// The last of the detection entries expires, in a direction.
    mutating func closingExpires(_ direction: Direction) {
        guard let cookie = cookie(of: .closing, direction) else { return }
        let removed = FlowRemoved(cookie: cookie.rawValue, priority: 21, reason: .idleTimeout, tableID: 1, match: Match())
        engine.handle(.flowRemoved(removed), from: direction == .forward ? Self.ingress : Self.egress, at: now)
        take()
    }

    /// A packet of the flow's other direction that the source returns, under the packet's own number.
    static func straggler(_ number: UInt8) -> ControlMessage {
        .straggler(WrappedFrame(sequence: UInt32(number), bytes: frame(flow.mirrored, number)))
    }

    static func frame(_ flow: FlowKey, _ number: UInt8) -> [UInt8] {
        guard case .ipv4(let source, let destination, .udp(let sourcePort, let destinationPort)) = flow.network else { return [] }
        var writer = ByteWriter()
        writer.pad(12)
        writer.write(EtherType.ipv4)
        writer.write([0x45, 0, 0, 44, 0, 0, 0, 0, 64, 17, 0, 0] as [UInt8])
        writer.write(source)
        writer.write(destination)
        writer.write(sourcePort)
        writer.write(destinationPort)
        writer.pad(4)
        writer.write(number)
        writer.pad(15)
        return writer.bytes
    }

    // MARK: What the engine says

    var flowMods: [(datapath: DatapathID, flowMod: FlowMod)] {
        messages.compactMap { if case .flowMod(let flowMod) = $0.message { ($0.datapath, flowMod) } else { nil } }
    }

    /// What a switch's tables hold because of all that was sent to it.
    func tables(of datapath: DatapathID) -> [FlowStatistics] {
        var entries: [FlowStatistics] = []
        for (to, flowMod) in everything where to == datapath {
            entries.removeAll { $0.tableID == flowMod.tableID && $0.priority == flowMod.priority && $0.match == flowMod.match }
            guard flowMod.command == .add else { continue }
            entries.append(
                FlowStatistics(
                    tableID: flowMod.tableID, priority: flowMod.priority, idleTimeout: flowMod.idleTimeout, flags: flowMod.flags,
                    cookie: flowMod.cookie, match: flowMod.match, instructions: flowMod.instructions))
        }
        return entries
    }

    /// The cookie of the newest entry of a kind.
    func cookie(of kind: Cookie.Kind, _ direction: Direction) -> Cookie? {
        cookies.last { $0.kind == kind && $0.direction == direction }
    }

    /// The kinds of entries that were added, in order.
    var added: [Cookie.Kind] {
        flowMods.filter { $0.flowMod.command == .add }.compactMap { Cookie(rawValue: $0.flowMod.cookie)?.kind }
    }

    /// What was said in-band, to which port of which switch.
    var said: [(message: ControlMessage, datapath: DatapathID, port: UInt32)] {
        messages.compactMap { datapath, message in
            guard case .packetOut(let packetOut) = message, case .output(let port, _)? = packetOut.actions.first,
                let frame = try? ControlFrame(decoding: packetOut.data.span.bytes)
            else { return nil }
            return (frame.message, datapath, port)
        }
    }

    /// The frames that were wrapped and sent: their numbers and their last byte but fifteen.
    func transported(_ direction: Direction) -> [(sequence: UInt32, number: UInt8)] {
        said.compactMap { message, datapath, _ in
            guard case .transport(let wrapped) = message, datapath == (direction == .forward ? Self.ingress : Self.egress),
                wrapped.bytes.count > 42
            else { return nil }
            return (wrapped.sequence, wrapped.bytes[42])
        }
    }
}

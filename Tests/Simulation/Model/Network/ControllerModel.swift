import ControllerJournal
import Frames
import HandoverEngine
import JSONLines
import OpenFlow
import Timing

/// The controller without its I/O: the engine as shipped, and its connections to the switches.
struct ControllerModel {
    var engine: Engine
    /// When the engine will next be looked at, if that is planned.
    var wakeup: Instant?
    private(set) var isAlive = true
    /// By switch: the number of its connection, or nil while it has none.
    private(set) var connections: [Int?]
    /// How often the controller was started.
    private(set) var lives = 1
    private var connected = 0
    /// What outlives the process: its journal, and how far things were.
    private var journal = JSONWriter()
    private var checkpoints: [Serial: Checkpoint.Words] = [:]

    private let scenario: Scenario

    init(_ scenario: Scenario) {
        self.scenario = scenario
        connections = Array(repeating: nil, count: scenario.topology.switches)
        engine = Self.engine(for: scenario, life: 1)
    }

    /// The engine's limits and schedules in a run.
    private static func configuration(for scenario: Scenario, life: Int) -> Configuration {
        var configuration = Configuration()
        configuration.limits = scenario.conditions.limits.controller
        configuration.silenceGuard = scenario.conditions.lag.life + guardTime
        configuration.retry = Backoff.Schedule(first: .milliseconds(8), longest: .milliseconds(50), limit: .seconds(10))
        configuration.maximumFrame = scenario.conditions.maximumFrame
        configuration.firstSerial = UInt64(life) << 24
        configuration.keepsJournal = scenario.killsController
        configuration.hello = Backoff.Schedule(first: .milliseconds(8), longest: .milliseconds(50), limit: .seconds(1))
        configuration.asksInstances = scenario.asksInstances
        return configuration
    }

    /// Longer than a cached flow lags and its packet-in takes, together.
    private static let guardTime = TimeSpan.milliseconds(500)

    private static func engine(for scenario: Scenario, life: Int) -> Engine {
        var engine = Engine(configuration: configuration(for: scenario, life: life))
        do { try register(scenario.topology, in: &engine) } catch { preconditionFailure("a scenario's topology is valid: \(error)") }
        return engine
    }

    private static func register(_ topology: Topology, in engine: inout Engine) throws(Refusal) {
        for number in 0..<topology.switches {
            try engine.put(Switch(id: Numbering.name(ofSwitch: number), datapath: Numbering.datapath(number)), at: .zero)
        }
        for (index, plan) in topology.groups.enumerated() {
            func side(_ direction: Direction) -> Side {
                if let spread = plan.spreads[direction] { return topology.side(spread, of: index, direction) }
                let hosts = topology.hasHosts(index, direction) ? plan.hosts : 0
                let ports = (0..<hosts).map { PortReference.number(Numbering.port(ofHost: $0, group: index)) }
                // It is enough that the later one of two neighbours names the other.
                let neighbour = direction == .forward ? topology.groups.firstIndex { $0.next == index } : nil
                return Side(
                    switchID: Numbering.name(ofSwitch: plan.switches(direction)[0]), hostPorts: ports,
                    neighbour: neighbour.map(Numbering.name(ofGroup:)))
            }
            let name = Numbering.name(ofGroup: index)
            try engine.put(
                Group(id: name, ingress: side(.forward), egress: side(.reverse), fallback: plan.fallback.map { VNFID($0) }), at: .zero)
            for vnf in plan.instances {
                func attachment(_ direction: Direction) -> Attachment {
                    Attachment(
                        switchID: Numbering.name(ofSwitch: plan.switchNumber(ofInstance: vnf, direction)),
                        port: .number(Numbering.port(ofInstance: vnf)), address: Numbering.address(ofInstance: vnf, direction))
                }
                try engine.put(
                    VNF(id: VNFID(vnf), group: name, ingress: attachment(.forward), egress: attachment(.reverse)), at: .zero)
            }
        }
    }

    /// A switch has connected.
    mutating func connect(_ number: Int, at now: Instant) {
        connected += 1
        connections[number] = connected
        engine.connected(Numbering.datapath(number), ports: [], at: now)
    }

    /// A switch's connection has ended, and what was on it is gone.
    mutating func disconnect(_ number: Int, at now: Instant) {
        guard connections[number] != nil else { return }
        connections[number] = nil
        engine.disconnected(Numbering.datapath(number), at: now)
    }

    /// The process ends, and takes with it what it held.
    mutating func die() {
        isAlive = false
        wakeup = nil
        connections = connections.map { _ in nil }
    }

    mutating func write(_ entry: JournalEntry) { JournalCodec.write(entry, to: &journal) }

    mutating func write(_ checkpoint: Checkpoint) { checkpoints[checkpoint.serial] = checkpoint.words }

    /// Another process takes its place. It knows what was written down and nothing else, and begins by writing that anew.
    mutating func revive(at now: Instant) {
        lives += 1
        isAlive = true
        wakeup = nil
        do {
            // The clock that serials come from may have been set back.
            engine = try Engine(
                configuration: Self.configuration(for: scenario, life: lives % 3), resuming: JournalCodec.entries(journal.bytes.span),
                checkpoints: checkpoints.values.compactMap { Checkpoint($0) }, at: now)
        } catch {
            preconditionFailure("what a controller writes it can read: \(error)")
        }
        let short = engine.journalInShort
        journal = JSONWriter()
        checkpoints = [:]
        for entry in short.entries { write(entry) }
        for checkpoint in short.checkpoints { write(checkpoint) }
    }
}

extension Topology {
    /// A side of several switches as an operator registers it.
    fileprivate func side(_ spread: Spread, of group: Int, _ direction: Direction) -> Side {
        let members = spread.switches.map { number in
            let hosts = spread.hosts.indices.filter { spread.hosts[$0] == number }
            return Side.Member(
                switchID: Numbering.name(ofSwitch: number), hostPorts: hosts.map { .number(Numbering.port(ofHost: $0, group: group)) })
        }
        let links = trunks.indices.filter { trunks[$0].group == group && trunks[$0].direction == direction }.map { index in
            func end(_ number: Int) -> Side.Trunk.End {
                Side.Trunk.End(switchID: Numbering.name(ofSwitch: number), port: .number(Numbering.port(ofTrunk: index)))
            }
            return Side.Trunk(end(trunks[index].first), end(trunks[index].second))
        }
        return Side(members: members, trunks: links)
    }
}

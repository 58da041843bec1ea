import ControlFrames
import Frames
import HandoverEngine
import Timing

/// Everything that a run consists of: the controller's engine and the agents' cores as shipped, and models of all around them.
struct World: ~Copyable {
    let scenario: Scenario
    var queue = EventQueue()
    var random: SeededGenerator
    var controller: ControllerModel
    var switches: [SwitchModel]
    var agents: [AgentModel]
    var functions: [FunctionModel]
    var hosts: Hosts
    var links: Links
    var silences: Silences
    var harm: Harm
    var trace: Trace
    /// What did not hold, in the order it was found.
    private(set) var violations: [Violation] = []
    /// The group of each instance.
    let groups: [Int]
    /// Numbers of flows by their headers, in either direction.
    let flowNumbers: [FlowKey: Int]
    /// By flow and group: the instance that has processed the flow's last packet there, or has fetched its state since.
    var holders: [[Int?]]
    /// By handover: who had flows whose state was fetched for it.
    var fetchedFrom: [HandoverID: [Int: Int?]] = [:]
    /// The flows of handovers whose other direction was named.
    var named: [HandoverID: [Int]] = [:]
    /// The flows of which a handover is open, and the records of groups' handovers that are.
    var movingFlows: Set<Int> = []
    var movingGroups: Set<UInt64> = []
    /// The instances that a fault is at.
    var faulty: Set<UInt16> = []
    /// When a rule or a handover last got any further.
    var lastProgress = Instant.zero
    /// The rules of the scenario that the controller has accepted.
    var accepted: [RulePlan] = []
    /// Packets that records of handovers own up to.
    var admitted = 0
    /// Entries that went without their count being heard by controllers that were killed.
    var missedCounts = 0
    /// Packets that controllers which were killed had lost otherwise, by their counters.
    var refused = 0
    /// The most entries that a switch had at a time.
    var peakEntries = 0
    private(set) var digest: UInt64 = 0
    private(set) var events = 0

    /// More events than any scenario needs, and than each of its flows does.
    private static let mostEvents = (scenario: 3_000_000, flow: 2_000)
    /// Once this many invariants were hurt, the run stops.
    private static let mostViolations = 8

    init(_ scenario: Scenario, isTraced: Bool) {
        self.scenario = scenario
        random = SeededGenerator(seed: scenario.seed ^ 0x5EED)
        let instances = scenario.topology.instances
        controller = ControllerModel(scenario)
        switches = (0..<scenario.topology.switches).map { _ in SwitchModel(lag: scenario.conditions.lag) }
        agents = instances.map { AgentModel(vnf: $0, scenario.agents[$0] ?? .able, scenario) }
        let isCareful = scenario.hasCarefulFunctions || scenario.expectation == .onlyFlowsWithoutRoom
        functions = instances.map { _ in FunctionModel(flows: scenario.flows.count, isCareful: isCareful) }
        hosts = Hosts(scenario.flows)
        links = Links(scenario.topology)
        silences = Silences(flows: scenario.flows.count, groups: scenario.topology.groups.count)
        harm = Harm(scenario)
        trace = Trace(isOn: isTraced)
        holders = Array(repeating: Array(repeating: nil, count: scenario.topology.groups.count), count: scenario.flows.count)
        groups = instances.map { scenario.topology.group(of: $0) }
        var numbers: [FlowKey: Int] = [:]
        for (index, flow) in scenario.flows.enumerated() {
            numbers[flow.key] = index
            numbers[flow.key.mirrored] = index
            numbers[flow.serverKey] = index
            numbers[flow.serverKey.mirrored] = index
        }
        flowNumbers = numbers
    }

    /// Runs until nothing happens any more, or nothing up to a limit.
    mutating func run(until limit: Instant?) {
        connectSwitches()
        for (number, start) in hosts.starts.enumerated() { queue.at(start, .trafficDue(stream: number)) }
        for (number, request) in scenario.requests.enumerated() { queue.at(request.time, .request(number)) }
        for (number, fault) in scenario.faults.enumerated() { queue.at(fault.time, .faultBegins(number)) }
        while violations.count < Self.mostViolations, let event = queue.next() {
            if let limit, queue.now > limit { return }
            events += 1
            digest = (digest ^ UInt64(bitPattern: queue.now.nanoseconds) &* 31 &+ event.kind) &* 0x9E37_79B9_7F4A_7C15
            if trace.isOn { note(event) }
            perform(event)
            if events > Self.mostEvents.scenario + Self.mostEvents.flow * scenario.flows.count {
                return violate(.comesToRest, at: "everywhere", "\(events) events, and \(queue.planned) are planned")
            }
        }
        if violations.count < Self.mostViolations { checkEnd() }
    }

    private mutating func perform(_ event: Event) {
        switch event {
        case .trafficDue(let stream): sendNext(stream)
        case .answerDue(let flow): sends(hosts.send(flow, .reverse), flow, .reverse)
        case .frameAtSwitch(let frame, let instance, let pair): instanceSends(frame, instance, pair)
        case .frameAtAgent(let frame, let instance, let pair): agentReceives(frame, instance, pair)
        case .frameOffTrunk(let frame, let trunk, let number): comesOff(frame, trunk, at: number)
        case .functionProcesses(let frame, let instance, let pair): functionProcesses(frame, instance, pair)
        case .functionTold(let notification, let instance): functionIsTold(notification, instance)
        case .functionAnswers(let notification, let instance): functionAnswers(notification, instance)
        case .functionSays(let event, let instance): agentHears(event, instance)
        case .agentWakes(let instance): agentWakes(instance)
        case .messageAtSwitch(let message, let number, let connection): switchHears(message, number, over: connection)
        case .messageAtController(let message, let number, let connection): controllerHears(message, number, over: connection)
        case .controllerWakes: controllerWakes()
        case .entryMayExpire(let number, let entry): entryMayExpire(entry, number)
        case .request(let number): perform(scenario.requests[number], number)
        case .faultBegins(let number): begin(scenario.faults[number], number)
        case .faultEnds(let number): end(scenario.faults[number])
        }
    }

    /// An invariant did not hold; of a flow that a fault may harm, that is noted and forgiven.
    mutating func violate(
        _ invariant: Invariant, at place: String, flow: Int? = nil, isForgivable: Bool = true, _ detail: String
    ) {
        if let flow, isForgivable, harm.hurt(flow) { return }
        let violation = Violation(invariant: invariant, time: queue.now, place: place, flow: flow, detail: detail)
        violations.append(violation)
        if trace.isOn { trace.note(queue.now, flow, "VIOLATION: \(violation)") }
    }
}

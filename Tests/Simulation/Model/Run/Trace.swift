import ControlFrames
import Frames
import HSLCore
import HandoverEngine
import OpenFlow
import Timing

/// What happened in a run, for people.
public struct Trace: Sendable {
    /// Something that happened.
    public struct Line: Sendable {
        /// When.
        public let time: Instant
        /// The number of the flow that it is about; nil when it is about all, or none.
        public let flow: Int?
        /// Who, to whom, what.
        public let text: String
    }

    /// Whether anything is written down.
    let isOn: Bool
    /// What happened, in order.
    public private(set) var lines: [Line] = []
    /// The flow that a handover's number stood for last.
    fileprivate var flows: [HandoverID: Int] = [:]

    init(isOn: Bool) {
        self.isOn = isOn
    }

    mutating func note(_ time: Instant, _ flow: Int?, _ text: String) {
        lines.append(Line(time: time, flow: flow, text: text))
    }

    /// The lines about a flow and those about all, ready to be printed.
    public func about(_ flow: Int?) -> [String] {
        lines.lazy.filter { $0.flow == nil || flow == nil || $0.flow == flow }.map { line in
            let clock = line.time.clock
            return String(repeating: " ", count: max(0, 16 - clock.count)) + clock + "  " + line.text
        }
    }
}

/// Writing down what happens.
extension World {
    mutating func note(_ event: Event) {
        switch event {
        case .trafficDue, .answerDue, .agentWakes, .controllerWakes, .entryMayExpire: break
        case .frameAtSwitch(let frame, let instance, let pair):
            note(frame, from: "agent \(instance + 1)", to: nameOfSwitch(instance, pair))
        case .frameAtAgent(let frame, let instance, let pair):
            note(frame, from: nameOfSwitch(instance, pair), to: "agent \(instance + 1)")
        case .frameOffTrunk(let frame, let trunk, let number):
            note(TestFrame.untagged(frame), from: "trunk \(trunk + 1)", to: Numbering.name(ofSwitch: number))
        case .functionProcesses(let frame, let instance, _): note(frame, from: "agent \(instance + 1)", to: "function \(instance + 1)")
        case .functionTold(let notification, let instance): note(notification, instance)
        case .functionAnswers: break
        case .functionSays(let event, let instance):
            trace.note(queue.now, handover(of: event).flatMap { trace.flows[$0] }, "function \(instance + 1) → agent: \(event)")
        case .messageAtSwitch(let message, let number, _): note(message, toSwitch: number)
        case .messageAtController(let message, let number, _): note(message, fromSwitch: number)
        case .request(let number): trace.note(queue.now, nil, "orchestrator → controller: \(scenario.requests[number])")
        case .faultBegins(let number): trace.note(queue.now, nil, "fault begins: \(scenario.faults[number])")
        case .faultEnds(let number): trace.note(queue.now, nil, "fault ends: \(scenario.faults[number])")
        }
    }

    /// The switch that an interface of an instance is connected to.
    private func nameOfSwitch(_ instance: Int, _ pair: Int) -> String {
        let group = scenario.topology.groups[groups[instance]]
        return Numbering.name(ofSwitch: group.switchNumber(ofInstance: UInt16(instance + 1), Direction(pair: pair)))
    }

    /// What the engine tells observers.
    mutating func note(_ event: Engine.Event) {
        switch event {
        case .handover(let record):
            let reason = record.reason.map { ", \($0)" } ?? ""
            let what = "handover \(record.number) from VNF \(record.source) to \(record.destination) is \(record.outcome)\(reason)"
            trace.note(queue.now, record.flow.flatMap { flowNumbers[$0] }, "controller: \(what)")
        case .rule(let rule):
            trace.note(queue.now, nil, "controller: rule \(rule.name) is \(rule.state), detecting: \(rule.isDetecting)")
        default: break
        }
    }

    mutating func note(_ frame: [UInt8], from origin: String, to target: String) {
        let (flow, text) = describe(frame)
        trace.note(queue.now, flow, "\(origin) → \(target): \(text)")
    }

    private mutating func note(_ notification: HSLCore.Notification, _ instance: Int) {
        let flow =
            switch notification {
            case .start(_, _, .flow(let key), _, _), .transfer(_, .flow(let key), _): flowNumbers[key]
            case .start(let handover, _, _, _, _), .transfer(let handover, _, _): trace.flows[handover]
            case .end(let handover, _), .refused(let handover, _), .mirrored(let handover): trace.flows[handover]
            }
        let text =
            switch notification {
            case .start(let handover, let role, _, _, let peer): "start of handover \(handover) as \(role), peer VNF \(peer.vnf)"
            case .transfer(let handover, _, let peer): "fetch the state of handover \(handover) from VNF \(peer.vnf)"
            case .end(let handover, let outcome): "end of handover \(handover), \(outcome)"
            case .mirrored(let handover): "the mirror of handover \(handover) is intercepted"
            case .refused(let handover, let reason): "refused for handover \(handover): \(reason)"
            }
        trace.note(queue.now, flow, "agent → function \(instance + 1): \(text)")
    }

    private func handover(of event: FunctionEvent) -> HandoverID? {
        switch event {
        case .mirror(let handover, _), .ready(let handover), .stateReady(let handover), .stateFailed(let handover, _): handover
        case .connected, .disconnected: nil
        }
    }

    private mutating func note(_ message: Message, toSwitch number: Int) {
        switch message {
        case .flowMod(let flowMod):
            let (flow, what) = describe(flowMod)
            trace.note(queue.now, flow, "controller → s\(number + 1): \(what)")
        case .packetOut(let packetOut):
            let ports = packetOut.actions.map { action in
                guard case .output(let port, _) = action else { return "?" }
                return port == PortNumber.table ? "the tables" : "port \(port)"
            }
            let (flow, what) = describe(packetOut.data)
            trace.note(queue.now, flow, "controller → s\(number + 1): to \(ports.joined(separator: ", ")): \(what)")
        case .multipartRequest: trace.note(queue.now, nil, "controller → s\(number + 1): list the entries")
        default: trace.note(queue.now, nil, "controller → s\(number + 1): \(message)")
        }
    }

    private mutating func note(_ message: Message, fromSwitch number: Int) {
        switch message {
        case .packetIn(let packetIn):
            let (flow, what) = describe(packetIn.data)
            trace.note(queue.now, flow, "s\(number + 1) → controller: under \(describe(cookie: packetIn.cookie)): \(what)")
        case .flowRemoved(let removed):
            trace.note(queue.now, nil, "s\(number + 1) → controller: \(describe(cookie: removed.cookie)) is gone")
        case .multipartReply(let reply):
            guard case .flow(let entries) = reply.body else { return }
            trace.note(queue.now, nil, "s\(number + 1) → controller: \(entries.count) entries\(reply.more ? ", and more" : "")")
        default: trace.note(queue.now, nil, "s\(number + 1) → controller: \(message)")
        }
    }

    private func describe(cookie: UInt64) -> String {
        guard let cookie = Cookie(rawValue: cookie) else { return "cookie \(cookie)" }
        return "\(cookie.kind) \(cookie.serial.value) \(cookie.direction)"
    }

    private func describe(_ flowMod: FlowMod) -> (Int?, String) {
        var outputs: [String] = []
        for case .applyActions(let actions) in flowMod.instructions {
            for case .output(let port, _) in actions { outputs.append(port == PortNumber.controller ? "controller" : "port \(port)") }
        }
        let number = scenario.flows.indices.first {
            let key = scenario.flows[$0].key
            return [key, key.mirrored].contains { FlowMatch(exactly: $0).fields == flowMod.match.fields }
        }
        let what = flowMod.command == .add ? describe(cookie: flowMod.cookie) : "an entry"
        let whither = outputs.isEmpty ? "" : " to \(outputs.joined(separator: ", "))"
        return (number, "\(flowMod.command) \(what), table \(flowMod.tableID), priority \(flowMod.priority)\(whither)")
    }

    private mutating func describe(_ frame: [UInt8]) -> (Int?, String) {
        if let tag = TestFrame.tag(of: frame) { return (tag.flow, "\(tag.direction) packet \(tag.sequence) of flow \(tag.flow)") }
        guard let control = try? ControlFrame(decoding: frame.span.bytes) else { return (nil, "a frame of \(frame.count) bytes") }
        switch control.message {
        case .startSource(let start), .startDestination(let start): trace.flows[control.handover] = start.flow.flatMap { flowNumbers[$0] }
        default: break
        }
        return (trace.flows[control.handover], "#\(control.handover) \(describe(control.message))")
    }

    private func describe(_ message: ControlMessage) -> String {
        switch message {
        case .startSource(let start): "START to the source, from \(start.from) to \(start.to)"
        case .startDestination(let start): "START to the destination, from \(start.from) to \(start.to)"
        case .transport(let wrapped): "TRANSPORT \(wrapped.sequence), \(describe(wrapped))"
        case .straggler(let wrapped): "STRAGGLER \(wrapped.sequence), \(describe(wrapped))"
        default: "\(message)"
        }
    }

    private func describe(_ wrapped: WrappedFrame) -> String {
        if let part = wrapped.part { return "part \(part.index + 1) of \(part.of)" }
        guard let tag = TestFrame.tag(of: wrapped.bytes) else { return "\(wrapped.bytes.count) bytes" }
        return "\(tag.direction) packet \(tag.sequence)"
    }
}

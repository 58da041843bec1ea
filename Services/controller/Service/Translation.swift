import BusMessages
import ControlFrames
import Foundation
import Frames
import HandoverEngine
import Timing

/// Turns what the engine knows into what is said on the bus.
public struct Translation: Sendable {
    private let unixOrigin: Int64

    /// A translation for a clock.
    ///
    /// - Parameter unixOrigin: the Unix time in milliseconds at the engine's instant zero.
    public init(unixOrigin: Int64) {
        self.unixOrigin = unixOrigin
    }

    /// What is said of a handover.
    public func handover(_ record: HandoverRecord, _ rules: RuleTable) -> HandoverDTO {
        handover(record, rule: rules.rules[record.rule]?.name ?? "\(record.rule)")
    }

    /// What is said of a handover whose rule is called so.
    public func handover(_ record: HandoverRecord, rule: String) -> HandoverDTO {
        let phases = record.phases.mapValues(\.milliseconds)
        return HandoverDTO(
            id: record.number, rule: rule, flow: describe(record.subject), source: record.source.value,
            destination: record.destination.value, mode: BusMessages.RuleSpecification.Mode(record.mode), modeReason: record.modeReason,
            outcome: HandoverDTO.Outcome(record.outcome),
            phase: record.waitsFor.flatMap { HandoverDTO.Phase(rawValue: $0.rawValue) },
            startedAtMs: unixOrigin + record.startedAt.nanoseconds / 1_000_000, durationMs: record.duration?.milliseconds,
            phasesMs: HandoverDTO.Phases(
                arm: phases[.arm], redirect: phases[.redirect], fence: phases[.fence], transfer: phases[.transfer],
                release: phases[.release]),
            controllerBuffered: HandoverDTO.BufferUse(record.controllerBuffered, peak: record.controllerPeakPackets),
            vnfBuffered: HandoverDTO.BufferUse(record.vnfBuffered, peak: record.vnfPeakPackets), lostPackets: UInt64(record.lost),
            reason: record.reason)
    }

    private func describe(_ subject: Start.Subject) -> String {
        switch subject {
        case .flow(let flow): flow.description
        case .match(let match): "every flow of \(text(of: match))"
        }
    }

    private func text(of match: FlowMatch) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Writing to memory what has no floating-point numbers cannot fail.
        return (try? encoder.encode(MatchDTO(match))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// What is said of a rule.
    public func rule(_ rule: Rule) -> RuleDTO {
        let state: RuleDTO.State =
            switch rule.state {
            case .moving: rule.mode == nil ? .pending : rule.isDetecting ? .detecting : .moving
            case .settled: .settled
            case .removing: .removing
            case .removed: rule.failure == nil ? .removed : .failed
            }
        return RuleDTO(
            id: rule.name, group: rule.group, specification: BusMessages.RuleSpecification(rule.specification),
            mode: rule.mode.map { BusMessages.RuleSpecification.Mode($0) }, modeReason: rule.modeReason, state: state,
            handovers: RuleDTO.Counts([rule]), lostPackets: UInt64(clamping: rule.lost), reason: rule.failure)
    }
}

extension Translation {
    /// What is said of an instance that is taken out of service.
    public func drain(_ drain: Drain) -> DrainDTO {
        let state: DrainDTO.State =
            switch drain.state {
            case .draining: .draining
            case .drained: .drained
            case .returning: .returning
            }
        return DrainDTO(
            vnf: drain.vnf.value, destination: drain.destination.value, state: state, rules: drain.rules.map(\.name),
            handovers: RuleDTO.Counts(drain.rules))
    }
}

extension RuleDTO.Counts {
    /// The handovers of some rules.
    fileprivate init(_ rules: [Rule]) {
        func count(_ outcome: HandoverRecord.Outcome) -> UInt64 {
            rules.reduce(0) { $0 + UInt64(max(0, $1.handovers[outcome] ?? 0)) }
        }
        self.init(open: count(.open), completed: count(.completed), aborted: count(.aborted), failed: count(.failed))
    }
}

extension HandoverDTO.Outcome {
    init(_ outcome: HandoverRecord.Outcome) {
        self =
            switch outcome {
            case .open: .open
            case .completed: .completed
            case .aborted: .aborted
            case .failed: .failed
            }
    }
}

extension HandoverDTO.BufferUse {
    init(_ count: BufferCount, peak: Int) {
        self.init(packets: UInt64(count.packets), bytes: UInt64(count.bytes), peakPackets: UInt64(peak))
    }
}

extension BusMessages.Refusal {
    init(_ refusal: HandoverEngine.Refusal) {
        switch refusal {
        case .unknown(let thing, let field): self.init(.notFound, field: field, "\(thing) is not known")
        case .conflict(let message): self.init(.conflict, message)
        case .invalid(let message, let field): self.init(.badRequest, field: field, message)
        case .exhausted(let message): self.init(.unavailable, message)
        }
    }
}

extension BusMessages.RuleSpecification {
    init(_ specification: HandoverEngine.RuleSpecification) {
        self.init(
            match: MatchDTO(specification.match), reverseMatch: specification.reverseMatch.map(MatchDTO.init),
            priority: specification.priority, destination: .vnf(specification.destination.value),
            bidirectional: specification.isBidirectional, start: specification.grouping == .together ? .group : .perFlow,
            maximumSilenceMs: UInt32(clamping: specification.maximumSilence.nanoseconds / 1_000_000),
            maximumDetectionMs: UInt32(clamping: specification.detectionLimit.nanoseconds / 1_000_000),
            mode: specification.mode.map { Mode($0) })
    }

    /// The request in the engine's terms.
    ///
    /// - Throws: a refusal that names the field, when the destination is not known or something is asked that is not built yet.
    func forEngine(_ topology: Topology) throws(BusMessages.Refusal) -> HandoverEngine.RuleSpecification {
        return HandoverEngine.RuleSpecification(
            match: match.flowMatch, reverseMatch: reverseMatch?.flowMatch, priority: priority,
            destination: try destination.resolved(topology), isBidirectional: bidirectional,
            mode: mode?.forEngine, grouping: start == .group ? .together : .perFlow,
            maximumSilence: .milliseconds(Int64(maximumSilenceMs)), detectionLimit: .milliseconds(Int64(maximumDetectionMs)))
    }
}

extension BusMessages.RuleSpecification.Mode {
    init(_ mode: HandoverEngine.Mode) {
        switch mode {
        case .sharp: self = .sharp
        case .direct: self = .direct
        case .opennf: self = .opennf
        }
    }

    var forEngine: HandoverEngine.Mode {
        switch self {
        case .sharp: .sharp
        case .direct: .direct
        case .opennf: .opennf
        }
    }
}

extension BusMessages.RuleSpecification.Destination {
    func resolved(_ topology: Topology) throws(BusMessages.Refusal) -> VNFID {
        switch self {
        case .vnf(let id): return VNFID(id)
        case .mac(let address):
            let match = topology.vnfs.values.first { $0.ingress.address == address || $0.egress.address == address }
            guard let match else { throw BusMessages.Refusal(.notFound, field: "destination.mac", "no VNF has the address \(address)") }
            return match.id
        case .port(let port, let id):
            guard let there = topology.switches[id] else {
                throw BusMessages.Refusal(.notFound, field: "destination.switch", "switch \(id) is not known")
            }
            guard let number = there.number(of: HandoverEngine.PortReference(port)),
                let instance = topology.instance(on: there.datapath, port: number)
            else { throw BusMessages.Refusal(.notFound, field: "destination.port", "no VNF is at port \(port) of switch \(id)") }
            return instance.vnf.id
        }
    }
}

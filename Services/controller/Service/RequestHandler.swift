import BusMessages
import Frames
import HandoverEngine

/// Answers what operators and orchestrators ask of the controller.
///
/// To be used on the engine's event loop only.
public struct RequestHandler {
    private let host: EngineHost
    private let translation: Translation

    /// A handler of requests to a host's engine.
    public init(host: EngineHost, translation: Translation) {
        self.host = host
        self.translation = translation
    }

    /// The answer to a request, which may be a refusal.
    public func answer(_ request: ControllerRequest) -> ControllerReply {
        do {
            return try carryOut(request)
        } catch let refusal as HandoverEngine.Refusal {
            return .refused(BusMessages.Refusal(refusal))
        } catch let refusal as BusMessages.Refusal {
            return .refused(refusal)
        } catch {
            return .refused(BusMessages.Refusal(.badRequest, "\(error)"))
        }
    }

    private func carryOut(_ request: ControllerRequest) throws -> ControllerReply {
        switch request {
        case .putSwitch(let specification):
            try host.perform { engine, now in
                try engine.put(Switch(id: specification.id, datapath: DatapathID(specification.datapathId.bits)), at: now)
            }
            return .switch(try switchDTO(specification.id))
        case .putGroup(let group):
            try host.perform { engine, now in try engine.put(Group(group), at: now) }
            return .group(try groupDTO(group.id))
        case .putVNF(let vnf):
            try host.perform { engine, now in try engine.put(VNF(vnf), at: now) }
            return .vnf(try vnfDTO(vnf.id))
        case .createRule(let name, let specification):
            let rule = try host.perform { engine, now in
                try engine.create(try specification.forEngine(engine.topology), named: name, at: now)
            }
            return .rule(translation.rule(rule))
        case .deleteRule(let name):
            let rule = try existing(name)
            return .rule(translation.rule(try host.perform { engine, now in try engine.removeRule(rule.id, at: now) }))
        case .drainVNF(let id, let drain):
            let begun = try host.perform { engine, now in
                let destination = try drain.destination.map { try $0.resolved(engine.topology) }
                return try engine.drain(VNFID(id), to: destination, mode: drain.mode?.forEngine, at: now)
            }
            return .drain(translation.drain(begun))
        case .getDrain(let id):
            guard let drain = host.engine.drain(of: VNFID(id)) else { throw BusMessages.Refusal(.notFound, "VNF \(id) is not drained") }
            return .drain(translation.drain(drain))
        case .endDrain(let id):
            return .drain(translation.drain(try host.perform { engine, now in try engine.endDrain(of: VNFID(id), at: now) }))
        case .getRule(let name): return .rule(translation.rule(try existing(name)))
        case .listRules: return .rules(host.engine.rules.all.map(translation.rule))
        case .getSwitch(let id): return .switch(try switchDTO(id))
        case .listSwitches: return .switches(switches)
        case .getGroup(let id): return .group(try groupDTO(id))
        case .listGroups: return .groups(groups)
        case .getVNF(let id): return .vnf(try vnfDTO(id))
        case .listVNFs: return .vnfs(vnfs)
        case .getHandover(let number):
            guard let record = host.engine.record(number) else { throw BusMessages.Refusal(.notFound, "handover \(number) is not known") }
            return .handover(translation.handover(record, host.engine.rules))
        case .listHandovers(let rule, let limit, let after): return .handovers(try page(of: rule, limit: Int(limit), after: after))
        case .snapshot: return .snapshot(snapshot)
        case .ping: return .alive
        }
    }

    private func existing(_ name: String) throws -> Rule {
        guard let rule = host.engine.rules.named(name) else { throw BusMessages.Refusal(.notFound, "rule \(name) is not known") }
        return rule
    }

    // MARK: Lists

    private var switches: [SwitchDTO] { host.engine.topology.switches.values.sorted { $0.id < $1.id }.map(SwitchDTO.init) }
    private var groups: [GroupDTO] { host.engine.topology.groups.values.sorted { $0.id < $1.id }.map(GroupDTO.init) }
    private var vnfs: [VNFDTO] { host.engine.topology.vnfs.values.sorted { $0.id < $1.id }.map(VNFDTO.init) }

    private var snapshot: SnapshotDTO {
        let engine = host.engine
        return SnapshotDTO(
            sequence: 0, switches: switches, groups: groups, vnfs: vnfs, rules: engine.rules.all.map(translation.rule),
            handovers: engine.records.suffix(Int(HandoverPage.limit)).map { translation.handover($0, engine.rules) })
    }

    private func page(of rule: String?, limit: Int, after: UInt64?) throws -> HandoverPage {
        let id = try rule.map { try existing($0).id }
        let engine = host.engine
        let records = engine.records.filter { $0.number > after ?? 0 && (id == nil || $0.rule == id) }
        let page = records.prefix(limit).map { translation.handover($0, engine.rules) }
        return HandoverPage(handovers: page, next: records.count > limit ? page.last?.id : nil)
    }

    private func switchDTO(_ id: String) throws -> SwitchDTO {
        guard let known = host.engine.topology.switches[id] else { throw BusMessages.Refusal(.notFound, "switch \(id) is not known") }
        return SwitchDTO(known)
    }

    private func groupDTO(_ id: String) throws -> GroupDTO {
        guard let known = host.engine.topology.groups[id] else { throw BusMessages.Refusal(.notFound, "group \(id) is not known") }
        return GroupDTO(known)
    }

    private func vnfDTO(_ id: UInt16) throws -> VNFDTO {
        guard let known = host.engine.topology.vnfs[VNFID(id)] else { throw BusMessages.Refusal(.notFound, "VNF \(id) is not known") }
        return VNFDTO(known)
    }
}

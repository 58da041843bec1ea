import HSLCore
import HandoverEngine
import Timing

/// What breaks, and how it is mended.
extension World {
    mutating func begin(_ fault: Fault, _ number: Int) {
        queue.after(fault.lasts, .faultEnds(number))
        if let vnf = fault.instance {
            faulty.insert(vnf)
            meet(vnf)
        }
        switch fault.kind {
        case .slow(let link, let span): links.slow(link, by: span)
        case .functionSlow(let vnf, let span): functions[Int(vnf) - 1].conduct.slowness = span
        case .functionMute(let vnf): functions[Int(vnf) - 1].conduct.isMute = true
        case .stateFails(let vnf): functions[Int(vnf) - 1].conduct.failsToFetch = true
        case .functionLeaves(let vnf):
            leave(vnf)
            functions[Int(vnf) - 1].isConnected = false
            agentHears(.disconnected, Int(vnf) - 1)
        case .agentKilled(let vnf):
            // What it holds of these nobody else has heard of.
            for flow in agents[Int(vnf) - 1].unknown.sorted() where !isMoving(flow) { harm.cutsOff(flow, at: vnf) }
            agents[Int(vnf) - 1].die()
        case .disconnection(let number):
            guard controller.isAlive else { return }
            for flow in underWay { harm.leavesInDoubt(flow) }
            controller.disconnect(number, at: queue.now)
            pump()
        case .controllerKilled:
            guard controller.isAlive else { return }
            for flow in underWay { harm.cutsOff(flow) }
            pump()
            refused += controller.engine.counters.lostElsewhere
            missedCounts += controller.engine.counters.missedCounts
            controller.die()
        }
    }

    mutating func end(_ fault: Fault) {
        if let vnf = fault.instance {
            meet(vnf)
            faulty.remove(vnf)
        }
        switch fault.kind {
        case .slow(let link, _): links.slow(link, by: .zero)
        case .functionSlow(let vnf, _): functions[Int(vnf) - 1].conduct.slowness = .zero
        case .functionMute(let vnf): functions[Int(vnf) - 1].conduct.isMute = false
        case .stateFails(let vnf): functions[Int(vnf) - 1].conduct.failsToFetch = false
        case .functionLeaves(let vnf):
            leave(vnf)
            functions[Int(vnf) - 1].isConnected = true
            agentHears(.connected, Int(vnf) - 1)
        case .agentKilled(let vnf):
            agents[Int(vnf) - 1].revive(functionIsConnected: functions[Int(vnf) - 1].isConnected, at: queue.now)
            drain(Int(vnf) - 1)
        case .disconnection(let number):
            guard controller.isAlive, controller.connections[number] == nil else { return }
            controller.connect(number, at: queue.now)
            pump()
        case .controllerKilled:
            guard !controller.isAlive else { return }
            controller.revive(at: queue.now)
            connectSwitches()
        }
    }

    /// The flows of handovers that are under way.
    private var underWay: [Int] {
        controller.engine.records.filter { $0.outcome == .open }.compactMap { record in record.flow.flatMap { flowNumbers[$0] } }
    }

    /// A fault at an instance meets the flows that are there, and those on their way from or to it.
    private mutating func meet(_ vnf: UInt16) {
        for flow in scenario.flows.indices where holders[flow].contains(Int(vnf) - 1) { harm.meets(flow, at: vnf) }
        for record in controller.engine.records where record.outcome == .open {
            guard [record.source.value, record.destination.value].contains(vnf), let flow = record.flow.flatMap({ flowNumbers[$0] }) else {
                continue
            }
            harm.meets(flow, at: vnf)
        }
    }

    /// An agent answers for a function that is not there, so no handover can know that the state was not taken over.
    private mutating func leave(_ vnf: UInt16) {
        for flow in scenario.flows.indices where harm.isExcused[flow] { harm.cutsOff(flow, at: vnf) }
    }
}

import BusMessages
import NorthboundAPI
import Synchronization

/// A controller that answers as it is told, and keeps what it was asked.
final class FakeController: ControllerClient {
    typealias Answer = @Sendable (ControllerRequest) async throws(ControllerClientError) -> ControllerReply

    private let answer: Answer
    private let asked = Mutex<[ControllerRequest]>([])

    init(_ answer: @escaping Answer) {
        self.answer = answer
    }

    /// What it was asked, in order.
    var requests: [ControllerRequest] { asked.withLock { $0 } }

    func send(_ request: ControllerRequest) async throws(ControllerClientError) -> ControllerReply {
        asked.withLock { $0.append(request) }
        return try await answer(request)
    }
}

extension FakeController {
    /// A controller that knows one switch, group, VNF and handover, and accepts every rule.
    static func content() -> FakeController {
        FakeController { request in
            switch request {
            case .putSwitch(let specification): .switch(SwitchDTO(specification, connected: false))
            case .listSwitches: .switches([One.switch])
            case .getSwitch(One.switch.id): .switch(One.switch)
            case .putGroup(let group): .group(group)
            case .listGroups: .groups([One.group])
            case .getGroup(One.group.id): .group(One.group)
            case .putVNF(let vnf): .vnf(vnf)
            case .listVNFs: .vnfs([One.vnf])
            case .getVNF(One.vnf.id): .vnf(One.vnf)
            case .drainVNF(1, let drain): .drain(One.drain(drain, .draining))
            case .getDrain(1): .drain(One.drain(DrainSpecification(), .drained))
            case .endDrain(1): .drain(One.drain(DrainSpecification(), .returning))
            case .createRule(let id, let rule): .rule(One.rule(id, rule, .pending))
            case .listRules: .rules([One.rule("r1", One.specification, .settled)])
            case .getRule("r1"): .rule(One.rule("r1", One.specification, .settled))
            case .deleteRule("r1"): .rule(One.rule("r1", One.specification, .removing))
            case .listHandovers: .handovers(HandoverPage(handovers: [One.handover], next: 7))
            case .getHandover(One.handover.id): .handover(One.handover)
            case .ping: .alive
            default: .refused(Refusal(.notFound, "nothing of that name"))
            }
        }
    }

    /// A controller that is down.
    static func silent() -> FakeController {
        FakeController { _ throws(ControllerClientError) in throw .silent }
    }

    /// A controller that refuses everything.
    static func refusing(_ refusal: Refusal) -> FakeController {
        FakeController { _ in .refused(refusal) }
    }
}

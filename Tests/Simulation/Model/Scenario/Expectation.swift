/// What must hold at the end of a scenario. In every case all handovers end, buffers are empty and tables are clean.
public enum Expectation: Sendable, Hashable {
    /// Every handover completes and every flow is whole.
    case nothingLost
    /// Handovers may be aborted; every flow is whole.
    case nothingLostButAborts
    /// Flows that these instances have, give or take while a fault is on may lose packets or state, of which a handover's record or a
    /// dead agent's interface tells; all others are whole.
    case onlyFlowsAt([UInt16])
    /// Flows of which something is lost between a switch and the controller, or in a controller that is killed, may lose packets or
    /// state; all others are whole.
    case onlyFlowsMet
    /// Handovers may be aborted; flows of which a packet was dropped at a limit, or for whose handover there was no room, may lose packets
    /// or state; all others are whole.
    case onlyFlowsWithoutRoom
}

extension Expectation: CustomStringConvertible {
    /// The expectation for people.
    public var description: String {
        switch self {
        case .nothingLost: "that nothing is lost and every handover completes"
        case .nothingLostButAborts: "that nothing is lost"
        case .onlyFlowsMet: "that only flows are harmed of which the fault itself loses something"
        case .onlyFlowsWithoutRoom: "that only flows are harmed for which there was no room"
        case .onlyFlowsAt(let instances):
            "that only flows of VNF \(instances.map(String.init).joined(separator: ", ")) are harmed, and said to be"
        }
    }
}

import ControlFrames
import Frames

/// The flows of one network interface that a handover holds or intercepts.
struct FlowTable: Sendable {
    /// Who takes a flow's frames.
    enum Owner: Hashable {
        case source(HandoverID)
        case destination(HandoverID)
    }

    private var owners: [FlowKey: Owner] = [:]

    var isEmpty: Bool { owners.isEmpty }

    subscript(flow: FlowKey) -> Owner? { owners[flow] }

    mutating func arm(_ flow: FlowKey, for owner: Owner) {
        owners[flow] = owner
    }

    /// Lets the flow pass again, unless another handover has taken it meanwhile.
    mutating func disarm(_ flow: FlowKey, of owner: Owner) {
        if owners[flow] == owner { owners[flow] = nil }
    }
}

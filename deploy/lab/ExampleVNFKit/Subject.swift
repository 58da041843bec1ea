import Frames

/// What a handover moves: one flow, or with `start: group` every flow of a match; with its mirror unless only one direction moves.
package enum Subject: Hashable, Sendable {
    /// One flow, in its forward direction.
    case flow(FlowKey, bidirectional: Bool = true)
    /// Every flow that a match covers, in the forward direction.
    case match(FlowMatch, bidirectional: Bool = true)

    /// Whether a flow moves.
    package func covers(_ flow: FlowKey) -> Bool {
        switch self {
        case .flow(let moved, let bidirectional): moved == flow || bidirectional && moved == flow.mirrored
        case .match(let match, let bidirectional): match.covers(flow) || bidirectional && match.covers(flow.mirrored)
        }
    }

    /// The flows, if they are known beforehand.
    package var flows: [FlowKey]? {
        switch self {
        case .flow(let flow, let bidirectional): bidirectional ? [flow, flow.mirrored] : [flow]
        case .match: nil
        }
    }
}

extension FlowMatch {
    fileprivate func covers(_ flow: FlowKey) -> Bool { overlaps(FlowMatch(exactly: flow)) }
}

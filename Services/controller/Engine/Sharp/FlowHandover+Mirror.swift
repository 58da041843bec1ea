import ControlFrames
import Frames
import Timing

/// The direction that packets come back in when the function translates addresses, so that only it knows (design, Section 2.1).
extension FlowHandover {
    /// The source's VNF has named the flow's other direction; its HSL returns what comes there from now on.
    ///
    /// No rule covers that direction, so it has entries of its own until the flow is over.
    mutating func named(_ flow: FlowKey, _ x: Direction, at now: Instant, actions: inout [Action]) {
        actions.append(.send(.mirrorAck, to: .source, x))
        guard kind == .move, isMoving, receiver == .destination, !isStateLost, !directions.has(x) else { return }
        let direction = FlowDirection(
            flow: flow, .move, .relayed, isSeen: false, hasIntercept: true, at: now, retry: configuration.retry)
        directions.add(direction, x)
        namedDirection = x
        actions.append(.joined(x))
        actions.append(.install(.moving(.forth, .intercept), x))
        for y in directions.directions { sendStart(to: .source, y, &actions) }
        sendStart(to: .destination, x, &actions)
    }
}

import ControlFrames
import Frames
import Timing

/// The direction that packets come back in when the function translates addresses, so that only it knows (design, Section 2.1).
extension FlowHandover {
    /// The source's VNF has named the flow's other direction; its HSL returns what comes there from now on.
    ///
    /// No rule covers that direction, so it has entries of its own until the flow is over.
    ///
    /// Of a flow that stays, the source's HSL is told to let that direction pass, but not before it has heard that the flow stays: while
    /// that is open it gets no answer, and asks again.
    mutating func named(_ flow: FlowKey, _ x: Direction, at now: Instant, actions: inout [Action]) {
        if directions.has(x) { return actions.append(.send(.mirrorAck, to: .source, x)) }
        switch state {
        case .stopping, .recalling: return
        case .moving where kind == .move && receiver == .destination && !isStateLost:
            actions.append(.send(.mirrorAck, to: .source, x))
        case .moving, .closing, .ended: return actions.append(.send(.handoverFinished(nil), to: .source, x))
        }
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

import Timing

/// Something that breaks for a while.
public struct Fault: Sendable, Hashable {
    /// What breaks.
    public enum Kind: Sendable, Hashable {
        /// Everything on a link takes longer by this.
        case slow(LinkName, TimeSpan)
        /// A function takes up to so long before it answers on the control channel.
        case functionSlow(vnf: UInt16, TimeSpan)
        /// A function answers nothing on the control channel.
        case functionMute(vnf: UInt16)
        /// A function says that it cannot get a state.
        case stateFails(vnf: UInt16)
        /// A function leaves the control channel; at the end it is back.
        case functionLeaves(vnf: UInt16)
        /// An agent is killed; at the end another one takes its place.
        case agentKilled(vnf: UInt16)
        /// A switch and the controller lose each other, and everything that is under way between them.
        case disconnection(switch: Int)
        /// The controller is killed; at the end another one takes its place.
        case controllerKilled
    }

    /// When it begins.
    public var time: Instant
    /// How long it lasts.
    public var lasts: TimeSpan
    /// What breaks.
    public var kind: Kind

    /// The instance whose flows it may harm, if it is about one.
    var instance: UInt16? {
        switch kind {
        case .functionMute(let vnf), .stateFails(let vnf), .functionLeaves(let vnf), .agentKilled(let vnf): vnf
        case .slow, .functionSlow, .disconnection, .controllerKilled: nil
        }
    }
}

/// A link in one direction. Every link keeps the order of what is on it.
public enum LinkName: Sendable, Hashable {
    /// From a switch to the controller.
    case toController(switch: Int)
    /// From the controller to a switch.
    case fromController(switch: Int)
    /// From a switch to an instance's interface of that index.
    case toInstance(Int, pair: Int)
    /// From an instance's interface to its switch.
    case fromInstance(Int, pair: Int)
    /// The control channel from an agent to its function.
    case toFunction(Int)
    /// The control channel from a function to its agent.
    case fromFunction(Int)
    /// A trunk between two switches, from the first to the second or backwards.
    case trunk(Int, isBackwards: Bool)
}

extension LinkName: CustomStringConvertible {
    /// The link for people.
    public var description: String {
        switch self {
        case .toController(let number): "s\(number + 1) to controller"
        case .fromController(let number): "controller to s\(number + 1)"
        case .toInstance(let instance, let pair): "s\(pair + 1) to VNF \(instance + 1)"
        case .fromInstance(let instance, let pair): "VNF \(instance + 1) to s\(pair + 1)"
        case .toFunction(let instance): "agent \(instance + 1) to its function"
        case .fromFunction(let instance): "function \(instance + 1) to its agent"
        case .trunk(let trunk, let isBackwards): "trunk \(trunk + 1)\(isBackwards ? " backwards" : "")"
        }
    }
}

extension Fault: CustomStringConvertible {
    /// The fault for people.
    public var description: String {
        let what =
            switch kind {
            case .slow(let link, let delay): "link \(link) takes \(delay.short) longer"
            case .functionSlow(let vnf, let delay): "function \(vnf) answers after up to \(delay.short)"
            case .functionMute(let vnf): "function \(vnf) answers nothing"
            case .stateFails(let vnf): "function \(vnf) gets no state"
            case .functionLeaves(let vnf): "function \(vnf) leaves its control channel"
            case .agentKilled(let vnf): "agent \(vnf) is killed"
            case .disconnection(let number): "s\(number + 1) and the controller lose each other"
            case .controllerKilled: "the controller is killed"
            }
        return "\(time.clock): for \(lasts.short) \(what)"
    }
}

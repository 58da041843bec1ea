import HSLCore
import HandoverEngine
import OpenFlow
import Timing

/// What can happen. Everything that takes time or comes over a link is an event; places are numbers into the world's lists.
enum Event {
    /// A host sends the next packet of a stream, which arrives at its switch at once.
    case trafficDue(stream: Int)
    /// A host answers a packet that it got.
    case answerDue(flow: Int)
    /// A frame comes out of the link from an instance's interface.
    case frameAtSwitch([UInt8], instance: Int, pair: Int)
    /// A frame comes out of the link to an instance's interface.
    case frameAtAgent([UInt8], instance: Int, pair: Int)
    /// A frame comes out of a trunk at a switch.
    case frameOffTrunk([UInt8], trunk: Int, switch: Int)
    /// A function has done its work on a frame that came by one of its interfaces.
    case functionProcesses([UInt8], instance: Int, pair: Int)
    /// A message of the control channel reaches the function.
    indirect case functionTold(HSLCore.Notification, instance: Int)
    /// The function has done what is to be done before it answers.
    indirect case functionAnswers(HSLCore.Notification, instance: Int)
    /// A message of the control channel reaches the agent.
    indirect case functionSays(FunctionEvent, instance: Int)
    /// An agent's core wants to be looked at.
    case agentWakes(Int)
    /// A message reaches a switch over a connection.
    indirect case messageAtSwitch(Message, switch: Int, connection: Int)
    /// A message reaches the controller over a connection.
    indirect case messageAtController(Message, switch: Int, connection: Int)
    /// The engine wants to be looked at.
    case controllerWakes
    /// A flow entry may have been idle for long enough.
    case entryMayExpire(switch: Int, entry: Int)
    /// An orchestrator asks for something.
    case request(Int)
    /// A fault begins.
    case faultBegins(Int)
    /// A fault ends.
    case faultEnds(Int)

    /// Tells kinds of events apart in a run's digest.
    var kind: UInt64 {
        switch self {
        case .trafficDue(let stream): 1 | UInt64(stream) << 8
        case .answerDue(let flow): 2 | UInt64(flow) << 8
        case .frameAtSwitch(let frame, let instance, let pair): 3 | Self.place(instance, pair) | UInt64(frame.count) << 40
        case .frameAtAgent(let frame, let instance, let pair): 4 | Self.place(instance, pair) | UInt64(frame.count) << 40
        case .functionProcesses(_, let instance, let pair): 5 | Self.place(instance, pair)
        case .functionTold(_, let instance): 6 | Self.place(instance, 0)
        case .functionAnswers(_, let instance): 7 | Self.place(instance, 0)
        case .functionSays(_, let instance): 8 | Self.place(instance, 0)
        case .agentWakes(let instance): 9 | Self.place(instance, 0)
        case .messageAtSwitch(_, let number, _): 10 | Self.place(number, 0)
        case .messageAtController(_, let number, _): 11 | Self.place(number, 0)
        case .controllerWakes: 12
        case .entryMayExpire(let number, let entry): 13 | Self.place(number, entry)
        case .request(let index): 14 | UInt64(index) << 8
        case .faultBegins(let index): 15 | UInt64(index) << 8
        case .faultEnds(let index): 16 | UInt64(index) << 8
        case .frameOffTrunk(let frame, let trunk, let number): 17 | Self.place(trunk, number) | UInt64(frame.count) << 40
        }
    }

    private static func place(_ index: Int, _ part: Int) -> UInt64 { UInt64(index) << 8 | UInt64(part) << 24 }
}

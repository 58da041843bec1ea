import Timing

/// What must hold in every run.
public enum Invariant: String, Sendable, Hashable, CaseIterable {
    /// A host gets the packets of a flow in the order they were sent, each once.
    case egressOrder
    /// A host or function gets nothing but what hosts have sent.
    case noForgery
    /// A function's state of a flow is S⟨p1…pn⟩, without gap or repeat, at every packet.
    case stateOrder
    /// A function processes no packet of a flow without the flow's state.
    case stateFirst
    /// A function processes no packet of a flow whose state it has frozen.
    case nothingAfterFreeze
    /// A state is fetched after its source has frozen it.
    case frozenBeforeFetched
    /// Controller and agents hold no more than their limits say.
    case limits
    /// At the end every packet has arrived.
    case nothingLost
    /// At the end the last function has the state of every packet.
    case stateWhole
    /// At the end a flow is where the rules say.
    case rightInstance
    /// At the end every handover has ended as expected.
    case handoversEnd
    /// No handover takes longer than a state may, and what it takes then to hand the flow back.
    case handoversInTime
    /// At the end every rule is settled or gone.
    case rulesSettle
    /// At the end controller and agents hold nothing.
    case buffersEmpty
    /// At the end the switches have the pipeline and the steering entries of the rules, and nothing else.
    case tablesClean
    /// The run comes to an end.
    case comesToRest
    /// What was harmed by a fault is accounted for.
    case harmIsSaid
    /// An agent is asked for nothing that it cannot.
    case onlyWhatItCan
}

/// An invariant that did not hold.
public struct Violation: Sendable, Hashable, CustomStringConvertible {
    /// Which one.
    public let invariant: Invariant
    /// When.
    public let time: Instant
    /// Where.
    public let place: String
    /// The number of the flow, if it is about one.
    public let flow: Int?
    /// What happened.
    public let detail: String

    /// The violation for people, in one line.
    public var description: String {
        let about = flow.map { ", flow \($0)" } ?? ""
        return "\(invariant.rawValue) at \(time.clock), \(place)\(about): \(detail)"
    }
}

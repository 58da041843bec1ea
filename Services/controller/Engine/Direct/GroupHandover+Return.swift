import ControlFrames
import Timing

/// The way back of a group, from the instance that could not take it to the one that has the state: a handover like the first, but that
/// nothing has to be transferred. It goes on with the first one's record, and ends it `aborted`.
extension GroupHandover {
    /// What a handover turns round.
    struct Turned: Sendable {
        /// How control frames named it.
        let first: HandoverID
        /// Instances that know nothing of it any more, and do not have to.
        fileprivate(set) var isForgotten: Set<Role> = []

        init(_ first: HandoverID) { self.first = first }
    }

    /// The way back of one that both instances have given up.
    init(turning first: GroupHandover, id: HandoverID, at now: Instant, actions: inout [Action]) {
        self.id = id
        source = first.destination
        destination = first.source
        matches = first.matches
        configuration = first.configuration
        mayGoBack = false
        turned = Turned(first.id)
        record = first.record
        lostDestination = first.lostDestination
        transfer = .done
        sourceState = .starting(Backoff(configuration.retry, startedAt: now))
        arming = (Backoff(configuration.retry, startedAt: now), Set(matches.directions))
        for x in matches.directions { sendStart(to: .destination, x, isRepeated: false, &actions) }
    }

    /// The instance that has the state takes what comes: now the other one may send it.
    mutating func takeBack(at now: Instant, _ actions: inout [Action]) {
        guard case .starting = sourceState else { return }
        if let lostDestination { return goOnWithoutState(lostDestination, at: now, &actions) }
        sourceState = .starting(Backoff(configuration.retry, startedAt: now))
        for x in matches.directions { sendStart(to: .source, x, isRepeated: false, &actions) }
    }

    /// Whether the source is there to be fenced: on the way back, one that has not begun yet would seem to be started anew.
    var mayFence: Bool {
        if turned != nil, case .starting = sourceState { false } else { true }
    }

    /// The flows that joined before the source had begun.
    mutating func fenceAll(at now: Instant, _ actions: inout [Action]) {
        for member in joined {
            guard case .fencing = members[member] else { continue }
            members[member] = .fencing(Backoff(configuration.retry, startedAt: now))
            actions.append(.send(.fence(flow: member.flow), to: .source, member.direction))
        }
    }

    /// A process that knows nothing of the first way begins with nothing.
    mutating func begin(anewAt role: Role, _ actions: inout [Action]) {
        guard turned?.isForgotten.contains(role) == false else { return }
        turned?.isForgotten.insert(role)
        isStartedAnew(role)
        for x in matches.directions { sendStart(to: role, x, &actions) }
    }

    /// What START says that it turns round.
    func turnsRound(_ role: Role) -> HandoverID? {
        turned.map { $0.isForgotten.contains(role) ? id : $0.first }
    }
}

import ControlFrames
import Frames
import Mutations
import Timing

/// The heart of the agent: bridges the network's and the function's interfaces, holds the flows that are handed over, and releases
/// them in order (paper, Sections 3.2 and 3.3).
///
/// It does no I/O and has no clock. After each call, ``drain(into:)`` what there is **before** sending a frame that a later
/// ``receive(_:from:at:)`` passes: released frames go first.
public struct ForwardingCore: ~Copyable, Sendable {
    /// What is to be looked at when its time has come.
    enum Timer {
        case finished(HandoverID, port: Int)
        case memberFinished(FlowKey, HandoverID, port: Int)
        case alarm(HandoverID)
        case seen(FlowKey, port: Int)
        case mirror(HandoverID)
    }

    /// What is to be sent or told.
    enum Entry {
        case frame([UInt8], Port)
        case packets(PacketFIFO, Port)
        case notification(Notification)
    }

    /// The network function on the control channel.
    enum Function {
        /// None has ever been there: the agent answers for it.
        case absent
        case connected
        /// It was there and died, or is starting again: it can take no flow.
        case gone
    }

    let configuration: Configuration
    /// By network interface.
    var flows: [FlowTable]
    var sources: [HandoverID: SourceRole] = [:]
    var destinations: [HandoverID: DestinationRole] = [:]
    var groups: [HandoverID: GroupDestinationRole] = [:]
    var alarms: [HandoverID: Alarm] = [:]
    var ended: RecentlyEnded
    /// The armings that ended a short while ago.
    var disarmed: RecentlyEnded
    var answers: AnswerLimit
    /// How long the controller takes to answer.
    var answerTime: AnswerTime
    /// By network interface.
    var replayGuards: [ReplayGuards]
    var nextCounter: UInt64
    var slab: Slab
    var ledger: Ledger
    var timers = DeadlineQueue<Timer>()
    var output: [Entry] = []
    var function = Function.absent
    var tally = Counters()

    /// A core without any handover.
    public init(configuration: Configuration) {
        self.configuration = configuration
        flows = configuration.pairs.map { _ in FlowTable() }
        ended = RecentlyEnded(capacity: configuration.limits.handovers, memory: configuration.retry.limit)
        disarmed = RecentlyEnded(capacity: configuration.limits.handovers, memory: configuration.retry.limit)
        answers = AnswerLimit(pause: configuration.retry.first)
        answerTime = AnswerTime(longestPause: configuration.retry.longest)
        replayGuards = configuration.pairs.map { _ in ReplayGuards() }
        nextCounter = configuration.firstCounter
        let queues = (configuration.limits.handovers + configuration.limits.flows) * configuration.pairs.count
        slab = Slab(amount: configuration.limits.total, queues: queues)
        ledger = Ledger(configuration.limits)
    }

    /// What was counted so far, and what is held now.
    public var counters: Counters {
        var counters = tally
        counters.inControlBuffers = ledger.control
        counters.inSwitchBuffers = ledger.switch
        counters.inStragglers = ledger.stragglers
        counters.openHandovers = openHandovers
        counters.armings = flows.reduce(0) { $0 + $1.armings.count }
        counters.heldFlows = flows.reduce(0) { $0 + $1.armings.heldFlows }
        return counters
    }

    var openHandovers: Int { sources.count + destinations.count + groups.count }

    /// When ``advance(to:)`` wants to be called next. It may turn out that nothing is due then.
    public var nextDeadline: Instant? { timers.next }

    /// Whether there is anything to drain.
    public var hasOutput: Bool { !output.isEmpty }

    /// Whether frames from a pair's network interface have to be shown to ``receive(_:from:at:)``, control frames apart.
    public func isArmed(_ pair: Int) -> Bool { !flows[pair].isEmpty }

    /// Decides on a frame that came in by a port of the configuration.
    ///
    /// A frame that passes produces no output. From the network, control frames are handled and never passed on, whatever they hold;
    /// from the function they are dropped. With no flow armed on the interface, nothing else is looked at.
    public mutating func receive(_ frame: RawSpan, from port: Port, at now: Instant) -> Verdict {
        guard case .network(let index) = port else {
            if ControlFrame.isControlBehindTags(frame) {
                tally.count(.forgedByFunction)
                return .drop(.forgedByFunction)
            }
            tally.passedFromFunction &+= 1
            return .pass
        }
        if ControlFrame.isControl(frame) {
            control(frame, on: index, at: now)
            return .taken
        }
        guard !flows[index].isEmpty, let keeping = keep(frame, on: index, at: now) else {
            tally.passedFromNetwork &+= 1
            return .pass
        }
        switch keeping {
        case .kept:
            return .taken
        case .dropped(let reason):
            tally.count(reason)
            return .drop(reason)
        }
    }

    /// Gives a frame to whoever takes its flow; nil if nobody does, or the headers cannot be read.
    private mutating func keep(_ frame: RawSpan, on port: Int, at now: Instant) -> Keeping? {
        guard let headers = try? PacketHeaders(frame) else { return nil }
        switch flows[port].owner(of: headers) {
        case .source(let handover):
            // What comes behind the fence, or behind what an arming held before START, was sent here anew.
            if let arming = flows[port].armings.holder(of: headers.flow) {
                return hold(frame, of: headers.flow, under: arming, on: port, at: now)
            }
            if comesAnew(headers, to: handover, on: port), let kept = screen(frame, headers, on: port, at: now) { return kept }
            return intercept(frame, handover, on: port, at: now)
        case .destination(let handover): return hold(frame, handover, on: port, at: now)
        case .group(let handover): return hold(frame, of: headers.flow, inGroup: handover, on: port, at: now)
        case .held(let arming): return hold(frame, of: headers.flow, under: arming, on: port, at: now)
        case .owned: return nil
        case nil: return flows[port].armings.isEmpty ? nil : screen(frame, headers, on: port, at: now)
        }
    }

    /// Whether a frame of a flow that this VNF gives away comes behind the fence, or under an arming that is later than the handover.
    private func comesAnew(_ headers: PacketHeaders, to handover: HandoverID, on port: Int) -> Bool {
        guard !flows[port].armings.isEmpty, !Mutation.takeNewForOld.isActive, let role = sources[handover] else { return false }
        if role.isSynced(headers.flow, on: port) { return true }
        guard case .hold(let arming)? = flows[port].armings.decide(headers) else { return false }
        return role.isLeft(by: arming, on: port)
    }

    /// Takes in what the VNF says on the control channel, or that it came or went.
    public mutating func handle(_ event: FunctionEvent, at now: Instant) {
        switch event {
        case .connected: function = .connected
        case .disconnected: functionLeft(at: now)
        case .mirror(let handover, let flow): mirrorNamed(flow, handover, at: now)
        case .ready(let handover): functionReady(handover, at: now)
        case .stateReady(let handover): stateReady(handover, at: now)
        case .stateFailed(let handover, let reason): stateFailed(handover, reason: reason, at: now)
        }
    }

    private mutating func functionReady(_ handover: HandoverID, at now: Instant) {
        if sources[handover] != nil {
            sourceReady(handover, at: now)
        } else {
            destinationReady(handover, at: now)
        }
    }

    /// A VNF is gone, and with it every state that it had or was fetching.
    private mutating func functionLeft(at now: Instant) {
        function = .gone
        for handover in sources.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            sources[handover]?.functionKnows = false
            if case .freezing = sources[handover]?.state { sourceReady(handover, at: now) }
        }
        for handover in destinations.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            destinations[handover]?.fetch.functionKnows = false
            if destinations[handover]?.fetch.isAwaited == true { stateFailed(handover, reason: Refusal.functionGone.reason, at: now) }
        }
        for handover in groups.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            groups[handover]?.fetch.functionKnows = false
            if groups[handover]?.fetch.isAwaited == true { stateFailed(handover, reason: Refusal.functionGone.reason, at: now) }
        }
    }

    /// Repeats what is due at `now`.
    public mutating func advance(to now: Instant) {
        while let timer = timers.popDue(at: now) {
            switch timer {
            case .finished(let handover, let port): repeatFinished(handover, on: port, at: now)
            case .memberFinished(let flow, let handover, let port): repeatFinished(flow, of: handover, on: port, at: now)
            case .alarm(let handover): repeatAlarm(handover, at: now)
            case .seen(let flow, let port): repeatSeen(flow, on: port, at: now)
            case .mirror(let handover): repeatMirror(handover, at: now)
            }
        }
    }

    /// Hands out everything that is to be sent or told, in the order it was produced.
    public mutating func drain<Sink: CoreOutput & ~Copyable>(into sink: inout Sink) {
        for index in output.indices {
            switch output[index] {
            case .frame(let bytes, let port): sink.send(bytes.span.bytes, to: port)
            case .packets(let packets, let port): slab.drain(packets) { sink.send($0, to: port) }
            case .notification(let notification): sink.tell(notification)
            }
        }
        output.removeAll(keepingCapacity: true)
    }
}

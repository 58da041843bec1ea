import ControlFrames
import Frames
import Timing

/// One flow in one direction during a handover: which entry its packets take, and how far their receiver is. The receiver is the
/// destination, or the source when the flow is handed back.
///
/// The states, in order, and what leads on:
/// - `intercepted` (the detection entry, or c1: to the controller) → `redirected` when the receiver holds the flow.
/// - `redirected` (entry c2, to the receiver and a copy to the controller) → `marked` at the first packet-in under c2, or when the
///   direction has been silent for longer than a cached flow can live.
/// - `marked` → `confirming` when the fences are closed and so every frame was sent on.
/// - `confirming` (RELEASE_FINISHED repeated) → `confirmed` when the receiver says that it has all of them.
/// - `confirmed` (entry c3, to the receiver) → `released` when the receiver has released everything.
///
/// On the direct route no entry is the flow's own: the steering entry takes it to the destination, which says when it has seen it. Packets
/// that come to the controller all the same belong to a later relocation, and wait for that.
struct FlowDirection: Sendable {
    enum Progress: Sendable {
        case intercepted
        case redirected
        case marked
        case confirming(Backoff)
        case confirmed
        case released
    }

    /// START to the receiver.
    enum Arming: Sendable {
        /// Nothing is to be done unless a packet is seen: the flow is where it is to be.
        case untouched
        /// Not before a packet was seen: the receiver is the source too, and its old packets must not be held.
        case waitsForPacket
        /// Not before the source has returned everything that the oldest entry gave it.
        case waitsForFence
        case starting(Backoff)
        case armed
    }

    /// Which way packets go that the source did not get.
    enum Route: Sendable {
        /// Through the controller, then by the flow's own entries.
        case relayed
        /// From the switch to the receiver, by the rule's entry.
        case direct
    }

    let flow: FlowKey
    var route: Route
    /// At the source of the handover.
    var fence: SourceFence
    /// At the destination, once the flow is handed back.
    var returnFence: SourceFence?
    var queue = TransportQueue()
    var progress = Progress.intercepted
    /// Copies of packets that went straight to the destination.
    private(set) var copies = 0
    var arming: Arming
    /// When the receiver is asked whether it has let the direction pass.
    var releaseDue: Backoff?
    var lastHeard: Instant
    var hasIntercept: Bool
    /// Whether a packet came under an entry of this handover or the detection's, and whether one came on the way back.
    var hasSpoken: (forth: Bool, back: Bool)
    /// Whether whatever comes to the controller lies behind what the destination has got, as on a route that was direct.
    var isPastDestination = false
    /// Whether the source was given up before it had said that the receiver has everything.
    var isFenceAbandoned = false
    /// Packets that came to the controller under the direction's own entries to it, forth and back.
    var intercepted: (forth: UInt32, back: UInt32) = (0, 0)
    /// How many of them there were when the switch came back.
    var interceptedBefore: UInt32 = 0
    /// What may have been lost while no controller was there, and is not known yet.
    var uncounted: Uncounted = []

    /// A direction of a flow whose handover begins now.
    init(
        flow: FlowKey, _ kind: FlowHandover.Plan.Kind, _ route: Route, isSeen: Bool, hasIntercept: Bool, at now: Instant,
        retry: Backoff.Schedule
    ) {
        self.flow = flow
        self.route = route
        self.hasIntercept = hasIntercept
        hasSpoken = (isSeen, false)
        lastHeard = now
        switch kind {
        case .move:
            fence = SourceFence(seen: isSeen, returnsElsewhere: route == .direct)
            arming = .starting(Backoff(retry, startedAt: now))
        case .adopt, .keep:
            fence = SourceFence(seen: true)
            arming = isSeen ? .starting(Backoff(retry, startedAt: now)) : kind == .adopt ? .untouched : .waitsForPacket
        }
    }

    // MARK: What it is like

    var isStarting: Bool {
        if case .starting = arming { true } else { false }
    }

    var isArmed: Bool {
        if case .armed = arming { true } else { false }
    }

    /// Whether the handover has anything to do with packets of this direction.
    var isTouched: Bool {
        if case .untouched = arming { false } else { true }
    }

    var isRedirected: Bool {
        if case .intercepted = progress { false } else { true }
    }

    /// Whether packets may have come to the destination.
    var mayHaveReachedDestination: Bool { isRedirected || route == .direct }

    var isReleased: Bool {
        if case .released = progress { true } else { false }
    }

    var isConfirmed: Bool {
        switch progress {
        case .confirmed, .released: true
        case .intercepted, .redirected, .marked, .confirming: false
        }
    }

    /// Waiting for a first packet: costs an entry and nothing else.
    var isDormant: Bool {
        switch (progress, arming) {
        case (.intercepted, .untouched), (.intercepted, .waitsForPacket): true
        case (.redirected, _): fence.isUnseen || returnFence?.isUnseen ?? false
        case (.intercepted, .waitsForFence): fence.isUnseen
        default: false
        }
    }

    /// The frames that the controller holds of it.
    var held: BufferCount { queue.held + fence.held + (returnFence?.held ?? BufferCount()) }

    /// Which exact entry the direction has.
    var stage: FlowEntry.Stage? {
        guard route == .relayed else { return nil }
        switch progress {
        case .intercepted: return hasIntercept ? .intercept : nil
        case .redirected, .marked, .confirming: return .redirect
        case .confirmed, .released: return .direct
        }
    }

    private var areFencesClosed: Bool { fence.isClosed && returnFence?.isClosed ?? true }

    // MARK: Packets

    /// A packet came that nobody has got yet.
    mutating func enqueue(_ frame: [UInt8], _ course: FlowEntry.Course, at now: Instant) {
        let course = isPastDestination ? .back : course
        heard(course, at: now)
        queue.append(frame, isBehindReturnFence: course == .back && !(returnFence?.isClosed ?? true))
    }

    /// A copy came of a packet that the receiver got. True when it is the marker: none can come under an older entry any more.
    mutating func copied(_ course: FlowEntry.Course, at now: Instant) -> Bool {
        heard(course, at: now)
        return mark()
    }

    /// No packet can be on its way under an older entry than the newest: one came under that, or none has come for very long.
    mutating func heard(_ course: FlowEntry.Course, at now: Instant) {
        lastHeard = now
        hasSpoken.forth = true
        if course == .back { hasSpoken.back = true }
    }

    /// A copy came of a packet that the destination got before the flow was handed back.
    mutating func countCopy() { copies += 1 }

    /// No packet can be under an older entry. True the first time.
    mutating func mark() -> Bool {
        guard case .redirected = progress else { return false }
        progress = .marked
        return true
    }

    /// What may be sent to the receiver now.
    mutating func flush() -> [(sequence: UInt32, frame: [UInt8])] {
        guard route == .relayed, isRedirected else { return [] }
        return fence.isClosed ? queue.flush() : queue.flush(stragglers: fence.takeNext())
    }

    /// What waits for a later handover of the flow.
    mutating func takeWaiting() -> [[UInt8]] { queue.takeWaiting() }

    /// The packets of the direct route have come to the receiver, or beyond it: none can come under an older entry any more.
    mutating func sighted(at now: Instant) {
        heard(.forth, at: now)
        _ = mark()
    }

    mutating func takeAll() -> [[UInt8]] {
        abandonFences()
        return queue.takeAll()
    }

    /// The receiver has received these numbers from a controller that is no more: it goes on behind them.
    mutating func resumed(behind received: UInt32) {
        guard received > 0, queue.continueAfter(received) else { return }
        // Stragglers are sent on before everything else, so they are the first of those.
        fence.goOn(behind: received)
    }

    // MARK: Arming

    /// Whether START is to be sent to the receiver for the first time, because a packet was seen or the fence closed.
    mutating func startArming(at now: Instant, retry: Backoff.Schedule) -> Bool {
        switch arming {
        case .waitsForFence where fence.isClosed, .untouched where hasSpoken.forth, .waitsForPacket where hasSpoken.forth:
            arming = .starting(Backoff(retry, startedAt: now))
            return true
        case .waitsForFence, .untouched, .waitsForPacket, .starting, .armed: return false
        }
    }

    /// The receiver holds the flow. True the first time.
    mutating func armed() -> Bool {
        guard case .starting = arming else { return false }
        arming = .armed
        return true
    }

    /// The destination is another process than START was sent to first. It is told, unless it has said itself that it holds the flow, or
    /// packets were turned to it already; what the source returned, and that it was all, it has said to the one that is gone.
    mutating func forgetArming(unless hasSaidSo: Bool, at now: Instant, retry: Backoff.Schedule) {
        guard case .intercepted = progress else { return }
        if route == .direct, fence.isClosed { isFenceAbandoned = true }
        guard case .armed = arming, !hasSaidSo else { return }
        arming = .starting(Backoff(retry, startedAt: now))
    }

    mutating func stepArming(at now: Instant, isPatient: Bool) -> Backoff.Step {
        guard case .starting(var backoff) = arming else { return .wait }
        let step = backoff.step(at: now, isPatient: isPatient)
        arming = .starting(backoff)
        return step
    }

    /// Whether the flow needs an entry of its own lest the detection entry go before c2 is in. True once.
    mutating func needsIntercept() -> Bool {
        guard case .intercepted = progress, route == .relayed, !hasIntercept, isTouched else { return false }
        hasIntercept = true
        return true
    }

    mutating func redirect(at now: Instant) {
        guard case .intercepted = progress else { return }
        progress = route == .direct && hasSpoken.forth ? .marked : .redirected
        lastHeard = now
    }

    // MARK: Completing

    /// What is to be done when all that there was is on its way to the receiver.
    enum Completion {
        case wait
        /// RELEASE_FINISHED is to be sent for the first time.
        case askReceiver
        /// The source had the receiver's word before it gave its own.
        case confirmed
    }

    mutating func complete(at now: Instant, retry: Backoff.Schedule) -> Completion {
        guard case .marked = progress, areFencesClosed else { return .wait }
        if route == .direct, !isFenceAbandoned {
            progress = .confirmed
            return .confirmed
        }
        progress = .confirming(Backoff(retry, startedAt: now))
        return .askReceiver
    }

    mutating func stepConfirming(at now: Instant, isPatient: Bool) -> Backoff.Step {
        guard case .confirming(var backoff) = progress else { return .wait }
        let step = backoff.step(at: now, isPatient: isPatient)
        progress = .confirming(backoff)
        return step
    }

    /// The receiver has every frame. True the first time. The frames are kept: should it abort, it will have forgotten them.
    mutating func confirmed() -> Bool {
        guard case .confirming = progress else { return false }
        progress = .confirmed
        return true
    }

    mutating func released() {
        // On the direct route the source's word may come behind the receiver's, which says more.
        if route == .direct, isArmed {
            _ = fence.abandon()
            progress = .confirmed
        }
        guard case .confirmed = progress else { return }
        progress = .released
        queue.acknowledged()
    }

    /// The receiver is gone, and what was for it was given to it as it is.
    mutating func concede() { progress = .released }

    /// What has come straight to the receiver by the rule's entry goes on there by an entry of its own.
    mutating func takeOwnEntry() {
        concede()
        route = .relayed
    }

    /// The flow goes back to the source.
    ///
    /// - Parameter destinationReturns: whether the destination gives back what reached it directly.
    ///
    /// - Returns: how many frames another controller has sent that are lost by that.
    mutating func turn(destinationReturns: Bool, at now: Instant) -> Int {
        let inherited = queue.inherited
        returnFence = destinationReturns && mayHaveReachedDestination ? SourceFence(seen: false) : nil
        isPastDestination = route == .direct
        if isPastDestination, queue.isWaiting { hasSpoken.back = true }
        queue.turn(isBehindReturnFence: isPastDestination && returnFence != nil)
        route = .relayed
        progress = .intercepted
        arming = .waitsForFence
        hasIntercept = true
        lastHeard = now
        return inherited
    }
}

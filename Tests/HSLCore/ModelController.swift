import ControlFrames
import HSLCore

/// Just enough of a controller to move one flow (design, Section 2.2), after `corrected.py`.
final class ModelController {
    /// What may be left out, to show that the model notices.
    enum Omission {
        case markerWait, fenceWait
        /// On the way back: to collect what the destination got.
        case returnFence
    }

    /// Whether the handover goes on.
    private enum Course {
        case moving
        /// The destination was asked to abort first: it may answer that it is too late.
        case aborting
        case returning(ModelHandBack)
    }

    static let repeatAfter = 8.0
    static let guardTime = 200.0
    private let network: ModelNetwork
    let omission: Omission?
    let directions: Int
    let handover: HandoverID = 7
    /// Called with the direction, the rule's action and its cookie.
    var flowMod: (Int, Action, Cookie) -> Void = { _, _, _ in }
    /// Called with the direction, the end and the frame's content.
    var packetOut: (Int, Role, ControlMessage) -> Void = { _, _, _ in }

    enum Action { case source, controller, both, destination, sourceAndController }
    /// In the order in which a direction's packets can meet them; c4 and c5 on the way back.
    enum Cookie { case old, detection, c1, c2, c3, c4, c5 }

    private(set) var started = false
    private(set) var done = [false, false]
    private(set) var closed = [false, false]
    /// Whether the destination, which is told nothing before it has acknowledged START, said that it does not know the handover.
    private(set) var destinationForgot = false
    private var course = Course.moving
    private var destinationAborted = false, sourceAborted = false, abortedAt = 0.0
    private var redirected = false, transferring = false, transferAcked = false, sourceAcked = false
    private var destinationAcked = [false, false], seen = [false, false], fenced = [false, false]
    private var marked = [false, false], completing = [false, false], closing = [false, false]
    private var queue: [[[UInt8]]] = [[], []], transported: [[[UInt8]]] = [[], []]
    private var stragglers: [[UInt32: [UInt8]]] = [[:], [:]]
    private var stragglerCount: [UInt32?] = [nil, nil]
    private var reassembly = (0..<2).map { _ in Reassembly(sequences: 1_000, bytes: 1 << 22) }
    private var lastHeard = [0.0, 0.0]

    init(_ network: ModelNetwork, directions: Int, omission: Omission?) {
        self.network = network
        self.directions = directions
        self.omission = omission
    }

    /// The way back, if the handover was aborted.
    var handBack: ModelHandBack? {
        if case .returning(let handBack) = course { handBack } else { nil }
    }

    private var isMoving: Bool {
        if case .moving = course { true } else { false }
    }

    private var all: Range<Int> { 0..<directions }

    func begin() {
        for x in all { flowMod(x, .controller, .detection) }
    }

    func packetIn(_ x: Int, _ cookie: Cookie, _ frame: [UInt8]) {
        lastHeard[x] = network.now
        let first = !seen[x]
        seen[x] = true
        switch cookie {
        case .detection, .c1:
            if handBack?.late(frame, x) != true { queue[x].append(frame) }
            if !started { start(x) }
        case .c2: marked[x] = true
        case .c4: handBack?.mark(x)
        case .old, .c3, .c5: break
        }
        if first { fence(x) }
        flush(x)
        complete(x)
    }

    private func start(_ x: Int) {
        started = true
        fenced[x] = true
        for y in all { flowMod(y, .controller, .c1) }
        repeatStart()
    }

    private func repeatStart() {
        guard goesOn({ $0.repeatStart() }) else { return }
        for x in all {
            let start = Start(from: 1, to: 2, flow: Data.flows[x], directions: UInt32(directions))
            if !sourceAcked { packetOut(x, .source, .startSource(start)) }
            if !destinationAcked[x] { packetOut(x, .destination, .startDestination(start)) }
        }
        if !(sourceAcked && all.allSatisfy { destinationAcked[$0] }) { later { $0.repeatStart() } }
    }

    private func fence(_ x: Int) {
        guard !fenced[x] else { return }
        packetOut(x, .source, .fence())
        later { $0.fence(x) }
    }

    func control(_ x: Int, _ origin: Role, _ message: ControlMessage) {
        if let handBack, handBack.control(x, origin, message) { return }
        switch message {
        case .startAck:
            if origin == .source { sourceAcked = true } else { destinationAcked[x] = true }
            proceed()
        case .transferAck: transferAcked = true
        case .straggler(let wrapped):
            if stragglers[x][wrapped.sequence] == nil, case .complete(let frame) = reassembly[x].add(wrapped) {
                stragglers[x][wrapped.sequence] = frame
            }
            closeFence(x)
        case .fenceAck(let count, _):
            stragglerCount[x] = max(count, stragglerCount[x] ?? 0)
            closeFence(x)
        case .resend(let numbers):
            for number in numbers { transport(x, number) }
        case .releaseFinishedAck: finish(x)
        case .handoverFinished:
            packetOut(x, .destination, .handoverFinishedAck())
            // As good as a refusal of ABORT, which may reach a destination that has forgotten the handover by then.
            goOn()
            finish(x)
            if !closing[x] { closeSource(x) }
        case .handoverFinishedAck: closed[x] = true
        case .abortAck(let refusal): abortAcknowledged(origin, refusal: refusal)
        case .abort: unknown(x, origin)
        default: break
        }
    }

    private func proceed() {
        guard isMoving, all.allSatisfy({ destinationAcked[$0] }) else { return }
        if !redirected {
            redirected = true
            for y in all {
                flowMod(y, .both, .c2)
                flush(y)
                network.after(Self.guardTime) { [self] in guardSilence(y) }
            }
        }
        if sourceAcked, !transferring {
            transferring = true
            repeatTransfer()
        }
    }

    private func closeFence(_ x: Int) {
        guard !fenced[x], let count = stragglerCount[x] else { return }
        let missing = (0..<count).filter { stragglers[x][$0] == nil }
        guard missing.isEmpty else { return packetOut(x, .source, .resend(missing)) }
        fenced[x] = true
        queue[x] = (0..<count).compactMap { stragglers[x][$0] } + queue[x]
        handBack?.fenced(x)
        flush(x)
        complete(x)
    }

    private func repeatTransfer() {
        guard !transferAcked, goesOn({ $0.repeatTransfer() }) else { return }
        packetOut(0, .destination, .transfer(Peer(vnf: 1)))
        later { $0.repeatTransfer() }
    }

    private func flush(_ x: Int) {
        guard isMoving, redirected, fenced[x] || omission == .fenceWait else { return }
        for frame in queue[x] {
            transported[x].append(frame)
            transport(x, UInt32(transported[x].count - 1))
        }
        queue[x] = []
        if omission == .markerWait {
            network.after(0.7) { [self] in
                marked[x] = true
                complete(x)
            }
        }
    }

    private func transport(_ x: Int, _ number: UInt32) {
        guard number < transported[x].count else { return }
        for part in Fragmentation.split(frame: transported[x][Int(number)], sequence: number, maximumFrame: 614) {
            packetOut(x, .destination, .transport(part))
        }
    }

    private func complete(_ x: Int) {
        guard isMoving, marked[x], fenced[x], redirected, !completing[x] else { return }
        completing[x] = true
        repeatReleaseFinished(x)
    }

    private func repeatReleaseFinished(_ x: Int) {
        guard !done[x], goesOn({ $0.repeatReleaseFinished(x) }) else { return }
        packetOut(x, .destination, .releaseFinished(count: UInt32(transported[x].count)))
        later { $0.repeatReleaseFinished(x) }
    }

    private func finish(_ x: Int) {
        guard !done[x] else { return }
        done[x] = true
        flowMod(x, .destination, .c3)
    }

    /// Only now: the destination's end proves that the source is frozen, whether or not its START_ACK was heard.
    private func closeSource(_ x: Int) {
        closing[x] = true
        guard !closed[x] else { return }
        packetOut(x, .source, .handoverFinished(nil))
        later { $0.closeSource(x) }
    }

    private func guardSilence(_ x: Int) {
        guard !completing[x], goesOn({ $0.guardSilence(x) }) else { return }
        guard isSilent(x) else { return network.after(Self.guardTime) { [self] in guardSilence(x) } }
        fence(x)
        marked[x] = true
        complete(x)
    }

    private func later(_ action: @escaping (ModelController) -> Void) {
        network.after(Self.repeatAfter) { [self] in action(self) }
    }

    func isSilent(_ x: Int) -> Bool { network.now - lastHeard[x] >= Self.guardTime }

    // MARK: Aborting

    /// Hands the flow back, unless the destination has the state by then.
    func abort() {
        guard started, isMoving, !closing.contains(true) else { return }
        course = .aborting
        repeatAbort()
    }

    private func repeatAbort() {
        guard case .aborting = course else { return }
        packetOut(network.chance(0.5) ? 0 : directions - 1, destinationAborted ? .source : .destination, .abort(reason: "x"))
        later { $0.repeatAbort() }
    }

    private func abortAcknowledged(_ origin: Role, refusal: String?) {
        guard case .aborting = course else { return }
        guard refusal == nil else { return goOn() }
        if origin == .destination { destinationAborted = true } else { sourceAborted = true }
        guard sourceAborted else { return }
        let handBack = ModelHandBack(self, network, wasRedirected: redirected)
        course = .returning(handBack)
        abortedAt = network.now
        for x in all {
            if fenced[x] { handBack.fenced(x) } else { network.after(Self.guardTime) { [self] in fenceInSilence(x) } }
        }
    }

    /// The destination has the state: there is no way back.
    private func goOn() {
        guard case .aborting = course else { return }
        course = .moving
        proceed()
        for x in all {
            flush(x)
            complete(x)
        }
    }

    /// Whether the handover goes on; while that is open, `again` is asked for later.
    private func goesOn(_ again: @escaping (ModelController) -> Void) -> Bool {
        switch course {
        case .moving: return true
        case .returning: return false
        case .aborting:
            later(again)
            return false
        }
    }

    private func fenceInSilence(_ x: Int) {
        guard !fenced[x], !seen[x] else { return }
        if isSilent(x) { fence(x) } else { network.after(Self.guardTime) { [self] in fenceInSilence(x) } }
    }

    /// An end does not know the handover. A source that START has not reached yet says that too; once it was aborted, it has returned
    /// nothing and never will. An answer from before ABORT may come late, but not this late.
    private func unknown(_ x: Int, _ origin: Role) {
        if origin == .destination { destinationForgot = true }
        guard origin == .source, handBack != nil, network.now - abortedAt > 150 else { return }
        stragglerCount[x] = stragglerCount[x] ?? 0
        closeFence(x)
    }

    /// Everything that came through here before the way back, in order.
    func takeEverything(_ x: Int) -> [[UInt8]] {
        defer { (transported[x], queue[x]) = ([], []) }
        return transported[x] + queue[x]
    }
}

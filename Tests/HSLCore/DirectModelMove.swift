import ControlFrames
import Frames
import HSLCore

/// One handover of the direct model: a flow, or a group.
final class DirectModelMove {
    private enum Course {
        case moving, aborting, returning
    }

    let id: HandoverID
    private let isGroup: Bool
    private let controller: DirectModelController
    private let network: ModelNetwork
    private let ways: [Way]
    private var course = Course.moving
    private var sourceAcked: Set<Int> = [], destinationAcked: Set<Int> = [], transferAcked = false, transferring = false
    private var fencing: Set<Way> = [], fenced: Set<Way> = [], opened: Set<Way> = []
    private var streamEnded: Set<Int> = [], sourceClosed: Set<Int> = [], destinationClosed: Set<Int> = [], closing = false
    /// On the way back, by direction.
    private var home: Set<Int> = [], turned: Set<Int> = [], released: Set<Int> = []
    private var destinationAborted = false, sourceAborted = false, abortedAt = 0.0
    private var stragglers: [[UInt32: [UInt8]]] = [[:], [:]]
    private var count: [UInt32?] = [nil, nil]
    private var reassembly = (0..<2).map { _ in Reassembly(sequences: 1_000, bytes: 1 << 22) }

    init(_ controller: DirectModelController, _ id: HandoverID, _ ways: [Way], isGroup: Bool) {
        self.controller = controller
        self.id = id
        self.ways = ways
        self.isGroup = isGroup
        network = controller.network
    }

    /// Whether the flows live at the destination.
    var isMoved: Bool { closing }

    var isReturned: Bool { if case .returning = course { true } else { false } }

    var isOver: Bool {
        switch course {
        case .moving: sourceClosed.count == 2 && (!isGroup || destinationClosed.count == 2)
        case .aborting: false
        case .returning: released.count == 2 && destinationClosed.count == 2
        }
    }

    private var isMoving: Bool { if case .moving = course { true } else { false } }

    private func subject(_ x: Int) -> Start.Subject {
        isGroup ? .match(Data.match(port: x)) : .flow(Data.flow(ways[0].flow, port: x))
    }

    private func say(_ x: Int, _ role: Role, _ message: ControlMessage) { controller.packetOut(x, role, id, message) }

    private func later(_ action: @escaping (DirectModelMove) -> Void) {
        network.after(DirectModelController.repeatAfter) { [self] in action(self) }
    }

    // MARK: There

    func begin(fencingAll: Bool) {
        repeatStart()
        if fencingAll { for way in ways { fence(way) } }
        watch()
    }

    func heard(_ way: Way) { fence(way) }

    private func repeatStart() {
        guard isMoving, sourceAcked.count < 2 || destinationAcked.count < 2 else { return }
        for x in 0..<2 {
            var start = Start(from: 1, to: 2, subject: subject(x), directions: 2)
            if !destinationAcked.contains(x) { say(x, .destination, .startDestination(start)) }
            start.straightTo = CoreHarness.address(2, port: x)
            if sourceAcked.count < 2 { say(x, .source, .startSource(start)) }
        }
        later { $0.repeatStart() }
    }

    private func fence(_ way: Way) {
        if fencing.insert(way).inserted { repeatFence(way) }
    }

    private func repeatFence(_ way: Way) {
        guard !fenced.contains(way), !home.contains(way.x), !closing else { return }
        say(way.x, .source, .fence(flow: isGroup ? way.key : nil))
        later { $0.repeatFence(way) }
    }

    /// A direction that stays silent is fenced when no cached flow can be left; a group ends when no flow has turned up for long.
    private func watch() {
        guard isMoving, !closing else { return }
        if controller.isSettled {
            if isGroup { return endGroup() }
            for way in ways where !controller.isSeen(way) { fence(way) }
        } else {
            later { $0.watch() }
        }
    }

    private func endGroup() {
        guard isMoving else { return }
        let isComplete = transferAcked && ways.allSatisfy { !controller.isSeen($0) || opened.contains($0) }
        guard isComplete, controller.isSettled else { return later { $0.endGroup() } }
        // Stragglers of flows that never came to the destination may be missing there.
        guard streamEnded.count == 2 else {
            for x in 0..<2 where !streamEnded.contains(x) { say(x, .source, .fence()) }
            return later { $0.endGroup() }
        }
        closing = true
        repeatClose()
    }

    /// The source is frozen, and the destination has heard of every direction: one that it does not know of could outlive its role.
    private func requestTransfer() {
        guard sourceAcked.count == 2, destinationAcked.count == 2, !transferring else { return }
        transferring = true
        transfer()
    }

    private func transfer() {
        guard isMoving, !transferAcked else { return }
        say(0, .destination, .transfer(Peer(vnf: 1)))
        later { $0.transfer() }
    }

    private func open(_ x: Int, _ flow: FlowKey?) {
        say(x, .destination, .handoverFinishedAck(flow: flow))
        if case .aborting = course { resume() }
        for way in ways where way.x == x && (flow == nil || flow == way.key) { opened.insert(way) }
        guard !isGroup, opened.count == 2, !closing else { return }
        closing = true
        repeatClose()
    }

    private func repeatClose() {
        for x in 0..<2 {
            if !sourceClosed.contains(x) { say(x, .source, .handoverFinished(nil)) }
            if isGroup, !destinationClosed.contains(x) { say(x, .destination, .handoverFinished(nil)) }
        }
        if !isOver { later { $0.repeatClose() } }
    }

    func control(_ x: Int, _ origin: Role, _ message: ControlMessage) {
        switch (origin, message) {
        case (.source, .startAck(received: nil)):
            sourceAcked.insert(x)
            requestTransfer()
        case (.source, .startAck(received: .some)): turn(x)
        case (.destination, .startAck):
            destinationAcked.insert(x)
            requestTransfer()
        case (.destination, .transferAck): transferAcked = true
        case (.source, .fenceAck(_, nil)) where isGroup: streamEnded.insert(x)
        case (.source, .fenceAck(_, let flow)): for way in ways where way.x == x && (flow == nil || flow == way.key) { fenced.insert(way) }
        case (.destination, .fenceAck(let stragglers, _)): collect(x, stragglers)
        case (.destination, .handoverFinished(_, let flow)): open(x, flow)
        case (.source, .handoverFinished): arrived(x)
        case (.source, .handoverFinishedAck): sourceClosed.insert(x)
        case (.destination, .handoverFinishedAck(nil)): destinationClosed.insert(x)
        case (_, .abortAck(let refusal)): abortAcknowledged(origin, refusal)
        case (_, .abort): unknown(x, origin)
        case (.destination, .straggler(let wrapped)): straggler(wrapped, x)
        case (.source, .resend(let numbers)): for number in numbers { transport(x, number) }
        default: break
        }
    }

    // MARK: And back

    func abort() {
        guard isMoving, !closing, opened.isEmpty else { return }
        // What an arming holds of a flow is returned only when START has taken it over; a group takes over what is SEEN later, too.
        guard isGroup || destinationAcked.count == 2 else { return later { $0.abort() } }
        course = .aborting
        repeatAbort()
    }

    private func resume() {
        course = .moving
        repeatStart()
        if transferring { transfer() }
        watch()
    }

    private func repeatAbort() {
        guard case .aborting = course else { return }
        say(network.chance(0.5) ? 0 : 1, destinationAborted ? .source : .destination, .abort(reason: "x"))
        later { $0.repeatAbort() }
    }

    private func abortAcknowledged(_ origin: Role, _ refusal: String?) {
        guard case .aborting = course else { return }
        guard refusal == nil else { return resume() }
        if origin == .destination { destinationAborted = true } else { sourceAborted = true }
        guard destinationAborted, sourceAborted else { return }
        course = .returning
        abortedAt = network.now
        awaitFences()
    }

    /// Everything that the old rules sent has to be at the source before the flow comes back to it.
    private func awaitFences() {
        for way in ways where controller.isSettled || controller.isSeen(way) { fence(way) }
        let isFenced = ways.allSatisfy { fenced.contains($0) || isGroup && !controller.isSeen($0) }
        guard controller.isSettled, isFenced else { return later { $0.awaitFences() } }
        for x in 0..<2 { repeatHome(x) }
    }

    /// An end does not know the handover: START had not reached it when it was aborted, and nothing is to come from there.
    private func unknown(_ x: Int, _ origin: Role) {
        guard isReturned, network.now - abortedAt > 150 else { return }
        if origin == .source { for way in ways where way.x == x { fenced.insert(way) } } else { collect(x, 0) }
    }

    private func repeatHome(_ x: Int) {
        guard !home.contains(x) else { return }
        say(x, .source, .startDestination(Start(from: 1, to: 1, subject: subject(x), directions: 2)))
        later { $0.repeatHome(x) }
    }

    /// The source holds what comes: it may come.
    private func turn(_ x: Int) {
        guard home.insert(x).inserted else { return }
        if isGroup { controller.steer(x, .source) } else { controller.steerExactly(Way(flow: ways[0].flow, x: x), .source) }
        // Long enough, for a group, that every question about a flow was answered.
        network.after(isGroup ? 10_000 : DirectModelController.guardTime) { [self] in repeatCollect(x) }
    }

    private func repeatCollect(_ x: Int) {
        guard !turned.contains(x) else { return }
        say(x, .destination, .fence())
        later { $0.repeatCollect(x) }
    }

    private func straggler(_ wrapped: WrappedFrame, _ x: Int) {
        if stragglers[x][wrapped.sequence] == nil, case .complete(let frame) = reassembly[x].add(wrapped) {
            stragglers[x][wrapped.sequence] = frame
        }
    }

    private func collect(_ x: Int, _ number: UInt32) {
        guard home.contains(x), !turned.contains(x) else { return }
        let missing = (0..<number).filter { stragglers[x][$0] == nil }
        guard missing.isEmpty else { return say(x, .destination, .resend(missing)) }
        turned.insert(x)
        count[x] = number
        for sequence in 0..<number { transport(x, sequence) }
        repeatReleaseFinished(x)
    }

    private func transport(_ x: Int, _ sequence: UInt32) {
        guard let frame = stragglers[x][sequence] else { return }
        for part in Fragmentation.split(frame: frame, sequence: sequence, maximumFrame: 614) { say(x, .source, .transport(part)) }
    }

    private func repeatReleaseFinished(_ x: Int) {
        guard !released.contains(x), let count = count[x] else { return }
        say(x, .source, .releaseFinished(count: count))
        later { $0.repeatReleaseFinished(x) }
    }

    private func arrived(_ x: Int) {
        say(x, .source, .handoverFinishedAck())
        guard released.insert(x).inserted else { return }
        repeatCloseDestination(x)
    }

    private func repeatCloseDestination(_ x: Int) {
        guard !destinationClosed.contains(x) else { return }
        say(x, .destination, .handoverFinished(nil))
        later { $0.repeatCloseDestination(x) }
    }
}

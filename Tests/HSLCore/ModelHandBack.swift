import ControlFrames
import HSLCore

/// The controller's part in handing a flow back to its source under the same number, direction by direction: the same procedure as
/// the way there, with the roles turned and no state to move.
final class ModelHandBack {
    private let controller: ModelController
    private let network: ModelNetwork
    /// Whether the destination may have got frames directly.
    private let wasRedirected: Bool
    private(set) var isReturned = [false, false]
    private(set) var isClosed = [false, false]
    private var turning = [false, false], armed = [false, false], marked = [false, false], collected = [false, false]
    private var transported: [[[UInt8]]] = [[], []]
    private var stragglers: [[UInt32: [UInt8]]] = [[:], [:]]
    private var reassembly = (0..<2).map { _ in Reassembly(sequences: 1_000, bytes: 1 << 22) }

    init(_ controller: ModelController, _ network: ModelNetwork, wasRedirected: Bool) {
        self.controller = controller
        self.network = network
        self.wasRedirected = wasRedirected
    }

    /// The source's stragglers of a direction are all here: it may turn.
    func fenced(_ x: Int) {
        guard !turning[x] else { return }
        turning[x] = true
        repeatStart(x)
    }

    private func repeatStart(_ x: Int) {
        guard !armed[x] else { return }
        let start = Start(from: 1, to: 1, flow: Data.flows[x], directions: UInt32(controller.directions))
        controller.packetOut(x, .source, .startDestination(start))
        later { $0.repeatStart(x) }
    }

    /// Returns whether the frame was one of the way back.
    func control(_ x: Int, _ origin: Role, _ message: ControlMessage) -> Bool {
        switch (origin, message) {
        case (.source, .startAck(received: .some)): arm(x)
        case (.source, .resend(let numbers)): for number in numbers { transport(x, number) }
        case (.source, .handoverFinished): finish(x)
        case (.source, .handoverFinishedAck), (.source, .releaseFinishedAck): break
        case (.destination, .straggler(let wrapped)):
            if stragglers[x][wrapped.sequence] == nil, case .complete(let frame) = reassembly[x].add(wrapped) {
                stragglers[x][wrapped.sequence] = frame
            }
        case (.destination, .fenceAck(let count, _)): collect(x, count)
        case (.destination, .handoverFinishedAck): isClosed[x] = true
        case (.destination, _): break
        case (.source, _): return false
        }
        return true
    }

    private func arm(_ x: Int) {
        guard !armed[x] else { return }
        armed[x] = true
        controller.flowMod(x, .sourceAndController, .c4)
        if network.chance(0.3) { controller.packetOut(x, .source, .handoverFinished(nil)) }
        for frame in controller.takeEverything(x) { append(frame, x) }
        network.after(ModelController.guardTime) { [self] in guardSilence(x) }
    }

    /// A frame under a rule from before the way back.
    func late(_ frame: [UInt8], _ x: Int) -> Bool {
        guard armed[x] else { return false }
        append(frame, x)
        return true
    }

    private func append(_ frame: [UInt8], _ x: Int) {
        transported[x].append(frame)
        transport(x, UInt32(transported[x].count - 1))
    }

    private func transport(_ x: Int, _ number: UInt32) {
        guard number < transported[x].count else { return }
        for part in Fragmentation.split(frame: transported[x][Int(number)], sequence: number, maximumFrame: 614) {
            controller.packetOut(x, .source, .transport(part))
        }
    }

    /// The first packet under the rule of the way back: what the destination got directly lies before the fence.
    func mark(_ x: Int) {
        guard armed[x], !marked[x] else { return }
        marked[x] = true
        if wasRedirected, controller.omission != .returnFence { repeatFence(x) } else { complete(x) }
    }

    private func repeatFence(_ x: Int) {
        guard !collected[x] else { return }
        controller.packetOut(x, .destination, .fence())
        later { $0.repeatFence(x) }
    }

    private func collect(_ x: Int, _ count: UInt32) {
        guard !collected[x] else { return }
        let missing = (0..<count).filter { stragglers[x][$0] == nil }
        guard missing.isEmpty else { return controller.packetOut(x, .destination, .resend(missing)) }
        for number in 0..<count { if let frame = stragglers[x][number] { append(frame, x) } }
        complete(x)
    }

    private func complete(_ x: Int) {
        collected[x] = true
        repeatReleaseFinished(x)
    }

    private func repeatReleaseFinished(_ x: Int) {
        guard !isReturned[x] else { return }
        controller.packetOut(x, .source, .releaseFinished(count: UInt32(transported[x].count)))
        later { $0.repeatReleaseFinished(x) }
    }

    private func finish(_ x: Int) {
        controller.packetOut(x, .source, .handoverFinishedAck())
        guard !isReturned[x] else { return }
        isReturned[x] = true
        controller.flowMod(x, .source, .c5)
        repeatClose(x)
    }

    private func repeatClose(_ x: Int) {
        guard !isClosed[x] else { return }
        controller.packetOut(x, .destination, .handoverFinished(nil))
        later { $0.repeatClose(x) }
    }

    private func guardSilence(_ x: Int) {
        guard !marked[x] else { return }
        guard controller.isSilent(x) else { return network.after(ModelController.guardTime) { [self] in guardSilence(x) } }
        mark(x)
    }

    private func later(_ action: @escaping (ModelHandBack) -> Void) {
        network.after(ModelController.repeatAfter) { [self] in action(self) }
    }
}

import ControlFrames
import HSLCore
import Testing

/// One handover of one flow between two cores, over switches whose caches lag behind their tables, with control frames lost, doubled
/// and late.
private final class HandoverModel {
    private let network: ModelNetwork
    private let controller: ModelController
    private let source: ModelInstance
    private let destination: ModelInstance
    private let directions: Int
    private var table: [(ModelController.Action, ModelController.Cookie)]
    private var cache: [(ModelController.Action, ModelController.Cookie)]
    private var sent = [0, 0]
    private var output: [[Int]] = [[], []]
    private var fetchedUnfrozen = false
    private let key: ControlKey?
    private var counter: UInt64 = 0
    private var replayGuards: [Role: [ReplayGuard]] = [
        .source: [ReplayGuard(), ReplayGuard()], .destination: [ReplayGuard(), ReplayGuard()],
    ]
    private var refused = 0

    /// - Parameter aborting: whether the controller decides, at some time or other, to hand the flow back.
    init(seed: UInt64, loss: Double, omission: ModelController.Omission? = nil, aborting: Bool = false, key: ControlKey? = nil) {
        self.key = key
        network = ModelNetwork(seed: seed, loss: loss)
        directions = network.chance(0.8) ? 2 : 1
        let hasFunction = network.chance(0.8)
        controller = ModelController(network, directions: directions, omission: omission)
        source = ModelInstance(network, vnf: 1, toSwitch: .sourceToSwitch, hasFunction: hasFunction, key: key)
        destination = ModelInstance(network, vnf: 2, toSwitch: .destinationToSwitch, hasFunction: hasFunction, key: key)
        table = [(.source, .old), (.source, .old)]
        cache = table
        connect()
        for x in 0..<directions {
            for time in network.traffic() { network.after(time) { [self] in hostSends(x) } }
        }
        let begin = network.uniform() * 20
        network.after(begin) { [self] in controller.begin() }
        if aborting {
            let longest: [Double] = [5, 50, 300]
            network.after(begin + network.uniform() * (longest.randomElement(using: &network.random) ?? 0)) { [self] in controller.abort() }
        }
    }

    private func connect() {
        source.processed = { [unowned self] number, x in output[x].append(number) }
        destination.processed = { [unowned self] number, x in output[x].append(number) }
        destination.fetch = { [unowned self] in
            fetchedUnfrozen = fetchedUnfrozen || !source.frozen
            return source.state
        }
        source.toController = { [unowned self] in toController($0, .source, $1) }
        destination.toController = { [unowned self] in toController($0, .destination, $1) }
        controller.flowMod = { [unowned self] x, action, cookie in
            network.send(.openFlow, x) { [self] in
                table[x] = (action, cookie)
                network.after(network.cacheLag()) { [self] in cache[x] = table[x] }
            }
        }
        controller.packetOut = { [unowned self] x, role, message in
            let vnf: UInt16 = role == .source ? 1 : 2
            let frame = ControlFrame(
                source: .zero, destination: CoreHarness.address(vnf, port: x), handover: controller.handover, message: message)
            let bytes = seal(frame)
            network.send(.openFlow, x) { [self] in
                network.sendLossy(role == .source ? .switchToSource : .switchToDestination, x) { [self] in
                    (role == .source ? source : destination).receive(bytes, on: x)
                }
            }
        }
    }

    private func seal(_ frame: ControlFrame) -> [UInt8] {
        guard let key else { return frame.encoded() }
        counter += 1
        return key.seal(frame, counter: counter)
    }

    /// A frame as the controller takes it; nil if it is refused.
    private func open(_ bytes: [UInt8], _ origin: Role, _ x: Int) -> ControlFrame? {
        guard let key else { return try? ControlFrame(decoding: bytes.span.bytes) }
        guard let opened = try? key.open(bytes.span.bytes), replayGuards[origin]?[x].accepts(opened.counter) == true else {
            refused += 1
            return nil
        }
        return opened.frame
    }

    private func toController(_ bytes: [UInt8], _ origin: Role, _ x: Int) {
        network.sendLossy(origin == .source ? .sourceToSwitch : .destinationToSwitch, x) { [self] in
            network.send(.packetIn, x) { [self] in
                if let frame = open(bytes, origin, x) { controller.control(x, origin, frame.message) }
            }
        }
    }

    private func hostSends(_ x: Int) {
        let frame = Data.frame(sent[x], port: x, size: [60, 548, 614].randomElement(using: &network.random) ?? 60)
        sent[x] += 1
        let (action, cookie) = cache[x]
        if action == .source || action == .sourceAndController {
            network.send(.switchToSource, x) { [self] in source.receive(frame, on: x) }
        }
        if action == .both || action == .destination {
            network.send(.switchToDestination, x) { [self] in destination.receive(frame, on: x) }
        }
        if action == .both || action == .controller || action == .sourceAndController {
            network.send(.packetIn, x) { [self] in controller.packetIn(x, cookie, frame) }
        }
    }

    /// Late copies that one end or the other refused by their counters.
    var replayed: Int { refused + Int(source.counters.replayed + destination.counters.replayed) }

    var isReturned: Bool { controller.handBack != nil }

    /// What went wrong, if anything did.
    func problem() -> String? {
        guard network.run() else { return "does not come to rest" }
        if fetchedUnfrozen { return "state taken before the source froze" }
        for x in 0..<directions {
            let expected = Array(0..<sent[x])
            if output[x] != expected { return "direction \(x): lost, doubled or out of order: \(output[x])" }
            guard controller.started else { continue }
            if let handBack = controller.handBack {
                if !handBack.isReturned[x] || !handBack.isClosed[x] { return "direction \(x): never returns" }
            } else if !controller.done[x] || !controller.closed[x] {
                return "direction \(x): never completes"
            }
            let keeper = controller.handBack == nil ? destination : source
            if keeper.hasFunction, keeper.state[x] != expected { return "direction \(x): state differs" }
        }
        if controller.destinationForgot { return "destination: has forgotten the handover" }
        for (name, instance) in [("source", source), ("destination", destination)] {
            let counters = instance.counters
            if counters.openHandovers != 0 { return "\(name): handover left open" }
            if counters.inStragglers != .zero || counters.inControlBuffers != .zero || counters.inSwitchBuffers != .zero {
                return "\(name): buffers not empty"
            }
            if counters.unacknowledged != 0 || counters.refusedStarts != 0 { return "\(name): unacknowledged or refused" }
            let outcome = controller.handBack == nil ? Outcome.completed : .aborted
            // Who was not told of the start hears nothing of the end.
            let isTold = instance.ended == [outcome] || (outcome == .aborted && !instance.wasToldOfStart && instance.ended.isEmpty)
            if controller.started, instance.hasFunction, !isTold { return "\(name): told \(instance.ended)" }
        }
        return nil
    }
}

@Suite struct HandoverModelTests {
    @Test(arguments: [0, 0.05, 0.3])
    func nothingIsLostDoubledOrReorderedAndTheStateFollows(loss: Double) {
        for seed in UInt64(0)..<2_000 {
            if let problem = HandoverModel(seed: seed, loss: loss).problem() {
                Issue.record("seed \(seed), loss \(loss): \(problem)")
                return
            }
        }
    }

    @Test(arguments: [0, 0.05, 0.3])
    func anAbortedHandoverGivesTheFlowBackOrIsTooLate(loss: Double) {
        var (returned, tooLate) = (0, 0)
        for seed in UInt64(0)..<2_000 {
            let model = HandoverModel(seed: seed, loss: loss, aborting: true)
            if let problem = model.problem() {
                Issue.record("seed \(seed), loss \(loss): \(problem)")
                return
            }
            if model.isReturned { returned += 1 } else { tooLate += 1 }
        }
        #expect(returned > 200)
        #expect(tooLate > 200)
    }

    @Test func sealedFramesDoTheSameAndLateCopiesAreRefused() throws {
        let key = try ControlKey(Array(0..<32))
        var replayed = 0
        for seed in UInt64(0)..<200 {
            let model = HandoverModel(seed: seed, loss: 0.1, aborting: seed.isMultiple(of: 2), key: key)
            if let problem = model.problem() {
                Issue.record("seed \(seed): \(problem)")
                return
            }
            replayed += model.replayed
        }
        #expect(replayed > 0)
    }

    @Test(arguments: [ModelController.Omission.markerWait, .fenceWait, .returnFence])
    func aControllerThatOmitsAWaitIsFoundOut(_ omission: ModelController.Omission) {
        #expect(
            (UInt64(0)..<1_000).contains {
                HandoverModel(seed: $0, loss: 0, omission: omission, aborting: omission == .returnFence).problem() != nil
            })
    }
}

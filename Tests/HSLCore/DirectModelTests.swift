import ControlFrames
import Frames
import HSLCore
import Testing

/// Some flows that move between two cores in direct mode, over switches whose caches lag behind their tables, with control frames
/// lost, doubled and late.
private final class DirectModel {
    private let network: ModelNetwork
    private let controller: DirectModelController
    private let source: DirectModelInstance
    private let destination: DirectModelInstance
    private let ways: [Way]
    private var table = [Role.source, .source]
    private var exact: [Way: Role] = [:]
    private var cache: [Way: Role] = [:]
    private var sent: [Way: Int] = [:]
    private var output: [Way: [Int]] = [:]
    private var fetchedUnfrozen = false
    private let key: ControlKey?
    private var counter: UInt64 = 0

    init(
        seed: UInt64, loss: Double, isGroup: Bool, omission: DirectModelController.Omission? = nil, aborting: Bool = false,
        key: ControlKey? = nil
    ) {
        self.key = key
        network = ModelNetwork(seed: seed, loss: loss)
        ways = (0..<Int.random(in: 1...4, using: &network.random)).flatMap { flow in (0..<2).map { Way(flow: flow, x: $0) } }
        let hasFunction = network.chance(0.8)
        controller = DirectModelController(network, ways: ways, isGroup: isGroup, omission: omission)
        source = DirectModelInstance(network, vnf: 1, hasFunction: hasFunction, key: key)
        destination = DirectModelInstance(network, vnf: 2, hasFunction: hasFunction, key: key)
        for way in ways { cache[way] = .source }
        connect()
        var last = 0.0
        for way in ways {
            for time in network.traffic() {
                network.after(time) { [self] in hostSends(way) }
                last = max(last, time)
            }
        }
        let begin = network.uniform() * 20
        network.after(begin) { [self] in controller.begin() }
        network.after(max(last, begin) + 2_000) { [self] in controller.end() }
        if aborting {
            let longest: [Double] = [5, 50, 300]
            network.after(begin + network.uniform() * (longest.randomElement(using: &network.random) ?? 0)) { [self] in controller.abort() }
        }
    }

    private func connect() {
        source.processed = { [unowned self] way, number in output[way, default: []].append(number) }
        destination.processed = source.processed
        destination.fetch = { [unowned self] handover, subject in
            fetchedUnfrozen = fetchedUnfrozen || !source.frozen.contains(handover)
            for way in ways where subject.covers(way) { destination.state[way] = source.state[way] }
        }
        source.transmit = { [unowned self] in transmit($0, .source, $1) }
        destination.transmit = { [unowned self] in transmit($0, .destination, $1) }
        controller.steer = { [unowned self] x, role in
            network.send(.openFlow, x) { [self] in
                table[x] = role
                for way in ways where way.x == x { revalidate(way) }
            }
        }
        controller.steerExactly = { [unowned self] way, role in
            network.send(.openFlow, way.x) { [self] in
                exact[way] = role
                revalidate(way)
            }
        }
        controller.packetOut = { [unowned self] x, role, handover, message in
            let address = CoreHarness.address(role == .source ? 1 : 2, port: x)
            let bytes = seal(ControlFrame(source: .zero, destination: address, handover: handover, message: message))
            network.send(.openFlow, x) { [self] in deliver(bytes, to: role, x) }
        }
    }

    private func revalidate(_ way: Way) {
        network.after(network.cacheLag()) { [self] in cache[way] = exact[way] ?? table[way.x] }
    }

    private func seal(_ frame: ControlFrame) -> [UInt8] {
        guard let key else { return frame.encoded() }
        counter += 1
        return key.seal(frame, counter: counter)
    }

    private func deliver(_ bytes: [UInt8], to role: Role, _ x: Int) {
        network.sendLossy(role == .source ? .switchToSource : .switchToDestination, x) { [self] in
            (role == .source ? source : destination).receive(bytes, on: x)
        }
    }

    /// A control frame of an instance: to the controller, or through the switch to the other instance.
    private func transmit(_ bytes: [UInt8], _ origin: Role, _ x: Int) {
        network.send(origin == .source ? .sourceToSwitch : .destinationToSwitch, x) { [self] in
            if bytes.prefix(6).allSatisfy({ $0 == 0 }) {
                network.sendLossy(.packetIn, x) { [self] in
                    let frame = key.map { try? $0.open(bytes.span.bytes).frame } ?? (try? ControlFrame(decoding: bytes.span.bytes))
                    if let frame { controller.control(x, origin, frame.handover, frame.message) }
                }
            } else {
                deliver(bytes, to: origin == .source ? .destination : .source, x)
            }
        }
    }

    private func hostSends(_ way: Way) {
        let size = [60, 548, 614].randomElement(using: &network.random) ?? 60
        let frame = Data.frame(sent[way] ?? 0, of: way.flow, port: way.x, size: size)
        sent[way, default: 0] += 1
        if cache[way] == .source {
            network.send(.switchToSource, way.x) { [self] in source.receive(frame, on: way.x) }
        } else {
            network.send(.switchToDestination, way.x) { [self] in destination.receive(frame, on: way.x) }
        }
    }

    var replayed: Int { Int(source.counters.replayed + destination.counters.replayed) }
    var isReturned: Bool { controller.moves.values.contains(where: \.isReturned) }

    /// What went wrong, if anything did.
    func problem() -> String? {
        // A flow that is to wait is asked about again after half a minute.
        guard network.run(atMost: 60_000) else { return "does not come to rest" }
        if fetchedUnfrozen { return "state taken before the source froze" }
        for way in ways {
            let expected = Array(0..<(sent[way] ?? 0))
            if output[way, default: []] != expected { return "\(way): lost, doubled or out of order: \(output[way] ?? [])" }
            guard let move = controller.move(of: way) else { continue }
            if !move.isOver { return "\(way): does not end" }
            let keeper = move.isReturned ? source : destination
            if keeper.hasFunction, keeper.state[way, default: []] != expected { return "\(way): state differs" }
            let outcomes = destination.ended[move.id, default: []]
            if keeper.hasFunction, !move.isReturned, outcomes != [.completed] { return "\(way): told \(outcomes)" }
        }
        for (name, instance) in [("source", source), ("destination", destination)] {
            let counters = instance.counters
            if counters.openHandovers != 0 { return "\(name): handover left open" }
            if counters.armings != 0 || counters.heldFlows != 0 { return "\(name): arming left" }
            if counters.inStragglers != .zero || counters.inControlBuffers != .zero || counters.inSwitchBuffers != .zero {
                return "\(name): buffers not empty"
            }
            if counters.unacknowledged != 0 || counters.refusedStarts != 0 || counters.abandoned != 0 {
                return "\(name): unacknowledged, refused or abandoned"
            }
        }
        return nil
    }
}

extension Start.Subject {
    /// Whether a way moves; a flow moves with its mirror.
    fileprivate func covers(_ way: Way) -> Bool {
        switch self {
        case .flow(let flow): flow == way.key || flow == way.key.mirrored
        case .match: true
        }
    }
}

@Suite struct DirectModelTests {
    @Test(arguments: [0, 0.05, 0.3], [false, true])
    func nothingIsLostDoubledOrReorderedAndTheStateFollows(loss: Double, isGroup: Bool) {
        for seed in UInt64(0)..<1_000 {
            if let problem = DirectModel(seed: seed, loss: loss, isGroup: isGroup).problem() {
                Issue.record("seed \(seed), loss \(loss), group \(isGroup): \(problem)")
                return
            }
        }
    }

    @Test(arguments: [0, 0.05, 0.3], [false, true])
    func anAbortedHandoverGivesTheFlowsBackOrIsTooLate(loss: Double, isGroup: Bool) {
        var returned = 0
        for seed in UInt64(0)..<1_000 {
            let model = DirectModel(seed: seed, loss: loss, isGroup: isGroup, aborting: true)
            if let problem = model.problem() {
                Issue.record("seed \(seed), loss \(loss), group \(isGroup): \(problem)")
                return
            }
            if model.isReturned { returned += 1 }
        }
        #expect(returned > 20, "or the test says nothing")
    }

    @Test(arguments: [false, true])
    func sealedFramesDoTheSameAndLateCopiesAreRefused(isGroup: Bool) throws {
        let key = try ControlKey(Array(0..<32))
        var replayed = 0
        for seed in UInt64(0)..<100 {
            let model = DirectModel(seed: seed, loss: 0.1, isGroup: isGroup, aborting: seed.isMultiple(of: 2), key: key)
            if let problem = model.problem() {
                Issue.record("seed \(seed): \(problem)")
                return
            }
            replayed += model.replayed
        }
        #expect(replayed > 0)
    }

    @Test(arguments: [DirectModelController.Omission.armWait, .seenWait], [false, true])
    func aControllerThatOmitsAWaitIsFoundOut(_ omission: DirectModelController.Omission, isGroup: Bool) {
        #expect(
            (UInt64(0)..<1_000).contains {
                DirectModel(seed: $0, loss: 0.3, isGroup: isGroup, omission: omission).problem() != nil
            })
    }
}

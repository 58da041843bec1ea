import Frames
import OpenFlow
import Simulation
import Testing
import Timing

/// The model of a switch does what was measured of a real one.
@Suite struct SwitchModelTests {
    private static let flow = FlowKey(
        network: .ipv4(
            source: IPv4Address(bits: 0x0A00_0001), destination: IPv4Address(bits: 0x0A00_0101), .udp(source: 5_000, destination: 7)))
    private static let frame = TestFrame.blank(flow, from: MACAddress(bits: 1), to: MACAddress(bits: 2), length: 58)

    private static func entry(_ cookie: UInt64, to port: UInt32, idle: UInt16 = 0) -> Message {
        .flowMod(
            FlowMod(
                tableID: 0, command: .add, priority: 1, cookie: cookie, idleTimeout: idle, flags: .sendFlowRemoved, match: Match(),
                instructions: [.applyActions([.output(port)])]))
    }

    /// A switch and what comes out of it.
    private struct Bench {
        var model: SwitchModel
        var random: SeededGenerator
        var outputs: [SwitchModel.Output] = []

        init(seed: UInt64, longest: TimeSpan) {
            var lag = Conditions.CacheLag()
            (lag.usual, lag.longest, lag.tail) = (longest, longest, 0.5)
            model = SwitchModel(lag: lag)
            random = SeededGenerator(seed: seed)
        }

        mutating func handle(_ message: Message, at now: Instant) { model.handle(message, at: now, &random, &outputs) }

        /// The port that a packet leaves by at an instant.
        mutating func port(at now: Instant) -> UInt32? {
            outputs = []
            model.receive(SwitchModelTests.frame, from: 99, at: now, &random, &outputs)
            guard case .frame(_, let port)? = outputs.first else { return nil }
            return port
        }
    }

    private static func instant(_ milliseconds: Int64) -> Instant { .zero + .milliseconds(milliseconds) }

    @Test func aFlowFollowsTheTablesInOrderAndNotLaterThanTheLongestLag() {
        var wasLate = false
        for seed in UInt64(0)..<100 {
            var bench = Bench(seed: seed, longest: .milliseconds(100))
            bench.handle(Self.entry(1, to: 1), at: .zero)
            _ = bench.port(at: .zero)
            var last: UInt32 = 1
            for change in Int64(2)...20 {
                let now = Self.instant(change * 10)
                bench.handle(Self.entry(UInt64(change), to: UInt32(change)), at: now)
                let port = bench.port(at: now + .milliseconds(1)) ?? 0
                #expect(port >= last && port <= UInt32(change))
                #expect(Int64(port) >= change - 10, "an action older than the longest lag")
                wasLate = wasLate || port < UInt32(change)
                last = port
            }
        }
        #expect(wasLate)
    }

    @Test func aPacketOutToTheTablesTakesTheNewActionAtOnce() {
        for seed in UInt64(0)..<50 {
            var bench = Bench(seed: seed, longest: .milliseconds(100))
            bench.handle(Self.entry(1, to: 1), at: .zero)
            _ = bench.port(at: .zero)
            bench.handle(Self.entry(2, to: 2), at: Self.instant(10))
            bench.outputs = []
            let probe = PacketOut(inPort: 99, actions: [.output(PortNumber.table)], data: Self.frame)
            bench.handle(.packetOut(probe), at: Self.instant(10))
            guard case .frame(_, port: 2)? = bench.outputs.first else {
                Issue.record("the old action was taken")
                return
            }
        }
    }

    @Test func aBarrierIsAnsweredWhileCachedFlowsStillTakeTheOldAction() {
        var wasStale = false
        for seed in UInt64(0)..<50 {
            var bench = Bench(seed: seed, longest: .milliseconds(100))
            bench.handle(Self.entry(1, to: 1), at: .zero)
            _ = bench.port(at: .zero)
            bench.handle(Self.entry(2, to: 2), at: Self.instant(10))
            bench.outputs = []
            bench.handle(.barrierRequest, at: Self.instant(10))
            guard case .tell(.barrierReply)? = bench.outputs.first else {
                Issue.record("the barrier was not answered")
                return
            }
            wasStale = wasStale || bench.port(at: Self.instant(11)) == 1
        }
        #expect(wasStale)
    }

    @Test func anIdleEntryExpiresLateAndNeverEarly() {
        for seed in UInt64(0)..<50 {
            var bench = Bench(seed: seed, longest: .milliseconds(1))
            bench.handle(Self.entry(1, to: 1, idle: 1), at: .zero)
            guard case .lookAt(let entry, let first)? = bench.outputs.first else {
                Issue.record("nobody looks at the entry")
                return
            }
            _ = bench.port(at: Self.instant(700))
            bench.outputs = []
            bench.model.lookAt(entry, at: first, &bench.random, &bench.outputs)
            guard case .lookAt(_, let second)? = bench.outputs.first else {
                Issue.record("the entry expired although it was used")
                return
            }
            #expect(second >= Self.instant(1_700) && second <= Self.instant(2_300))
            bench.outputs = []
            bench.model.lookAt(entry, at: second, &bench.random, &bench.outputs)
            guard case .tell(.flowRemoved(let removed))? = bench.outputs.first else {
                Issue.record("nobody is told")
                return
            }
            #expect(removed.cookie == 1 && removed.reason == .idleTimeout)
        }
    }

    @Test func entriesAreListedInParts() {
        var bench = Bench(seed: 0, longest: .zero)
        for port in UInt32(1)...25 {
            var flowMod = FlowMod(tableID: 0, command: .add, priority: 1, cookie: UInt64(port), match: Match(inPort: port))
            flowMod.instructions = [.applyActions([.output(1)])]
            bench.handle(.flowMod(flowMod), at: .zero)
        }
        bench.outputs = []
        bench.handle(.multipartRequest(MultipartRequest(.flow(FlowSelection()))), at: .zero)
        var listed = 0
        var ends = 0
        for case .tell(.multipartReply(let reply)) in bench.outputs {
            guard case .flow(let entries) = reply.body else { continue }
            listed += entries.count
            ends += reply.more ? 0 : 1
        }
        #expect(listed == 25 && ends == 1)
    }
}

import ControlFrames
import HandoverEngine
import Testing
import Timing

/// The move of OpenNF, which the others are compared with: all packets wait at the controller until the state is at the destination.
@Suite struct OpenNFTests {
    /// A bench at the moment when the destination was told to fetch the state, after two packets.
    private func transferring() throws -> (Workbench, detection: Cookie) {
        var bench = try Workbench()
        try bench.createRule(mode: .opennf)
        let detection = try #require(bench.cookie(of: .detection, .forward))
        bench.packet(1, .forward, under: detection)
        bench.packet(2, .forward, under: detection)
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        for direction in Direction.allCases { bench.control(.startAck(received: nil), from: 1, direction) }
        return (bench, detection)
    }

    private func isTransferring(_ bench: Workbench) -> Bool {
        bench.said.contains { if case .transfer = $0.message { true } else { false } }
    }

    @Test func onlyTheDestinationIsToldThatTheStateIsAwaited() throws {
        let (bench, _) = try transferring()
        let starts = bench.said.compactMap { said -> (role: String, awaitsState: Bool)? in
            switch said.message {
            case .startSource(let start): ("source", start.awaitsState)
            case .startDestination(let start): ("destination", start.awaitsState)
            default: nil
            }
        }
        #expect(starts.filter { $0.role == "source" }.map(\.awaitsState) == [false, false])
        #expect(starts.filter { $0.role == "destination" }.map(\.awaitsState) == [true, true])
    }

    @Test func allPacketsWaitAtTheControllerUntilTheStateIsInPlace() throws {
        var (bench, detection) = try transferring()
        #expect(isTransferring(bench))
        bench.packet(3, .forward, under: detection)
        #expect(bench.transported(.forward).isEmpty)
        #expect(!bench.added.contains(.redirect))
        #expect(bench.engine.held.packets == 3)
        bench.control(.transferAck, from: 2, .reverse)
        #expect(bench.added.suffix(2) == [.redirect, .redirect])
        #expect(bench.transported(.forward).map(\.number) == [1, 2, 3])
    }

    @Test func whatComesLaterIsPutBehindInOrderAndTheHandoverCompletes() throws {
        var (bench, detection) = try transferring()
        bench.control(.transferAck, from: 2, .forward)
        bench.packet(3, .forward, under: detection)
        for direction in Direction.allCases {
            bench.packet(9, direction, under: try #require(bench.cookie(of: .redirect, direction)))
            bench.control(.fenceAck(stragglers: 0), from: 1, direction)
        }
        #expect(bench.said.contains { $0.message == .releaseFinished(count: 3) })
        for direction in Direction.allCases {
            bench.control(.releaseFinishedAck, from: 2, direction)
            bench.control(.handoverFinished(nil), from: 2, direction)
        }
        let record = try #require(bench.engine.records.first)
        #expect(record.outcome == .completed)
        #expect(record.controllerBuffered.packets == 3)
        #expect(bench.transported(.forward).map(\.sequence) == [0, 1, 2])
        #expect(bench.engine.held.packets == 0)
    }

    @Test func aStateThatTakesLongIsAskedForAgainAndTheFlowGetsEntriesOfItsOwn() throws {
        var (bench, _) = try transferring()
        bench.clear()
        bench.advance(by: .milliseconds(20))
        #expect(isTransferring(bench))
        #expect(bench.added == [.intercept, .intercept])
        for _ in 0..<20 { bench.advance(by: .milliseconds(500)) }
        #expect(bench.engine.records.first?.outcome == .open, "a state that takes ten seconds is no destination that does not answer")
    }

    @Test func aDestinationThatMayHaveTheStateIsAskedBeforeTheFlowGoesBack() throws {
        var (bench, _) = try transferring()
        bench.clear()
        bench.control(.abort(reason: "no such state"), from: 2, .forward)
        #expect(bench.said.contains { $0.message == .abort(reason: "no such state") && $0.port == 3 })
        #expect(!bench.added.contains(.returnIntercept))
        bench.control(.abortAck(refusal: nil), from: 2, .forward)
        #expect(bench.added.filter { $0 == .returnIntercept }.count == 2)
        bench.control(.abortAck(refusal: nil), from: 1, .forward)
        bench.control(.startAck(received: 0), from: 1, .forward)
        #expect(bench.transported(.forward).map(\.number) == [1, 2])
    }

    @Test func aDestinationThatRefusesToGiveUpHasTheStateAndGetsThePackets() throws {
        var (bench, _) = try transferring()
        bench.control(.abort(reason: "buffer limit"), from: 2, .forward)
        bench.control(.abortAck(refusal: "the state is in place"), from: 2, .forward)
        #expect(bench.transported(.forward).map(\.number) == [1, 2])
        #expect(!bench.added.contains(.returnIntercept))
    }

    @Test func aRuleSaysThatItIsMeasured() throws {
        let (bench, _) = try transferring()
        #expect(bench.engine.rules.all.first?.mode == .opennf)
    }
}

import ControlFrames
import Frames
import HandoverEngine
import OpenFlow
import Testing
import Timing

/// A controller that takes the place of one that was killed.
@Suite struct RestartTests {
    private func bench() throws -> Workbench {
        var configuration = Configuration()
        configuration.keepsJournal = true
        return try Workbench(configuration)
    }

    /// The other controller, connected to switches that have what they had; what their entries to the controller took is given.
    private func restart(_ bench: inout Workbench) throws {
        let tables = [Workbench.ingress: bench.tables(of: Workbench.ingress), Workbench.egress: bench.tables(of: Workbench.egress)]
        try bench.restart()
        for (datapath, entries) in tables.sorted(by: { $0.key < $1.key }) { bench.connect(datapath, having: entries) }
    }

    private func begun() throws -> Workbench {
        var bench = try bench()
        try bench.createRule()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        return bench
    }

    @Test func whatIsSettledIsLeftAsItIs() throws {
        var bench = try bench()
        try bench.createRule()
        bench.detectionFallsSilent()
        for direction in Direction.allCases { bench.closingExpires(direction) }
        let tables = [Workbench.ingress, Workbench.egress].map { bench.tables(of: $0) }
        try bench.restart()
        for (datapath, entries) in zip([Workbench.ingress, Workbench.egress], tables) {
            bench.connect(datapath, having: entries.filter { Cookie(rawValue: $0.cookie)?.kind != .closing })
        }
        #expect(bench.flowMods.isEmpty)
        #expect(bench.engine.rules.all.map(\.state) == [.settled])
        #expect(bench.engine.topology.vnfs.count == 2)
    }

    @Test func anOpenHandoverGoesOnUnderTheSameNumber() throws {
        var bench = try begun()
        try restart(&bench)
        #expect(bench.added.allSatisfy { $0 == .intercept }, "the detection entries are right, and START is repeated")
        #expect(bench.engine.records.map(\.outcome) == [.open])
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction, handover: 1) }
        #expect(bench.added.filter { $0 == .redirect }.count == 2)
    }

    @Test func whatTheDeadProcessHeldIsCounted() throws {
        var bench = try begun()
        bench.packet(2, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        try restart(&bench)
        #expect(bench.engine.records.map(\.lost) == [2])
    }

    @Test func whatWasSentAndDidNotArriveIsCountedOnce() throws {
        var bench = try begun()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        #expect(bench.transported(.forward).map(\.sequence) == [0])
        try restart(&bench)
        #expect(bench.engine.records.map(\.lost) == [0])
        for _ in 0..<2 { bench.control(.resend([0]), from: 2, .forward) }
        #expect(bench.engine.records.map(\.lost) == [1])
        let answers = bench.said.compactMap { if case .transport(let wrapped) = $0.message { wrapped.isTombstone } else { nil } }
        #expect(answers == [true, true])
    }

    @Test func numberingGoesOnBehindWhatWasSent() throws {
        var bench = try begun()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        try restart(&bench)
        bench.packet(2, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        #expect(bench.transported(.forward).map(\.sequence) == [1])
    }

    @Test func stragglersThatHaveGoneOnAreNotSentTwice() throws {
        var bench = try begun()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        for number: UInt8 in 0...1 { bench.control(Workbench.straggler(number), from: 1, .reverse) }
        #expect(bench.transported(.reverse).map(\.number) == [0, 1])
        try restart(&bench)
        for number: UInt8 in 0...2 { bench.control(Workbench.straggler(number), from: 1, .reverse) }
        #expect(bench.transported(.reverse).map(\.number) == [2])
        #expect(bench.transported(.reverse).map(\.sequence) == [2])
    }

    @Test func whatADetectionEntryTookAndNobodyGotIsCountedByTheRule() throws {
        var bench = try bench()
        try bench.createRule()
        try restart(&bench)
        bench.detectionCloses()
        let cookie = try #require(bench.cookie(of: .closing, .forward))
        let removed = FlowRemoved(
            cookie: cookie.rawValue, priority: 21, reason: .idleTimeout, tableID: 1, packetCount: 7, match: Match())
        bench.engine.handle(.flowRemoved(removed), from: Workbench.ingress, at: bench.now)
        #expect(bench.engine.rules.all.map(\.lost) == [7])
        #expect(bench.engine.counters.lostOnTheWay == 7)
    }

    @Test func serialsAndNumbersAreNeverUsedAgain() throws {
        var bench = try begun()
        let used = try #require(bench.cookie(of: .detection, .forward)).serial
        try restart(&bench)
        try bench.createRule(priority: 20)
        #expect(try #require(bench.cookie(of: .detection, .forward)).serial > used)
        #expect(Set(bench.engine.records.map(\.number)).count == bench.engine.records.count)
    }

    @Test func aJournalThatContradictsItselfNamesItsEntry() {
        let entries: [JournalEntry] = [
            .switch(id: "s1", datapath: DatapathID(1)), .switch(id: "s1", datapath: DatapathID(2)),
        ]
        #expect(throws: JournalProblem.self) {
            try Engine(configuration: Configuration(), resuming: entries, checkpoints: [], at: .zero)
        }
    }

    @Test func aCheckpointReadsAsItWasWritten() throws {
        var bench = try begun()
        for direction in Direction.allCases { bench.control(.startAck(received: 0), from: 2, direction) }
        for checkpoint in bench.engine.journalInShort.checkpoints { #expect(Checkpoint(checkpoint.words) == checkpoint) }
        var empty = Checkpoint.Words(repeating: 0)
        #expect(Checkpoint(empty) == nil)
        empty[0] = 1
        empty[1] = 0xFF
        #expect(Checkpoint(empty) == nil)
    }
}

import ControlFrames
import HandoverEngine
import Testing
import Timing

/// What the controller does while answers take long, because many flows move at once.
@Suite struct AnswerTests {
    /// A bench whose flow has arrived at VNF 2, which took so long to answer START.
    private func moved(answeringAfter span: TimeSpan) throws -> Workbench {
        var bench = try Workbench()
        try bench.createRule()
        bench.packet(1, .forward, under: try #require(bench.cookie(of: .detection, .forward)))
        bench.advance(by: span)
        for direction in Direction.allCases {
            bench.control(.startAck(received: 0), from: 2, direction)
            bench.control(.startAck(received: nil), from: 1, direction)
        }
        for direction in Direction.allCases {
            bench.packet(2, direction, under: try #require(bench.cookie(of: .redirect, direction)))
            bench.control(.fenceAck(stragglers: 0), from: 1, direction)
            bench.control(.releaseFinishedAck, from: 2, direction)
            bench.control(.handoverFinished(nil), from: 2, direction)
        }
        for direction in Direction.allCases { bench.control(.handoverFinishedAck(), from: 1, direction) }
        return bench
    }

    /// How often the destination is told to start, in both directions together, within so many steps of 10 ms after the flow goes back.
    private func starts(_ bench: inout Workbench, steps: Int) throws -> Int {
        try bench.createRule(priority: 11, to: 1)
        for _ in 0..<steps { bench.advance(by: .milliseconds(10)) }
        return bench.said.count { if case .startDestination = $0.message { true } else { false } }
    }

    @Test func aRepeatIsPutOffWhileAnswersTakeLong() throws {
        var bench = try moved(answeringAfter: .milliseconds(100))
        bench.clear()
        #expect(try starts(&bench, steps: 15) == 2)
    }

    @Test func aRepeatComesSoonWhereAnswersDo() throws {
        var bench = try moved(answeringAfter: .milliseconds(1))
        bench.clear()
        #expect(try starts(&bench, steps: 15) == 8)
    }

    @Test func aRepeatComesOnceAnAnswerIsOverdue() throws {
        var bench = try moved(answeringAfter: .milliseconds(100))
        bench.clear()
        #expect(try starts(&bench, steps: 25) == 4)
    }
}

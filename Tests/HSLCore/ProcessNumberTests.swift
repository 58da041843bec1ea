import ControlFrames
import HSLCore
import Testing

/// What an agent says of which process it is, so that its answers are not taken for another's.
@Suite struct ProcessNumberTests {
    private static let number = ProcessNumber(rawValue: 0xFEDC_BA98_7654_3210)

    private func numbers(_ agent: CoreHarness, after message: ControlMessage, _ handover: HandoverID, vnf: UInt16) -> [ProcessNumber?] {
        let frame = ControlFrame(source: .zero, destination: CoreHarness.address(vnf, port: 0), handover: handover, message: message)
        _ = agent.receive(frame.encoded(), from: .network(0))
        return said(agent)
    }

    private func said(_ agent: CoreHarness) -> [ProcessNumber?] {
        agent.drainBytes().map { (try? ControlFrame(decoding: $0.span.bytes))?.process }
    }

    @Test func whateverAnswersTheControllerSaysWhichProcessDoes() {
        let source = CoreHarness(vnf: 1, process: Self.number)
        #expect(numbers(source, after: .startSource(Data.start()), 7, vnf: 1) == [Self.number, Self.number])
        #expect(numbers(source, after: .fence(), 7, vnf: 1) == [Self.number])
        let destination = CoreHarness(vnf: 2, process: Self.number)
        #expect(numbers(destination, after: .startDestination(Data.start()), 7, vnf: 2) == [Self.number])
        #expect(numbers(destination, after: .arm(Arm(vnf: 2, match: Data.match())), 8, vnf: 2) == [Self.number])
        #expect(numbers(destination, after: .abort(reason: ""), 9, vnf: 2) == [Self.number])
        #expect(numbers(destination, after: .hello, .none, vnf: 2) == [Self.number])
    }

    @Test func aProcessThatStartsSaysItsNumberOnEveryInterface() {
        let agent = CoreHarness(vnf: 1, process: Self.number)
        agent.core.announce()
        #expect(said(agent) == [Self.number, Self.number])
    }

    @Test func anAgentWithoutANumberSaysNone() {
        let agent = CoreHarness(vnf: 2)
        #expect(numbers(agent, after: .arm(Arm(vnf: 2, match: Data.match())), 8, vnf: 2) == [nil])
    }

    @Test func numbersAreDrawnAnew() {
        var generator = SystemRandomNumberGenerator()
        #expect(ProcessNumber(drawnFrom: &generator) != ProcessNumber(drawnFrom: &generator))
    }
}

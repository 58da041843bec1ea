import Frames
import HandoverEngine
import Timing

/// The hosts: what they have sent and got of every flow.
struct Hosts {
    /// A flow as its hosts know it.
    struct Conversation {
        fileprivate let blank: Both<[UInt8]>
        /// How many packets were sent.
        fileprivate(set) var sent = Both<UInt32>(0)
        /// The next packet to arrive.
        fileprivate(set) var arrived = Both<UInt32>(0)
        /// How many packets have arrived.
        fileprivate(set) var received = Both<Int>(0)
    }

    /// Packets that a host sends of its own accord.
    private struct Sending {
        let flow: Int
        let direction: Direction
        let stream: Flow.Stream
        var sent = 0
    }

    private(set) var conversations: [Conversation]
    private var sendings: [Sending] = []
    private let flows: [Flow]

    init(_ flows: [Flow]) {
        self.flows = flows
        conversations = flows.map { flow in
            let client = Numbering.address(ofHost: flow.client, group: flow.group(sending: .forward), .forward)
            let server = Numbering.address(ofHost: flow.server, group: flow.group(sending: .reverse), .reverse)
            var blank = Both(TestFrame.blank(flow.key, from: client, to: server, length: flow.length))
            blank.reverse = TestFrame.blank(flow.serverKey.mirrored, from: server, to: client, length: flow.length)
            return Conversation(blank: blank)
        }
        for (index, flow) in flows.enumerated() {
            for stream in flow.forward { sendings.append(Sending(flow: index, direction: .forward, stream: stream)) }
            guard case .streams(let streams) = flow.reverse else { continue }
            for stream in streams { sendings.append(Sending(flow: index, direction: .reverse, stream: stream)) }
        }
    }

    /// When each stream begins.
    var starts: [Instant] { sendings.map(\.stream.start) }

    /// The next packet of a stream, and when the one after it is due.
    mutating func sendNext(
        _ number: Int, at now: Instant, _ random: inout SeededGenerator
    ) -> (frame: [UInt8], flow: Int, direction: Direction, next: Instant?) {
        sendings[number].sent += 1
        let sending = sendings[number]
        let frame = send(sending.flow, sending.direction)
        let stream = sending.stream
        guard sending.sent < stream.packets else { return (frame, sending.flow, sending.direction, nil) }
        let pause = sending.sent % stream.burst == 0 ? stream.pause : stream.gap
        return (frame, sending.flow, sending.direction, now + random.span(upTo: pause))
    }

    /// The next packet of a flow.
    mutating func send(_ flow: Int, _ direction: Direction) -> [UInt8] {
        let sequence = conversations[flow].sent[direction]
        conversations[flow].sent[direction] += 1
        return TestFrame.stamped(
            conversations[flow].blank[direction], TestFrame.Tag(flow: flow, direction: direction, sequence: sequence))
    }

    /// A packet has arrived; gives the number of the packet that should have, and when to answer if that is to be done.
    mutating func receive(_ tag: TestFrame.Tag, _ random: inout SeededGenerator) -> (expected: UInt32, answerAfter: TimeSpan?) {
        let expected = conversations[tag.flow].arrived[tag.direction]
        conversations[tag.flow].received[tag.direction] += 1
        conversations[tag.flow].arrived[tag.direction] = max(expected, tag.sequence + 1)
        guard tag.direction == .forward, case .answers(let delay) = flows[tag.flow].reverse else { return (expected, nil) }
        return (expected, random.span(upTo: delay))
    }
}

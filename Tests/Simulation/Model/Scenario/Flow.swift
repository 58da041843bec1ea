import Frames
import HandoverEngine
import Timing

/// A conversation of two hosts.
public struct Flow: Sendable, Hashable {
    /// When packets are sent.
    public struct Stream: Sendable, Hashable {
        /// When the first one is due.
        public var start: Instant
        /// How many packets there are.
        public var packets: Int
        /// How many of them follow each other closely.
        public var burst: Int
        /// The longest pause within a burst.
        public var gap: TimeSpan
        /// The longest pause between bursts.
        public var pause: TimeSpan
    }

    /// Who sends in the reverse direction.
    public enum Reverse: Sendable, Hashable {
        /// Nobody.
        case silent
        /// The server, of its own accord.
        case streams([Stream])
        /// The server, once for each packet that it gets, so long after it at most.
        case answers(after: TimeSpan)
    }

    /// The groups that it passes, in the forward direction: the hosts are on the outer sides of the first and the last.
    public var route = [0]
    /// The host on the ingress side.
    public var client = 0
    /// The host on the egress side.
    public var server = 0
    /// The UDP port of the client.
    public var clientPort: UInt16
    /// The UDP port of the server.
    public var serverPort: UInt16 = 7
    /// The port that stands for the client's on the egress side, where functions translate addresses; nil where they do not.
    public var translatedPort: UInt16?
    /// The length of its frames, in bytes.
    public var length = TestFrame.shortest
    /// What the client sends.
    public var forward: [Stream] = []
    /// What the server sends.
    public var reverse = Reverse.silent

    /// The group whose side the host is on that sends in a direction.
    func group(sending direction: Direction) -> Int { direction == .forward ? route[0] : route[route.count - 1] }

    /// The host that sends in a direction.
    func host(sending direction: Direction) -> Int { direction == .forward ? client : server }

    /// The address of the host that sends in a direction.
    func address(sending direction: Direction) -> IPv4Address {
        Numbering.network(ofHost: host(sending: direction), group: group(sending: direction), direction)
    }

    /// The headers in the forward direction.
    var key: FlowKey {
        FlowKey(
            network: .ipv4(
                source: address(sending: .forward), destination: address(sending: .reverse),
                .udp(source: clientPort, destination: serverPort)))
    }

    /// The headers in the forward direction as the server sees them.
    var serverKey: FlowKey {
        guard let translatedPort else { return key }
        return FlowKey(
            network: .ipv4(
                source: Self.translator, destination: address(sending: .reverse),
                .udp(source: translatedPort, destination: serverPort)))
    }

    /// The address that stands for every client's where functions translate addresses.
    static let translator = IPv4Address(bits: 203 << 24 | 113 << 8 | 1)

    /// Whether packets may go both ways.
    var isBidirectional: Bool { reverse != .silent }
}

extension Flow: CustomStringConvertible {
    /// The flow for people.
    public var description: String {
        let ahead = forward.isEmpty ? "nothing" : forward.map(\.description).joined(separator: " and ")
        let back =
            switch reverse {
            case .silent: "nothing"
            case .streams(let streams): streams.map(\.description).joined(separator: " and ")
            case .answers(let delay): "answers after \(delay.short)"
            }
        let translation = translatedPort.map { " (as port \($0))" } ?? ""
        return "\(key)\(translation), \(length) B, forward \(ahead), reverse \(back)"
    }
}

extension Flow.Stream: CustomStringConvertible {
    /// The stream for people.
    public var description: String {
        let shape = burst >= packets ? "\(gap.short) apart" : "\(burst) at a time, \(gap.short) apart, then up to \(pause.short)"
        return "\(packets) packets from \(start.clock), \(shape)"
    }
}

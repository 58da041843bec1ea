import ControlFrames
import Frames
import HSLCore

/// One flow in one direction.
struct Way: Hashable {
    let flow: Int
    let x: Int

    /// The key of the way's frames.
    var key: FlowKey { Data.flow(flow, port: x) }
}

/// Just enough of a controller to move flows in direct mode, one by one or as a group (design, Section 2.4), after `direct.py`.
final class DirectModelController {
    /// What may be left out, to show that the model notices.
    enum Omission {
        /// Steering before the destination has acknowledged ARM.
        case armWait
        /// Waiting for SEEN before the source is fenced.
        case seenWait
    }

    static let repeatAfter = 8.0
    /// Longer than any cached flow outlives its rule.
    static let guardTime = 200.0
    static let arming: HandoverID = 100
    static let group: HandoverID = 50

    let network: ModelNetwork
    let ways: [Way]
    private let isGroup: Bool
    private let omission: Omission?
    /// Called with the direction, the end, the handover or arming and what is said.
    var packetOut: (Int, Role, HandoverID, ControlMessage) -> Void = { _, _, _, _ in }
    /// Called with the direction whose steering entry changes.
    var steer: (Int, Role) -> Void = { _, _ in }
    /// Called with the way that gets an entry of its own.
    var steerExactly: (Way, Role) -> Void = { _, _ in }

    private(set) var moves: [HandoverID: DirectModelMove] = [:]
    private var armed: Set<Int> = []
    private var disarmed: Set<Int> = []
    private(set) var steeredAt: Double?
    private var seen: Set<Way> = []
    private var lastSeen = 0.0

    init(_ network: ModelNetwork, ways: [Way], isGroup: Bool, omission: Omission?) {
        self.network = network
        self.ways = ways
        self.isGroup = isGroup
        self.omission = omission
    }

    var isDone: Bool { moves.values.allSatisfy(\.isOver) }

    func move(of way: Way) -> DirectModelMove? { moves[id(of: way.flow)] }

    func isSeen(_ way: Way) -> Bool { seen.contains(way) }

    /// Whether every cached flow follows the steering entries, and none has turned up for long.
    var isSettled: Bool {
        guard let steeredAt else { return false }
        return network.now - max(steeredAt, lastSeen) >= Self.guardTime
    }

    private func id(of flow: Int) -> HandoverID { isGroup ? Self.group : HandoverID(rawValue: UInt16(1 + flow)) }

    func begin() {
        guard armed.count < 2 else { return }
        for x in 0..<2 where !armed.contains(x) {
            packetOut(x, .destination, Self.arming, .arm(Arm(vnf: 2, match: Data.match(port: x))))
        }
        if omission == .armWait { steerAll() }
        later { $0.begin() }
    }

    private func steerAll() {
        guard steeredAt == nil else { return }
        steeredAt = network.now
        for x in 0..<2 { steer(x, .destination) }
    }

    /// Ends the arming when nothing will be sent any more.
    func end() {
        guard isDone else { return later { $0.end() } }
        for x in 0..<2 where !disarmed.contains(x) { packetOut(x, .destination, Self.arming, .disarm) }
        if disarmed.count < 2 { later { $0.end() } }
    }

    func control(_ x: Int, _ origin: Role, _ handover: HandoverID, _ message: ControlMessage) {
        switch message {
        case .armAck:
            armed.insert(x)
            if armed.count == 2 { steerAll() }
        case .disarmAck: disarmed.insert(x)
        case .seen(let seen): if let way = ways.first(where: { $0.key == seen.flow && $0.x == x }) { heard(way) }
        default: moves[handover]?.control(x, origin, message)
        }
    }

    private func heard(_ way: Way) {
        let isNew = seen.insert(way).inserted
        if isNew { lastSeen = network.now }
        let move = moves[id(of: way.flow)] ?? begin(way.flow)
        let verdict: SeenAck.Verdict = move.isMoved ? .yours : isGroup ? .joins(move.id) : .wait
        packetOut(way.x, .destination, Self.arming, .seenAck(SeenAck(flow: way.key, verdict: verdict)))
        if isNew { move.heard(way) }
    }

    private func begin(_ flow: Int) -> DirectModelMove {
        let id = id(of: flow)
        let move = DirectModelMove(self, id, isGroup ? ways : ways.filter { $0.flow == flow }, isGroup: isGroup)
        moves[id] = move
        move.begin(fencingAll: omission == .seenWait)
        return move
    }

    func abort() {
        for move in moves.values.sorted(by: { $0.id.rawValue < $1.id.rawValue }) { move.abort() }
    }

    func later(_ action: @escaping (DirectModelController) -> Void) {
        network.after(Self.repeatAfter) { [self] in action(self) }
    }
}

import Frames

/// The flows that one request (or the removal of one) moves: where they are detected, and which handovers that led to.
///
/// - `detecting` in each direction until the switch reports that its detection entry has expired.
/// - over when no direction detects any more and every handover has come to its outcome.
struct Relocation: Sendable {
    let serial: Serial
    let rule: RuleID
    private(set) var detecting: Set<Direction>
    private(set) var open = 0
    /// Handovers by the flow in its forward direction, for as long as packets under the detection entry may come.
    private(set) var handovers: [FlowKey: Serial] = [:]
    /// Handovers whose exact entries go when detection is over.
    private(set) var finished: [Serial] = []

    init(serial: Serial, rule: RuleID, directions: [Direction]) {
        self.serial = serial
        self.rule = rule
        detecting = Set(directions)
    }

    var isDetecting: Bool { !detecting.isEmpty }
    var isOver: Bool { detecting.isEmpty && open == 0 }

    mutating func started(_ handover: Serial, of flow: FlowKey) {
        handovers[flow] = handover
        open += 1
    }

    mutating func concluded(_ handover: Serial) {
        open -= 1
        finished.append(handover)
    }

    mutating func detectionEnded(_ direction: Direction) { detecting.remove(direction) }

    mutating func takeFinished() -> [Serial] {
        defer { finished = [] }
        return finished
    }
}

import ControlFrames
import Frames
import Timing

/// One direction of a flow, or one interface of a group handover, whose frames are returned, numbered from 0 and kept until the direction
/// is closed.
struct InterceptedDirection: Sendable {
    /// In direct mode: how many stragglers lay before a fence, and whether the destination's HSL has said that it has them.
    private struct Fence {
        let count: UInt32
        var isSynced = false
    }

    let subject: Start.Subject
    /// The destination's interface to which stragglers go; nil where they go to the controller.
    let straightTo: MACAddress?
    /// Armings that are earlier than the handover; what later ones cover has left already and comes anew.
    let earlierArmings: [HandoverID]
    /// Whether START came to this process when it was said for the first time: no process before it has intercepted anything.
    let hasHeardAll: Bool
    private(set) var stragglers: PacketFIFO
    /// In direct mode: the lowest straggler that the destination's HSL has asked for, and whether the controller has not been told.
    private var asked: (lowest: UInt32, isNews: Bool)?
    /// By flow, of a group handover; a handover of one flow has one fence, without.
    private var fences: [FlowKey?: Fence] = [:]
    /// In the order of their fences.
    private var fenced: [FlowKey?] = []

    init(
        subject: Start.Subject, straightTo: MACAddress? = nil, earlierArmings: [HandoverID] = [], hasHeardAll: Bool = false,
        stragglers: PacketFIFO = PacketFIFO()
    ) {
        self.subject = subject
        self.straightTo = straightTo
        self.earlierArmings = earlierArmings
        self.hasHeardAll = hasHeardAll
        self.stragglers = stragglers
    }

    /// How many stragglers there are.
    var count: UInt32 { UInt32(clamping: stragglers.packets) }

    mutating func keep(_ frame: RawSpan, slab: inout Slab, ledger: inout Ledger, held: inout Amount) -> Keeping {
        switch ledger.charge(frame.byteCount, as: .stragglers, to: &held) {
        case .refused(let reason):
            return .dropped(reason)
        case .granted(let nearLimit):
            guard slab.append(frame, to: &stragglers) else {
                ledger.refund(Amount(packets: 1, bytes: frame.byteCount), as: .stragglers, to: &held)
                return .dropped(.totalLimit)
            }
            return .kept(nearLimit: nearLimit)
        }
    }

    /// The stragglers, which are not kept any longer.
    mutating func take() -> PacketFIFO {
        defer { stragglers = PacketFIFO() }
        return stragglers
    }

    // MARK: Direct mode

    var fenceCount: Int { fences.count }

    /// How many stragglers lay before a fence that came before; nil if it is new.
    func count(beforeFence flow: FlowKey?) -> UInt32? { fences[flow]?.count }

    /// Whether the destination's HSL has everything that lay before a fence.
    func isSynced(_ flow: FlowKey?) -> Bool { fences[flow]?.isSynced ?? false }

    /// The SYNCs that were not acknowledged.
    var pendingSyncs: [Sync] {
        fenced.compactMap { flow in fences[flow].flatMap { $0.isSynced ? nil : Sync(flow: flow, count: $0.count) } }
    }

    /// Remembers where a fence lies.
    mutating func fence(_ flow: FlowKey?) {
        fences[flow] = Fence(count: count)
        fenced.append(flow)
    }

    /// The destination's HSL asks for stragglers; true if it has got some since it asked last.
    mutating func peerAsks(from lowest: UInt32) -> Bool {
        let before = asked?.lowest
        asked = (max(lowest, before ?? 0), true)
        return before.map { lowest > $0 } ?? true
    }

    /// Whether it has asked since this was called last.
    mutating func hasPeerAsked() -> Bool {
        defer { asked?.isNews = false }
        return asked?.isNews ?? false
    }

    /// False if no such SYNC was sent.
    mutating func synced(_ flow: FlowKey?) -> Bool {
        guard fences[flow] != nil else { return false }
        fences[flow]?.isSynced = true
        return true
    }
}

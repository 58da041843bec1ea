import ControlFrames
import Frames
import Timing

/// One direction of a flow, or one interface of a group handover, whose frames are returned, numbered from 0 and kept until the direction
/// is closed.
struct InterceptedDirection: Sendable {
    /// In direct mode: how many stragglers lay before a fence, and the repeats of SYNC that tell the destination's HSL.
    private struct Fence {
        let count: UInt32
        /// Nil when SYNC was acknowledged.
        var backoff: Backoff?
    }

    let subject: Start.Subject
    /// The destination's interface to which stragglers go; nil where they go to the controller.
    let straightTo: MACAddress?
    private(set) var stragglers: PacketFIFO
    /// By flow, of a group handover; a handover of one flow has one fence, without.
    private var fences: [FlowKey?: Fence] = [:]

    init(subject: Start.Subject, straightTo: MACAddress? = nil, stragglers: PacketFIFO = PacketFIFO()) {
        self.subject = subject
        self.straightTo = straightTo
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
    func isSynced(_ flow: FlowKey?) -> Bool { fences[flow].map { $0.backoff == nil } ?? false }

    /// Remembers a fence, and that SYNC was sent.
    mutating func fence(_ flow: FlowKey?, _ backoff: Backoff) -> Sync {
        fences[flow] = Fence(count: count, backoff: backoff)
        return Sync(flow: flow, count: count)
    }

    /// The SYNC that is due; nil if it was acknowledged.
    mutating func repeatSync(_ flow: FlowKey?, at now: Instant) -> (sync: Sync, step: Backoff.Step, next: Instant)? {
        guard var fence = fences[flow], var backoff = fence.backoff else { return nil }
        // The direction is closed by the controller: until then there is nobody else to tell.
        let step = backoff.step(at: now, isPatient: true)
        fence.backoff = backoff
        fences[flow] = fence
        return (Sync(flow: flow, count: fence.count), step, backoff.next)
    }

    /// False if no such SYNC was sent.
    mutating func synced(_ flow: FlowKey?) -> Bool {
        guard fences[flow] != nil else { return false }
        fences[flow]?.backoff = nil
        return true
    }
}

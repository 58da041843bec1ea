import ControlFrames
import OpenFlow
import Timing

/// Where flows come in, where a side has several switches.
extension Engine {
    /// The switch where a flow comes in, in each direction of which a packet was seen.
    struct Entrances: Sendable {
        private var forward: DatapathID?
        private var reverse: DatapathID?

        subscript(direction: Direction) -> DatapathID? {
            get { direction == .forward ? forward : reverse }
            set { if direction == .forward { forward = newValue } else { reverse = newValue } }
        }
    }

    /// A packet of a flow that is under way has come in; false when the flow's first came in elsewhere, because the host has moved, or
    /// several hosts speak with one address. Fences stay where they were opened: packets that came in elsewhere are delivered, but
    /// their order against those of the first switch is as unknown as it would be without a handover.
    mutating func comesIn(_ serial: Serial, at entrance: Entrance) -> Bool {
        guard let known = live[serial]?.entrances[entrance.direction] else {
            live[serial]?.entrances[entrance.direction] = entrance.datapath
            return true
        }
        guard known != entrance.datapath else { return true }
        counters.packetsElsewhere += 1
        return false
    }
}

extension Entrance {
    /// What a packet-in or an expired entry tells.
    init(_ cookie: Cookie, _ datapath: DatapathID) {
        self.init(direction: cookie.direction, datapath: datapath)
    }
}

import ControlFrames
import Frames

/// The counters of those who sent sealed frames to one interface: the controller, and in direct mode the other VNFs' HSLs.
struct ReplayGuards: Sendable {
    /// How many senders are told apart; only those who have the key get here.
    static let senders = 4_096
    private var guards: [MACAddress: ReplayGuard] = [:]

    /// Whether a frame is new; nobody's are who comes when the limit is reached.
    mutating func accepts(_ counter: UInt64, from sender: MACAddress) -> Bool {
        if guards.count >= Self.senders, guards[sender] == nil { return false }
        return guards[sender, default: ReplayGuard()].accepts(counter)
    }
}

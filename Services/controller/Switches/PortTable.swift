import OpenFlow

/// The ports of a switch, kept current by what it says about them.
struct PortTable {
    /// No switch has more; what it says about more is ignored.
    static let limit = 65_536

    private var byNumber: [UInt32: PortDescription] = [:]

    /// The ports in the order of their numbers.
    var ports: [PortDescription] { byNumber.values.sorted { $0.number < $1.number } }

    mutating func add(_ ports: [PortDescription]) {
        for port in ports where byNumber.count < Self.limit || byNumber[port.number] != nil { byNumber[port.number] = port }
    }

    mutating func apply(_ status: PortStatus) {
        if status.reason == .delete {
            byNumber[status.port.number] = nil
        } else {
            add([status.port])
        }
    }
}

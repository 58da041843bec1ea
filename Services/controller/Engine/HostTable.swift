import Frames

/// Behind which port each host of a side was seen, where a side has several host ports.
///
/// At its limit it learns no more: frames to hosts that it does not know go to every host port of their side.
struct HostTable: Sendable {
    /// A side of a group.
    struct Place: Hashable, Sendable {
        let group: String
        let direction: Direction
    }

    /// What a frame from a host says.
    enum Finding: Hashable, Sendable {
        /// The host is known to be there.
        case known
        /// The host is new, or has moved to this port.
        case learned
        /// The host is new and there is no room.
        case full
    }

    private var ports: [Place: [MACAddress: UInt32]] = [:]
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func saw(_ host: MACAddress, at port: UInt32, of place: Place) -> Finding {
        let known = ports[place]?[host]
        if known == port { return .known }
        guard known != nil || (ports[place]?.count ?? 0) < limit else { return .full }
        ports[place, default: [:]][host] = port
        return .learned
    }

    /// Forgets a host that has been silent at a port; false when it is not there.
    mutating func forget(_ host: MACAddress, at port: UInt32, of place: Place) -> Bool {
        guard ports[place]?[host] == port else { return false }
        ports[place]?[host] = nil
        return true
    }

    /// The port where a host of a side was last seen.
    func port(of host: MACAddress, at place: Place) -> UInt32? { ports[place]?[host] }

    /// The hosts of a side with their ports, for a switch that has come back.
    func hosts(of place: Place) -> [(host: MACAddress, port: UInt32)] {
        (ports[place] ?? [:]).sorted { $0.key.bits < $1.key.bits }.map { ($0.key, $0.value) }
    }
}

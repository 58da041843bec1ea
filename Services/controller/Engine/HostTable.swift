import Frames

/// Behind which port of which switch each host of a side was seen, where a side has several host ports.
///
/// At its limit it learns no more: frames to hosts that it does not know go to every host port of their side.
struct HostTable: Sendable {
    /// A side of a group.
    struct Place: Hashable, Sendable {
        let group: String
        let direction: Direction
    }

    /// A port of a switch.
    struct Location: Hashable, Sendable {
        let datapath: DatapathID
        let port: UInt32
    }

    /// What a frame from a host says.
    enum Finding: Hashable, Sendable {
        /// The host is known to be there.
        case known
        /// The host is new, or has moved from another port.
        case learned(before: Location?)
        /// The host is new and there is no room.
        case full
    }

    private var locations: [Place: [MACAddress: Location]] = [:]
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func saw(_ host: MACAddress, at location: Location, of place: Place) -> Finding {
        let known = locations[place]?[host]
        if known == location { return .known }
        guard known != nil || (locations[place]?.count ?? 0) < limit else { return .full }
        locations[place, default: [:]][host] = location
        return .learned(before: known)
    }

    /// Forgets a host that has been silent at a port; false when it is not there.
    mutating func forget(_ host: MACAddress, at location: Location, of place: Place) -> Bool {
        guard locations[place]?[host] == location else { return false }
        locations[place]?[host] = nil
        return true
    }

    /// Where a host of a side was last seen.
    func location(of host: MACAddress, at place: Place) -> Location? { locations[place]?[host] }

    /// The hosts of a side with their ports, for a switch that has come back.
    func hosts(of place: Place) -> [(host: MACAddress, location: Location)] {
        (locations[place] ?? [:]).sorted { $0.key.bits < $1.key.bits }.map { ($0.key, $0.value) }
    }
}

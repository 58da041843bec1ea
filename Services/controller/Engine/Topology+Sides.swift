/// What a side must be like.
extension Topology {
    /// Checks a side of a new group.
    func check(_ side: Side, _ direction: Direction) throws(Refusal) {
        let name = direction == .forward ? "ingress" : "egress"
        for member in side.members where switches[member.switchID] == nil {
            throw .unknown("switch \(member.switchID)", field: side.isWide ? "\(name).switches" : "\(name).switch")
        }
        guard let first = side.members.first else { throw .invalid("a side has at least one switch", field: "\(name).switches") }
        guard Set(side.members.map(\.switchID)).count == side.members.count else {
            throw .invalid("each switch is named once", field: "\(name).switches")
        }
        guard !side.entrances.isEmpty else {
            throw .invalid("at least one of several switches has host ports", field: "\(name).switches")
        }
        try check(side.trunks, of: side, field: "\(name).trunks")
        for member in side.members.dropFirst() where side.shortest[first.switchID]?[member.switchID] == nil {
            throw .invalid("no trunks lead from switch \(first.switchID) to switch \(member.switchID)", field: "\(name).trunks")
        }
    }

    private func check(_ trunks: [Side.Trunk], of side: Side, field: String) throws(Refusal) {
        var taken: Set<Side.Trunk.End> = []
        for member in side.members {
            for port in member.hostPorts { taken.insert(Side.Trunk.End(switchID: member.switchID, port: port)) }
        }
        for trunk in trunks {
            guard trunk.first.switchID != trunk.second.switchID else {
                throw .invalid("a trunk is between two switches", field: field)
            }
            for end in [trunk.first, trunk.second] {
                guard side.isOn(end.switchID) else { throw .invalid("switch \(end.switchID) is not one of the side's", field: field) }
                guard taken.insert(end).inserted else {
                    throw .invalid("port \(end.port) of switch \(end.switchID) is named twice", field: field)
                }
            }
        }
    }

    /// Checks where an interface of a new instance is.
    func check(_ attachment: Attachment, on side: Side, _ direction: Direction) throws(Refusal) {
        let name = direction == .forward ? "ingress" : "egress"
        guard let named = attachment.switchID else {
            guard !side.isWide else { throw .invalid("the side has several switches: say which one", field: "\(name).switch") }
            return
        }
        guard side.isOn(named) else { throw .invalid("switch \(named) is not one of the side's", field: "\(name).switch") }
    }
}

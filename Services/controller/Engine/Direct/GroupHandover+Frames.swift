import ControlFrames

/// What its instances are told.
extension GroupHandover {
    func sendStart(to role: Role, _ x: Direction, isRepeated: Bool = true, _ actions: inout [Action]) {
        let isSource = role == .source
        // Who takes a group back has the state.
        let giver = turned != nil && !isSource ? destination : source
        let start = Start(
            from: giver.id.value, to: destination.id.value, subject: .match(matches[x]), directions: UInt32(matches.directions.count),
            peerAddress: isSource ? destination.peerAddress : source.peerAddress,
            straightTo: isSource ? destination.attachment(x).address : nil, heldUnder: turnsRound(role), isRepeated: isRepeated)
        actions.append(.send(isSource ? .startSource(start) : .startDestination(start), to: role, x))
    }

    func sendTransfer(_ actions: inout [Action]) {
        let peer = isStateLost ? Peer.nobody : Peer(vnf: source.id.value, address: source.peerAddress)
        for x in matches.directions { actions.append(.send(.transfer(peer), to: .destination, x)) }
    }
}

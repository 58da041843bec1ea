import ControlFrames
import Frames
import Timing

/// A group that goes back, because its destination cannot have it: what the destination held becomes stragglers, and another handover,
/// with the roles turned, takes them straight to where the state is.
extension ForwardingCore {
    // MARK: Aborting

    /// Turns what the flows hold into one stream of stragglers for each interface; from now on their frames follow in it.
    mutating func returnGroup(_ handover: HandoverID, at now: Instant) {
        groups[handover]?.prepareReturn(ledger: &ledger)
        guard let group = groups.removeValue(forKey: handover) else { return }
        var streams = configuration.pairs.map { _ in PacketFIFO() }
        for port in group.ports {
            guard let direction = group.directions[port] else { continue }
            for flow in direction.flows {
                append(direction[flow]?.direct ?? PacketFIFO(), to: &streams[port])
                flows[port].arm(.flow(flow), for: .source(handover))
            }
        }
        sources[handover] = SourceRole(aborting: group, stragglers: streams)
        settleAborted(handover, at: now)
    }

    /// Whether the handover was aborted, after START on this interface or before.
    func wasAborted(_ handover: HandoverID, on port: Int, at now: Instant) -> Bool {
        if let role = sources[handover] { return role.isAborted }
        return destinations[handover] == nil && ended.neverBegan(handover, port: port, at: now)
    }

    /// A flow that an arming held when its handover was aborted is returned, behind what is returned already.
    mutating func returnHeld(_ flow: FlowKey, of subject: Start.Subject, _ handover: HandoverID, on port: Int) {
        guard let packets = takeHeld(flow, for: .source(handover), on: port) else { return }
        var role = sources[handover] ?? SourceRole(abortedBeforeStart: configuration.pairs.count)
        var stream = role.directions[port]?.stragglers ?? PacketFIFO()
        append(packets, to: &stream)
        role.returns(stream, of: subject, on: port)
        sources[handover] = role
    }

    /// Moves packets to the end of a stream of stragglers. There is always room: a queue that goes on needs no more blocks than two.
    private mutating func append(_ packets: PacketFIFO, to stream: inout PacketFIFO) {
        ledger.move(packets.amount, from: .switch, to: .stragglers)
        var frames: [[UInt8]] = []
        slab.drain(packets) { frames.append([UInt8](copying: $0)) }
        for frame in frames { _ = slab.append(frame.span.bytes, to: &stream) }
    }

    // MARK: Turning round

    /// Whether this process knows what became of the handover that another one turns round, and has given it up. Otherwise it says what is
    /// in the way.
    mutating func mayTurnRound(_ first: HandoverID, as handover: HandoverID, on port: Int, at now: Instant) -> Bool {
        guard first != handover else { return true }
        guard isOpen(first) || ended.remembers(first, port: port, at: now) else {
            send(.abort(reason: Refusal.unknownHandover), handover, on: port)
            return false
        }
        guard destinations[first] == nil, groups[first] == nil, sources[first]?.isAborted ?? true else {
            refuse(.busy(first), handover, on: port)
            return false
        }
        return true
    }

    /// At the instance that could not take the group: all that it holds of it, and that armings hold, goes to the other end.
    mutating func giveBack(_ match: FlowMatch, of first: HandoverID, _ handover: HandoverID, on port: Int, at now: Instant) {
        var stream = PacketFIFO()
        if first != handover, let kept = sources[first]?.giveStragglers(port) {
            stream = kept
            closeSource(first, on: port, at: now)
        }
        for flow in flows[port].armings.held(overlapping: match) {
            if let packets = takeHeld(flow, for: .source(handover), on: port) { append(packets, to: &stream) }
        }
        sources[handover]?.returns(stream, of: .match(match), on: port)
        var frames: [[UInt8]] = []
        slab.forEach(in: stream) { frames.append([UInt8](copying: $1)) }
        for (sequence, frame) in frames.enumerated() {
            sendStraggler(frame.span.bytes, sequence: UInt32(clamping: sequence), handover, on: port)
        }
    }

    /// At the instance that has the state: what it has returned, and kept, goes to its function, before all that comes back.
    mutating func takeBack(_ first: HandoverID, on port: Int, at now: Instant) {
        if let packets = sources[first]?.takeKept(port, ledger: &ledger), packets.packets > 0 {
            output.append(.packets(packets, .function(port)))
        }
        closeSource(first, on: port, at: now)
    }
}

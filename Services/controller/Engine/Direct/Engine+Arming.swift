import ControlFrames
import Frames
import Mutations
import OpenFlow
import Timing

/// Relocations whose flows the destination detects and holds itself: armed first, then only the steering entry changes.
extension Engine {
    /// Tells instances to hold a relocation's flows; false when no identifier is free for one of them.
    mutating func arm(_ instances: [VNFID], for relocation: Serial, at now: Instant) -> Bool {
        guard let group = relocations[relocation]?.group else { return false }
        for vnf in instances.compactMap({ topology.vnfs[$0] }) {
            guard let id = freeIdentifier() else { return false }
            let arms = PerDirection(
                forward: arm(of: vnf, .forward, for: relocation), reverse: arm(of: vnf, .reverse, for: relocation))
            let arming = Arming(
                serial: newSerial(), id: id, vnf: vnf.id, group: group, arms: arms, relocation: relocation, retry: configuration.retry,
                at: now)
            occupy(id, by: arming.serial)
            armings[arming.serial] = arming
            noteArming(arming.serial)
            sendArm(arming.serial, arming.directions)
            schedule(arming: arming.serial)
        }
        return true
    }

    /// Lets the instances of a relocation pass again what they do not hold.
    mutating func disarm(_ relocation: Serial, at now: Instant) {
        for serial in armings(of: relocation) where armings[serial]?.disarm(at: now, retry: configuration.retry) ?? false {
            noteArming(serial)
            sendDisarm(serial, armings[serial]?.directions ?? [])
            schedule(arming: serial)
        }
    }

    /// Another relocation takes over what the instances of an earlier one hold: they go on holding until that is over.
    mutating func inherit(_ earlier: Serial, by relocation: Serial) {
        for serial in armings(of: earlier) {
            armings[serial]?.relocation = relocation
            noteArming(serial)
        }
    }

    func armings(of relocation: Serial) -> [Serial] {
        armings.values.filter { $0.relocation == relocation }.map(\.serial).sorted()
    }

    /// Whether an instance holds by itself what it is given of a relocation.
    func isArmed(_ vnf: VNFID, for relocation: Serial) -> Bool {
        armings.values.contains { $0.relocation == relocation && $0.vnf == vnf && $0.isArmed }
    }

    /// The earliest arming of a source that is later than the one under which the destination of a handover holds the flow.
    private func laterArming(of handover: Serial, _ direction: Direction) -> HandoverID? {
        guard let entry = live[handover], let own = entry.holding else { return nil }
        let flow = entry.handover.directions[direction].flow
        let later = armings(of: entry.handover.source.id, covering: flow, direction).filter { $0.origin > own.relocation }
        return later.min { $0.origin < $1.origin }?.id
    }

    /// What START says of armings, so that an instance knows what came before the handover and what came later.
    func withArming(_ message: ControlMessage, of handover: Serial, _ direction: Direction) -> ControlMessage {
        guard let index = live.index(forKey: handover) else { return message }
        // MIRROR may name a direction that the handover never came to have.
        let directions = live.values[index].handover.directions
        guard directions.has(direction), directions[direction].route == .direct else { return message }
        switch message {
        case .startSource(var start):
            start.heldUnder = laterArming(of: handover, direction)
            return .startSource(start)
        case .startDestination(var start)
        where live.values[index].reported.contains(direction) && !live.values[index].handover.record.isIncomplete:
            start.heldUnder = live.values[index].holding?.arming
            return .startDestination(start)
        default: return message
        }
    }

    /// The armings under which an instance may hold packets of a flow.
    func armings(of vnf: VNFID, covering flow: FlowKey, _ direction: Direction) -> [Arming] {
        let match = FlowMatch(exactly: flow)
        return armings.values.filter { arming in
            arming.vnf == vnf && arming.arms.has(direction) && arming.arms[direction].match.overlaps(match)
        }
    }

    /// Does what an arming's time has come for.
    mutating func advance(arming serial: Serial, at now: Instant) {
        guard let arming = armings[serial] else { return }
        defer { schedule(arming: serial) }
        let isPatient = topology.groups[arming.group].map { waitsForSwitch(of: $0, at: now) } ?? false
        switch armings[serial]?.step(at: now, pause: configuration.retry.longest, isPatient: isPatient) {
        case nil, .wait: break
        case .arm(let directions): sendArm(serial, directions)
        case .disarm(let directions): sendDisarm(serial, directions)
        case .giveUp:
            forget(arming: serial, at: now)
            if !arming.isDisarming { cannotHold(arming, "VNF \(arming.vnf) does not answer ARM", at: now) }
        }
    }

    /// An instance cannot hold what it may be given: the controller does, unless it is a group on its way, which goes back.
    private mutating func cannotHold(_ arming: Arming, _ reason: String, at now: Instant) {
        let groups = openGroups(of: arming.relocation)
        if case .arming? = relocations[arming.relocation]?.phase { return fallBack(arming.relocation, because: reason, at: now) }
        guard !groups.isEmpty else { return fallBack(arming.relocation, because: reason, at: now) }
        // What comes back has no other place to go.
        for serial in groups {
            guard let handover = self.groups[serial]?.handover, handover.turned == nil, handover.destination.id == arming.vnf else {
                continue
            }
            update(group: serial, at: now) { handover, actions in handover.giveBack(reason, at: now, &actions) }
        }
    }

    mutating func schedule(arming serial: Serial) {
        guard let arming = armings[serial], arming.deadline < arming.scheduled ?? Instant(nanoseconds: .max) else { return }
        armings[serial]?.scheduled = arming.deadline
        deadlines.schedule(serial, at: arming.deadline)
    }

    private mutating func forget(arming serial: Serial, at now: Instant) {
        guard let arming = armings.removeValue(forKey: serial) else { return }
        release(arming.id, of: serial)
        journal(.forgotten(serial))
        closeIfArrived(arming.relocation, at: now)
        beginWaiting(at: now)
    }

    // MARK: What instances say

    /// A control frame that names an arming.
    mutating func arming(
        _ serial: Serial, _ message: ControlMessage, from vnf: VNF, _ direction: Direction, by speaker: Speaker, at now: Instant
    ) {
        guard let arming = armings[serial], arming.vnf == vnf.id else { return counters.strayControlFrames += 1 }
        switch message {
        case .armAck:
            if armings[serial]?.armed(direction, by: speaker, at: now, pause: configuration.retry.longest) ?? false {
                schedule(arming: serial)
                armed(arming.relocation, at: now)
            }
        case .disarmAck: if armings[serial]?.disarmed(direction) ?? false { forget(arming: serial, at: now) }
        case .fenceAck(let count, let flow?): holds(count, of: flow, under: arming, direction, at: now)
        case .seen(let seen): sighted(seen, under: arming.id, by: vnf, direction, at: now)
        case .abort(let reason):
            reply(.abortAck(refusal: nil), arming.id, to: vnf, direction)
            // It was started anew, and is armed again before long.
            if reason == ControlMessage.unknownHandover { return }
            // What it cannot hold it must not be given.
            if !arming.isDisarming { cannotHold(arming, "VNF \(vnf.id): \(reason)", at: now) }
        default: counters.strayControlFrames += 1
        }
    }

    /// A process that has taken the place of the one that was armed is armed at once.
    mutating func armAnew(_ vnf: VNFID, unlessArmedBy speaker: Speaker, at now: Instant) {
        for serial in armings.keys.sorted() where armings[serial]?.vnf == vnf {
            if armings[serial]?.isDue(because: speaker, at: now) ?? false { schedule(arming: serial) }
        }
    }

    /// The relocation's instances hold what comes: the tables may change.
    private mutating func armed(_ serial: Serial, at now: Instant) {
        guard case .arming? = relocations[serial]?.phase, let rule = relocations[serial].flatMap({ rules[$0.rule] }),
            armings.values.allSatisfy({ $0.relocation != serial || !$0.isArming })
        else { return }
        // It may have begun to, meanwhile, because of an earlier rule.
        if rule.relocation == serial, detectsSome(of: rule) { return fallBack(serial, because: Self.detectedAlready, at: now) }
        relocations[serial]?.startDetecting(at: now)
        // Where the rule is to be taken back by now, the tables are left to that.
        if rule.relocation == serial { turn(rule, at: now) }
        if rule.specification.grouping == .together { beginGroups(of: rule, by: serial, at: now) }
        schedule(serial)
        beginWaiting(at: now)
    }

    /// An instance holds a packet of a flow that nobody has told it about.
    mutating func sighted(_ seen: Seen, under id: HandoverID, by vnf: VNF, _ direction: Direction, at now: Instant) {
        counters.sightings += 1
        guard let group = topology.groups[vnf.group], let headers = try? PacketHeaders(seen.sample.span.bytes), headers.flow == seen.flow
        else {
            counters.unreadableFrames += 1
            return answer(.yours, seen, id, vnf, direction)
        }
        if Mutation.takeSeenForOwn.isActive { return answer(.yours, seen, id, vnf, direction) }
        let arming = serial(of: id).flatMap { armings[$0] }
        // One that is over is older than any other.
        let holding =
            arming.map { self.holding(under: $0, of: headers, direction, in: group) }
            ?? FlowHandover.Holding(arming: id, relocation: Serial(0))
        let relocation = arming?.relocation
        if let relocation { relocations[relocation]?.heard(at: now) }
        let key = DirectedFlow(group: group.index, direction: direction, flow: seen.flow)
        let known = flows[key]
        if let turned = relocation.flatMap({ turnedGroup(of: $0) }), let destination = groups[turned]?.handover.destination {
            if Mutation.returnUnfenced.isActive { return answer(.yours, seen, id, vnf, direction) }
            // The other one gives away what it holds without being asked.
            if vnf.id == destination.id || groups[turned]?.handover.isOpen == false {
                joins(turned, seen, under: id, by: vnf, direction, at: now)
            }
            return
        }
        guard comesFirst(seen, headers, under: id, by: vnf, key, at: now) else {
            // Rules may take effect until that is known.
            if known == nil, whereabouts.home(of: key) == nil, let home = holder(of: headers, direction, in: group, before: relocation) {
                adopt(key, at: home.id, during: relocation)
            }
            return
        }
        if let known, let entry = live[known], entry.handover.takes(direction) {
            if entry.handover.hasReleased(direction, at: vnf) { return answer(.yours, seen, id, vnf, direction) }
            answer(.wait, seen, id, vnf, direction)
            // It is over: nothing else would lead on what comes to wait behind it.
            if entry.handover.isEnded {
                wait(behind: known, vnf.id, direction, holding)
                return goOn(known, at: now)
            }
            // What the source held before the flow left goes to its function when START comes.
            if entry.handover.source.id == vnf.id, entry.holding.map({ holding.relocation <= $0.relocation }) ?? true { return }
            if entry.handover.destination.id != vnf.id || entry.handover.receiver != .destination {
                wait(behind: known, vnf.id, direction, holding)
            }
            return update(known, at: now) { handover, actions in handover.sighted(direction, at: now, actions: &actions) }
        }
        let source =
            known.flatMap { live[$0]?.handover.home } ?? whereabouts.home(of: key).flatMap { topology.vnfs[$0] }
            ?? holder(of: headers, direction, in: group, before: relocation)
        guard let source, source.id != vnf.id, let rule = rule(of: relocation, headers, direction, in: group) else {
            if known == nil { adopt(key, at: vnf.id, during: relocation) }
            return answer(.yours, seen, id, vnf, direction)
        }
        if known == nil, let relocation, let joined = groupHandover(of: relocation, from: source.id, to: vnf.id) {
            return joins(joined, seen, under: id, by: vnf, direction, at: now)
        }
        if awaitsTurn(Sighting(seen: seen, id: id, vnf: vnf.id, direction: direction), of: key, at: source.id) {
            return answer(.wait, seen, id, vnf, direction)
        }
        let sample = Sample(headers: headers, direction: direction, frame: seen.sample)
        let plan = FlowHandover.Plan(
            kind: .move, route: .direct, source: source, destination: vnf, flows: flows(of: sample, rule, in: group, known: known),
            holding: holding, reported: [direction])
        guard
            let begun = begin(plan, of: sample, seen: nil, in: group, for: rule.id, by: rule.relocation ?? relocation ?? Serial(0), at: now)
        else { return refuse(key, at: source.id) }
        whereabouts.forget(key)
        answer(.wait, seen, id, vnf, direction)
        if let target = target(of: headers, direction, in: group), target.id != vnf.id,
            let later = lastRelocation(covering: headers, direction, in: group)
        {
            lead(begun, onTo: later)
        }
        update(begun, at: now) { handover, actions in handover.sighted(direction, at: now, actions: &actions) }
    }

    /// A flow that an instance holds belongs to a group's handover, if that still takes flows in.
    private mutating func joins(
        _ joined: Serial, _ seen: Seen, under id: HandoverID, by vnf: VNF, _ direction: Direction, at now: Instant
    ) {
        switch groups[joined]?.handover.state {
        case .moving:
            join(GroupMember(flow: seen.flow, direction: direction), joined)
            answer(.joins(groups[joined]?.handover.id ?? id), seen, id, vnf, direction)
            update(group: joined, at: now) { handover, actions in handover.joined(seen.flow, direction, at: now, actions: &actions) }
        // It is told once it is known where the state is.
        case .stopping, .recalling, .fencing, .leaving: break
        case .closing, .ended, nil: answer(.yours, seen, id, vnf, direction)
        }
    }

    /// Without an answer an instance asks again: there may be room then, and a flow that was found is no new one when detection is over.
    private mutating func refuse(_ flow: DirectedFlow, at source: VNFID) {
        counters.refusedDetections += 1
        note(flow, at: source, until: nil)
    }

    /// A flow that nobody has heard of is an instance's own from now on.
    private mutating func adopt(_ flow: DirectedFlow, at vnf: VNFID, during relocation: Serial?) {
        guard let relocation, relocations[relocation]?.isOpen ?? false else { return }
        note(flow, at: vnf, until: relocation)
    }

    /// Remembers where a flow is that no handover moves.
    mutating func note(_ flow: DirectedFlow, at vnf: VNFID, until relocation: Serial?) {
        if !whereabouts.note(flow, at: vnf, until: relocation) { counters.unknownWhereabouts += 1 }
    }

    /// An instance holds packets of a flow that has still to come there.
    private mutating func wait(behind known: Serial, _ vnf: VNFID, _ direction: Direction, _ holding: FlowHandover.Holding) {
        let hasWaiting = (live[known]?.handover.held.packets ?? 0) > 0
        live[known]?.handover.goesOn = true
        if let index = live[known]?.behind.firstIndex(where: { $0.vnf == vnf }) {
            live[known]?.behind[index].directions.insert(direction)
        } else {
            live[known]?.behind.append(Behind(vnf: vnf, holding: holding, isBehindController: hasWaiting, directions: [direction]))
        }
    }

    /// The last relocation that is not over and concerns a flow: a rule that sends it elsewhere, or the removal of one.
    private func lastRelocation(covering headers: PacketHeaders, _ direction: Direction, in group: Group) -> Serial? {
        relocations(covering: headers, direction, in: group).filter(\.isOpen).map(\.serial).max()
    }

    /// The rule that a sighting belongs to: that of the relocation, or the one that sends the flow there.
    private func rule(of relocation: Serial?, _ headers: PacketHeaders, _ direction: Direction, in group: Group) -> Rule? {
        if let rule = relocation.flatMap({ relocations[$0] }).flatMap({ rules[$0.rule] }) { return rule }
        return rules.first(covering: headers, direction, in: group.id, where: \.hasSteering)
    }

    private mutating func answer(_ verdict: SeenAck.Verdict, _ seen: Seen, _ id: HandoverID, _ vnf: VNF, _ direction: Direction) {
        reply(.seenAck(SeenAck(flow: seen.flow, verdict: verdict)), id, to: vnf, direction)
    }

    // MARK: What they are told

    private mutating func sendArm(_ serial: Serial, _ directions: [Direction]) {
        guard let arming = armings[serial], let vnf = topology.vnfs[arming.vnf] else { return }
        for direction in directions { reply(.arm(arming.arms[direction]), arming.id, to: vnf, direction) }
    }

    private mutating func sendDisarm(_ serial: Serial, _ directions: [Direction]) {
        guard let arming = armings[serial], let vnf = topology.vnfs[arming.vnf] else { return }
        for direction in directions { reply(.disarm, arming.id, to: vnf, direction) }
    }

    private mutating func reply(_ message: ControlMessage, _ id: HandoverID, to vnf: VNF, _ direction: Direction) {
        guard let way = topology.way(to: vnf, direction, from: nil) else { return }
        reply(message, handover: id, by: way)
    }

    /// What an instance is to hold, and which flows of it are its own already, so that it need not ask about them. That is said only
    /// where no flow of them is, or may be, on its way; to say that it has none is always right.
    private func arm(of vnf: VNF, _ direction: Direction, for relocation: Serial) -> Arm? {
        guard let rule = relocations[relocation].flatMap({ rules[$0.rule] }), let match = rule.specification.match(direction) else {
            return nil
        }
        let askForAll = Arm(vnf: vnf.id.value, match: match)
        func concerns(_ rule: Rule) -> Bool {
            rule.group == vnf.group && rule.specification.match(direction)?.overlaps(match) ?? false
        }
        let isCalm =
            relocations.values.allSatisfy { other in
                other.serial == relocation || !other.isOpen || !(rules[other.rule].map(concerns) ?? false)
            }
            // What another instance holds, or this one, may not have been reported yet.
            && armings.values.allSatisfy { other in
                other.group != vnf.group || other.isArming || !other.arms.has(direction) || !other.arms[direction].match.overlaps(match)
            }
        // Of a group that comes back, nobody can say which flows have.
        guard isCalm, relocations[relocation]?.turns == nil, live.values.allSatisfy({ $0.group.id != vnf.group }),
            let group = topology.groups[vnf.group]
        else {
            return askForAll
        }
        let effective = rules.ordered.filter { $0.isEffective && concerns($0) }
        guard effective.allSatisfy({ rules.shadows(of: $0).isEmpty }) else { return askForAll }
        let owners = effective.compactMap { rule in
            rule.specification.match(direction).map { Arm.Owner(match: $0, isOwned: rule.specification.destination == vnf.id) }
        }
        let arm = Arm(vnf: vnf.id.value, match: match, owners: owners, ownsRest: topology.fallback(of: group)?.id == vnf.id)
        return arm.fitting(maximumFrame: configuration.maximumFrame)
    }
}

/// Packets of a flow that wait at an instance which the flow has still to come to, once it has come to where it is going now.
struct Behind: Sendable {
    let vnf: VNFID
    /// Under what it holds the first of them.
    let holding: FlowHandover.Holding
    /// Whether what waited at the controller when they were reported comes before them.
    let isBehindController: Bool
    var directions: Set<Direction>
}

import ControlFrames
import Frames
import HandoverEngine
import JSONLines
import OpenFlow
import Timing

/// The members of a journal's line, in whatever order they come, and the entry that they make.
struct JournalFields {
    private var texts: [String: String] = [:]
    private var numbers: [String: UInt64] = [:]
    private var flows: [String: FlowKey] = [:]
    private var sides: [String: SideFields] = [:]

    /// What a group's or an instance's side says.
    private struct SideFields {
        var neighbour: String?
        var mac: UInt64?
        /// Where an instance's interface is.
        var place = PlaceFields()
        var members: [PlaceFields] = []
        /// The ends of trunks, one trunk's after the other.
        var trunkEnds: [PlaceFields] = []
    }

    /// What says where ports are.
    private struct PlaceFields {
        var switchID: String?
        var port: PortReference?
        var ports: [PortReference] = []
    }

    mutating func take(_ name: String, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "entry", "id", "group", "address", "state", "match", "reverseMatch", "sample", "outcome", "askedMode",
            "grouping", "mode", "modeReason", "failure", "reason", "forwardArm", "reverseArm", "steering", "shadows":
            texts[name] = try reader.string()
        case "ingress", "egress": sides[name] = try side(&reader)
        case "flow", "forwardFlow", "reverseFlow":
            guard let fields = try FlowFields(&reader), let flow = try? fields.flow() else { throw .malformed }
            flows[name] = flow
        case "datapath", "default", "rule", "serial", "priority", "destination", "bidirectional", "maximumSilence", "detectionLimit",
            "relocation", "detecting", "effective", "completed", "aborted", "failed", "lost", "forward", "reverse", "handover", "kind",
            "source", "direction", "record", "startedAt", "counter", "named", "earlier", "drains", "vnf",
            "origin", "disarming", "heldUnder", "heldFor", "reportedForward", "reportedReverse",
            "stateLost", "incomplete", "turns":
            numbers[name] = try reader.integer()
        default: try reader.skip()
        }
    }

    private func side(_ reader: inout JSONReader) throws(JSONError) -> SideFields {
        var fields = SideFields()
        guard try reader.beginObject() else { throw .malformed }
        while let name = try reader.nextMember() {
            switch name {
            case "neighbour": fields.neighbour = try reader.string()
            case "mac": fields.mac = try reader.integer()
            case "members": fields.members = try places(&reader)
            case "trunks": fields.trunkEnds = try places(&reader)
            default: try take(name, &fields.place, &reader)
            }
        }
        return fields
    }

    private func places(_ reader: inout JSONReader) throws(JSONError) -> [PlaceFields] {
        var places: [PlaceFields] = []
        guard try reader.beginArray() else { throw .malformed }
        while try reader.nextElement() {
            var place = PlaceFields()
            guard try reader.beginObject() else { throw .malformed }
            while let name = try reader.nextMember() { try take(name, &place, &reader) }
            places.append(place)
        }
        return places
    }

    private func take(_ name: String, _ place: inout PlaceFields, _ reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "switch": place.switchID = try reader.string()
        case "name": place.port = try reader.string().map { .name($0) }
        case "number": place.port = try reader.integer(UInt32.self).map { .number($0) }
        case "ports":
            // Each is a place of its own, of which only the port counts.
            place.ports = try places(&reader).compactMap(\.port)
        default: try reader.skip()
        }
    }

    // MARK: What they make

    func entry() throws(JournalCodec.Problem) -> JournalEntry {
        switch try text("entry") {
        case "switch": return .switch(id: try text("id"), datapath: DatapathID(try number("datapath")))
        case "group":
            let fallback: UInt16? = try optional("default")
            return .group(
                Group(id: try text("id"), ingress: try side("ingress"), egress: try side("egress"), fallback: fallback.map { VNFID($0) }))
        case "vnf":
            guard let id = UInt16(try text("id")) else { throw problem("id") }
            return .vnf(
                VNF(
                    id: VNFID(id), group: try text("group"), ingress: try attachment("ingress"), egress: try attachment("egress"),
                    peerAddress: texts["address"]))
        case "rule": return .rule(try rule())
        case "relocation":
            return .relocation(
                RelocationNote(
                    serial: try serial("serial"), rule: RuleID(try number("rule")), mode: try namedIfThere("mode"),
                    phase: try named("state"), earlier: try optional("earlier").map { Serial($0) },
                    turns: try optional("turns").map { HandoverID(rawValue: $0) }))
        case "arming":
            return .arming(
                ArmingNote(
                    serial: try serial("serial"), id: HandoverID(rawValue: try number("handover")), group: try text("group"),
                    vnf: VNFID(try number("vnf")), forward: try arm("forwardArm"), reverse: try arm("reverseArm"),
                    origin: try serial("origin"), relocation: try serial("relocation"), isDisarming: try truth("disarming")))
        case "began": return .began(try handover())
        case "beganGroup": return .beganGroup(try group())
        case "joined": return .joined(try serial("serial"), try member())
        case "released": return .released(try serial("serial"), try member())
        case "ended":
            guard let outcome = HandoverRecord.Outcome(rawValue: try text("outcome")) else { throw problem("outcome") }
            return .ended(try serial("serial"), outcome)
        case "forgotten": return .forgotten(try serial("serial"))
        case "reserved":
            return .reserved(serial: try number("serial"), counter: try number("counter"), identifier: try number("handover"))
        case let other: throw JournalCodec.Problem(description: "\"\(other)\" is no kind of entry")
        }
    }

    private func rule() throws(JournalCodec.Problem) -> Rule {
        let state: Rule.State =
            switch try text("state") {
            case "moving": .moving(try serial("relocation"))
            case "removing": .removing(try serial("relocation"))
            case "settled": .settled
            case "removed": .removed
            default: throw problem("state")
            }
        let specification = RuleSpecification(
            match: try match("match"), reverseMatch: texts["reverseMatch"] == nil ? nil : try match("reverseMatch"),
            priority: try number("priority"), destination: VNFID(try number("destination")),
            isBidirectional: try truth("bidirectional"), mode: try namedIfThere("askedMode"), grouping: try named("grouping"),
            maximumSilence: try span("maximumSilence"),
            detectionLimit: try span("detectionLimit"))
        return Rule(
            id: RuleID(try number("rule")), name: try text("id"), group: try text("group"), specification: specification, state: state,
            handovers: [.completed: try count("completed"), .aborted: try count("aborted"), .failed: try count("failed")],
            isDetecting: try truth("detecting"), mode: try namedIfThere("mode"), modeReason: texts["modeReason"], failure: texts["failure"],
            steering: try named("steering"), lost: try count("lost"), isEffective: try truth("effective"),
            shadows: try shadows(),
            drains: try optional("drains").map { VNFID($0) },
            serial: try serial("serial"))
    }

    private func shadows() throws(JournalCodec.Problem) -> Set<RuleID> {
        var shadows: Set<RuleID> = []
        for word in (texts["shadows"] ?? "").split(separator: " ") {
            guard let number = UInt64(word) else { throw problem("shadows") }
            shadows.insert(RuleID(number))
        }
        return shadows
    }

    private func handover() throws(JournalCodec.Problem) -> HandoverNote {
        guard let kind = HandoverNote.Kind(rawValue: try number("kind")) else { throw problem("kind") }
        guard let direction = Direction(rawValue: try number("direction")) else { throw problem("direction") }
        guard flows["forwardFlow"] != nil || flows["reverseFlow"] != nil else { throw problem("forwardFlow") }
        var note = HandoverNote(
            serial: try serial("serial"), id: HandoverID(rawValue: try number("handover")), kind: kind, group: try text("group"),
            source: VNFID(try number("source")), destination: VNFID(try number("destination")), forward: flows["forwardFlow"],
            reverse: flows["reverseFlow"], named: try optional("named").flatMap { Direction(rawValue: $0) }, sample: try bytes("sample"),
            sampleDirection: direction, rule: RuleID(try number("rule")),
            relocation: try serial("relocation"), record: try number("record"),
            startedAt: Instant(nanoseconds: Int64(clamping: try number("startedAt") as UInt64)))
        note.heldUnder = try optional("heldUnder").map { HandoverID(rawValue: $0) }
        note.heldFor = try optional("heldFor").map { Serial($0) }
        if try truth("reportedForward") { note.reported.insert(.forward) }
        if try truth("reportedReverse") { note.reported.insert(.reverse) }
        return note
    }

    private func group() throws(JournalCodec.Problem) -> GroupNote {
        var note = GroupNote(
            serial: try serial("serial"), id: HandoverID(rawValue: try number("handover")), source: VNFID(try number("source")),
            destination: VNFID(try number("destination")), rule: RuleID(try number("rule")), relocation: try serial("relocation"),
            record: try number("record"), startedAt: Instant(nanoseconds: Int64(clamping: try number("startedAt") as UInt64)),
            phase: try named("state"), isStateLost: try truth("stateLost"))
        let incomplete: UInt8? = try optional("incomplete")
        note.isIncomplete = incomplete == 1
        note.reason = texts["reason"]
        note.turns = try optional("turns").map { HandoverID(rawValue: $0) }
        return note
    }

    private func member() throws(JournalCodec.Problem) -> GroupMember {
        guard let flow = flows["flow"] else { throw problem("flow") }
        guard let direction = Direction(rawValue: try number("direction")) else { throw problem("direction") }
        return GroupMember(flow: flow, direction: direction)
    }

    private func side(_ name: String) throws(JournalCodec.Problem) -> Side {
        guard let side = sides[name], let first = side.members.first?.switchID, side.trunkEnds.count.isMultiple(of: 2) else {
            throw problem(name)
        }
        if side.members.count == 1 { return Side(switchID: first, hostPorts: side.members[0].ports, neighbour: side.neighbour) }
        var members: [Side.Member] = []
        for member in side.members {
            guard let id = member.switchID else { throw problem(name) }
            members.append(Side.Member(switchID: id, hostPorts: member.ports))
        }
        var ends: [Side.Trunk.End] = []
        for end in side.trunkEnds {
            guard let id = end.switchID, let port = end.port else { throw problem(name) }
            ends.append(Side.Trunk.End(switchID: id, port: port))
        }
        let trunks = stride(from: 0, to: ends.count, by: 2).map { Side.Trunk(ends[$0], ends[$0 + 1]) }
        return Side(members: members, trunks: trunks)
    }

    private func attachment(_ name: String) throws(JournalCodec.Problem) -> Attachment {
        guard let side = sides[name], let port = side.place.port, let mac = side.mac else { throw problem(name) }
        return Attachment(switchID: side.place.switchID, port: port, address: MACAddress(bits: mac & 0xFFFF_FFFF_FFFF))
    }

    private func arm(_ name: String) throws(JournalCodec.Problem) -> Arm? {
        guard texts[name] != nil else { return nil }
        let frame = try bytes(name)
        let decoded = try? ControlFrame(decoding: frame.span.bytes)
        guard case .arm(let arm)? = decoded?.message else { throw problem(name) }
        return arm
    }

    private func match(_ name: String) throws(JournalCodec.Problem) -> FlowMatch {
        guard let match = try? Match(bytes: try bytes(name)), let flows = try? FlowMatch(match.fields) else { throw problem(name) }
        return flows
    }

    private func bytes(_ name: String) throws(JournalCodec.Problem) -> [UInt8] {
        let digits = try text(name).utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == texts[name]?.utf8.count, digits.count.isMultiple(of: 2) else { throw problem(name) }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private func named<T: RawRepresentable<String>>(_ name: String) throws(JournalCodec.Problem) -> T {
        guard let value = T(rawValue: try text(name)) else { throw problem(name) }
        return value
    }

    private func namedIfThere<T: RawRepresentable<String>>(_ name: String) throws(JournalCodec.Problem) -> T? {
        texts[name] == nil ? nil : try named(name)
    }

    private func text(_ name: String) throws(JournalCodec.Problem) -> String {
        guard let text = texts[name] else { throw problem(name) }
        return text
    }

    private func number<T: FixedWidthInteger>(_ name: String) throws(JournalCodec.Problem) -> T {
        guard let number = numbers[name].flatMap({ T(exactly: $0) }) else { throw problem(name) }
        return number
    }

    private func optional<T: FixedWidthInteger>(_ name: String) throws(JournalCodec.Problem) -> T? {
        numbers[name] == nil ? nil : try number(name)
    }

    private func serial(_ name: String) throws(JournalCodec.Problem) -> Serial { Serial(try number(name)) }
    private func count(_ name: String) throws(JournalCodec.Problem) -> Int { try number(name) }
    private func truth(_ name: String) throws(JournalCodec.Problem) -> Bool { try number(name) as UInt64 != 0 }

    private func span(_ name: String) throws(JournalCodec.Problem) -> TimeSpan { TimeSpan(nanoseconds: try number(name)) }

    private func problem(_ field: String) -> JournalCodec.Problem {
        JournalCodec.Problem(description: "\"\(field)\" is missing or makes no sense")
    }
}

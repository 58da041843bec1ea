import ControlFrames
import Frames
import HandoverEngine
import JSONLines
import OpenFlow

extension JSONWriter {
    mutating func add(_ group: Group) {
        add("entry", "group")
        add("id", group.id)
        add("ingress", group.ingress)
        add("egress", group.egress)
        add("default", group.fallback?.value)
    }

    private mutating func add(_ name: StaticString, _ side: Side) {
        beginObject(name)
        add("neighbour", side.neighbour)
        beginArray("members")
        for member in side.members {
            beginObject()
            add("switch", member.switchID)
            beginArray("ports")
            for port in member.hostPorts {
                beginObject()
                add(port)
                endObject()
            }
            endArray()
            endObject()
        }
        endArray()
        beginArray("trunks")
        for trunk in side.trunks {
            // Its ends, one after the other.
            for end in [trunk.first, trunk.second] {
                beginObject()
                add("switch", end.switchID)
                add(end.port)
                endObject()
            }
        }
        endArray()
        endObject()
    }

    private mutating func add(_ port: PortReference) {
        switch port {
        case .name(let name): add("name", name)
        case .number(let number): add("number", number)
        }
    }

    mutating func add(_ vnf: VNF) {
        add("entry", "vnf")
        add("id", String(vnf.id.value))
        add("group", vnf.group)
        for (name, attachment) in [("ingress" as StaticString, vnf.ingress), ("egress", vnf.egress)] {
            beginObject(name)
            add("switch", attachment.switchID)
            add(attachment.port)
            add("mac", attachment.address.bits)
            endObject()
        }
        add("address", vnf.peerAddress)
    }

    mutating func add(_ rule: Rule) {
        add("entry", "rule")
        add("id", rule.name)
        add("rule", rule.id.value)
        add("group", rule.group)
        add("serial", rule.serial.value)
        let specification = rule.specification
        add("match", Match(flows: specification.match).bytes)
        if let reverse = specification.reverseMatch { add("reverseMatch", Match(flows: reverse).bytes) }
        add("priority", specification.priority)
        add("destination", specification.destination.value)
        add("bidirectional", specification.isBidirectional)
        add("askedMode", specification.mode?.rawValue)
        add("grouping", specification.grouping.rawValue)
        add("mode", rule.mode?.rawValue)
        add("modeReason", rule.modeReason)
        add("failure", rule.failure)
        add("drains", rule.drains?.value)
        add("steering", rule.steering.rawValue)
        add("maximumSilence", UInt64(clamping: specification.maximumSilence.nanoseconds))
        add("detectionLimit", UInt64(clamping: specification.detectionLimit.nanoseconds))
        switch rule.state {
        case .moving(let serial):
            add("state", "moving")
            add("relocation", serial.value)
        case .removing(let serial):
            add("state", "removing")
            add("relocation", serial.value)
        case .settled: add("state", "settled")
        case .removed: add("state", "removed")
        }
        add("detecting", rule.isDetecting)
        add("effective", rule.isEffective)
        if !rule.shadows.isEmpty { add("shadows", rule.shadows.sorted().map { String($0.value) }.joined(separator: " ")) }
        add("completed", UInt64(clamping: rule.handovers[.completed] ?? 0))
        add("aborted", UInt64(clamping: rule.handovers[.aborted] ?? 0))
        add("failed", UInt64(clamping: rule.handovers[.failed] ?? 0))
        add("lost", UInt64(clamping: rule.lost))
    }

    mutating func add(_ note: RelocationNote) {
        add("entry", "relocation")
        add("serial", note.serial.value)
        add("rule", note.rule.value)
        add("mode", note.mode?.rawValue)
        add("state", note.phase.rawValue)
        add("earlier", note.earlier?.value)
        add("turns", note.turns?.rawValue)
    }

    mutating func add(_ note: HandoverNote) {
        add("entry", "began")
        add("serial", note.serial.value)
        add("handover", note.id.rawValue)
        add("kind", note.kind.rawValue)
        add("group", note.group)
        add("source", note.source.value)
        add("destination", note.destination.value)
        if let flow = note.forward { add("forwardFlow", flow) }
        if let flow = note.reverse { add("reverseFlow", flow) }
        add("named", note.named?.rawValue)
        add("heldUnder", note.heldUnder?.rawValue)
        add("heldFor", note.heldFor?.value)
        add("reportedForward", note.reported.contains(.forward))
        add("reportedReverse", note.reported.contains(.reverse))
        add("sample", note.sample)
        add("direction", note.sampleDirection.rawValue)
        add("rule", note.rule.value)
        add("relocation", note.relocation.value)
        add("record", note.record)
        add("startedAt", UInt64(clamping: note.startedAt.nanoseconds))
    }

    mutating func add(_ note: ArmingNote) {
        add("entry", "arming")
        add("serial", note.serial.value)
        add("handover", note.id.rawValue)
        add("group", note.group)
        add("vnf", note.vnf.value)
        // As control frames, which they were.
        if let arm = note.forward { add("forwardArm", arm.frame) }
        if let arm = note.reverse { add("reverseArm", arm.frame) }
        add("origin", note.origin.value)
        add("relocation", note.relocation.value)
        add("disarming", note.isDisarming)
    }

    mutating func add(_ note: GroupNote) {
        add("entry", "beganGroup")
        add("serial", note.serial.value)
        add("handover", note.id.rawValue)
        add("source", note.source.value)
        add("destination", note.destination.value)
        add("rule", note.rule.value)
        add("relocation", note.relocation.value)
        add("record", note.record)
        add("startedAt", UInt64(clamping: note.startedAt.nanoseconds))
        add("state", note.phase.rawValue)
        add("stateLost", note.isStateLost)
        add("incomplete", note.isIncomplete)
        add("reason", note.reason)
        add("turns", note.turns?.rawValue)
    }

    /// What has become of a member of a group.
    mutating func add(_ entry: String, _ serial: Serial, _ member: GroupMember) {
        add("entry", entry)
        add("serial", serial.value)
        add("direction", member.direction.rawValue)
        add("flow", member.flow)
    }

    private mutating func add(_ name: StaticString, _ truth: Bool) { add(name, truth ? 1 as UInt8 : 0) }

    /// Bytes in hexadecimal digits.
    private mutating func add(_ name: StaticString, _ content: [UInt8]) {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * content.count)
        for byte in content {
            digits.append(Self.digits[Int(byte >> 4)])
            digits.append(Self.digits[Int(byte & 15)])
        }
        add(name, String(decoding: digits, as: UTF8.self))
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

extension Arm {
    fileprivate var frame: [UInt8] {
        ControlFrame(source: .zero, destination: .zero, handover: HandoverID(rawValue: 0), message: .arm(self)).encoded()
    }
}

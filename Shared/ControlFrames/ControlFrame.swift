import Frames
import Wire

/// An Ethernet frame of EtherType 0x821c, by which the controller and the HSLs of both ends talk in the data plane.
///
/// All integers are big-endian: command u16, handover u16, length of all TLVs u32, then TLVs of type u16, length u16 and value.
/// What follows the length is padding.
public struct ControlFrame: Hashable, Sendable {
    /// The sender's Ethernet address.
    public var source: MACAddress
    /// The receiver's Ethernet address; all zeros for the controller.
    public var destination: MACAddress
    /// The handover that this is about.
    public var handover: HandoverID
    /// What is said.
    public var message: ControlMessage
    /// How many microseconds the agent that says it had been running, at least, or the most that can be said. It is said in an answer
    /// that counts what came, or precedes what is held, by a process that may have taken the place of another one which knew more.
    public var uptime: UInt32?
    /// Which process of the agent says it; nil for an agent that has no such number, and for the controller.
    public var process: ProcessNumber?

    /// A frame of all its parts.
    public init(
        source: MACAddress, destination: MACAddress, handover: HandoverID, message: ControlMessage, uptime: UInt32? = nil,
        process: ProcessNumber? = nil
    ) {
        self.source = source
        self.destination = destination
        self.handover = handover
        self.message = message
        self.uptime = uptime
        self.process = process
    }

    /// Whether an Ethernet frame is a control frame by its EtherType, whatever else it holds.
    public static func isControl(_ frame: RawSpan) -> Bool {
        frame.byteCount >= Size.ethernet
            && UInt16(bigEndian: frame.unsafeLoadUnaligned(fromByteOffset: Size.ethernet - 2, as: UInt16.self)) == EtherType.sharp
    }
}

extension ControlFrame {
    /// Whether a frame would be a control frame if it had no VLAN tags, as a switch sees it that matches the EtherType behind them.
    public static func isControlBehindTags(_ frame: RawSpan) -> Bool {
        var offset = Size.ethernet - 2
        while offset + 2 <= frame.byteCount {
            let type = UInt16(bigEndian: frame.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
            guard type == EtherType.vlan || type == EtherType.serviceVLAN else { return type == EtherType.sharp }
            offset += 4
        }
        return false
    }

    /// Reads an Ethernet frame (no preamble, no checksum). Whether it is sealed makes no difference: see ``ControlKey/open(_:)``.
    public init(decoding frame: RawSpan) throws(ControlFrameError) {
        self = try Self.decode(frame).frame
    }

    /// A frame and what was added to it for authentication.
    struct Decoded {
        let frame: ControlFrame
        let counter: UInt64?
        let endsWithTag: Bool
    }

    static func decode(_ frame: RawSpan) throws(ControlFrameError) -> Decoded {
        var reader = ByteReader(frame)
        let base = try Base(&reader)
        guard let command = Command(rawValue: base.command) else { throw .unknownCommand(base.command) }
        guard base.length <= reader.remaining else { throw .badLength }
        let body: RawSpan
        do { body = try reader.slice(Int(base.length)) } catch { throw .badLength }
        let tlvs = try TLVReader(body, repeated: command.repeatedTLV)
        let decoded = ControlFrame(
            source: base.source, destination: base.destination, handover: base.handover, message: try ControlMessage(command, tlvs),
            uptime: try tlvs.value(.uptime), process: try tlvs.value(.process).map(ProcessNumber.init(rawValue:)))
        return Decoded(
            frame: decoded, counter: (try? tlvs.value(.counter)) ?? nil, endsWithTag: tlvs.ends(with: .tag, count: Size.tag))
    }

    /// The bytes up to the end of the TLVs, which are not looked at, nor is the command.
    static func withoutPadding(_ frame: RawSpan) throws(ControlFrameError) -> [UInt8] {
        var reader = ByteReader(frame)
        let base = try Base(&reader)
        guard base.length <= reader.remaining else { throw .badLength }
        return [UInt8](copying: frame.extracting(0..<reader.offset + Int(base.length)))
    }

    /// Whether the header of a tag stands where a sealed frame's stands.
    static func looksSealed(_ bytes: [UInt8]) -> Bool {
        let header = bytes.suffix(Size.tlv + Size.tag).prefix(Size.tlv)
        return header.elementsEqual([0, UInt8(TLVType.tag.rawValue), 0, UInt8(Size.tag)])
    }

    /// What stands before the TLVs.
    private struct Base {
        let destination: MACAddress
        let source: MACAddress
        let command: UInt16
        let handover: HandoverID
        let length: UInt32

        init(_ reader: inout ByteReader) throws(ControlFrameError) {
            let type: UInt16
            do {
                destination = try reader.readMAC()
                source = try reader.readMAC()
                type = try reader.read()
            } catch { throw .truncated }
            guard type == EtherType.sharp else { throw .notControl }
            do {
                command = try reader.read()
                handover = HandoverID(rawValue: try reader.read())
                length = try reader.read()
            } catch { throw .truncated }
        }
    }
}

extension ControlMessage {
    fileprivate init(_ command: Command, _ tlvs: borrowing TLVReader) throws(ControlFrameError) {
        switch command {
        case .startSource: self = .startSource(try tlvs.start())
        case .startDestination: self = .startDestination(try tlvs.start())
        case .startAck: self = .startAck(received: try tlvs.value(.count))
        case .followUp: self = .followUp
        case .releaseFinished: self = .releaseFinished(count: try tlvs.required(.count))
        case .releaseFinishedAck: self = .releaseFinishedAck
        case .handoverFinished: self = .handoverFinished(try tlvs.usage(), flow: try tlvs.flowIfNamed())
        case .handoverFinishedAck: self = .handoverFinishedAck(flow: try tlvs.flowIfNamed())
        case .fence: self = .fence(flow: try tlvs.flowIfNamed())
        case .fenceAck: self = .fenceAck(stragglers: try tlvs.required(.count), flow: try tlvs.flowIfNamed())
        case .abort: self = .abort(reason: try tlvs.text(.reason) ?? "")
        case .abortAck: self = .abortAck(refusal: try tlvs.text(.reason))
        case .resend:
            let sequences = try tlvs.all(.sequence)
            guard !sequences.isEmpty else { throw .missing(TLVType.sequence.rawValue) }
            self = .resend(sequences)
        case .transfer: self = .transfer(Peer(vnf: try tlvs.required(.vnfFrom), address: try tlvs.text(.peerAddress)))
        case .transferAck: self = .transferAck
        case .transport: self = .transport(try tlvs.wrapped())
        case .straggler: self = .straggler(try tlvs.wrapped())
        case .stragglerAck: self = .stragglerAck(sequence: try tlvs.required(.sequence))
        case .arm: self = .arm(try tlvs.arm())
        case .armAck: self = .armAck
        case .seen: self = .seen(Seen(flow: try tlvs.flow(), sample: try tlvs.bytes(.wrappedFrame)))
        case .seenAck: self = .seenAck(try tlvs.seenAck())
        case .sync: self = .sync(Sync(flow: try tlvs.flowIfNamed(), count: try tlvs.required(.count)))
        case .syncAck: self = .syncAck(flow: try tlvs.flowIfNamed())
        case .frozen: self = .frozen
        case .freezing: self = .freezing
        case .fencing: self = .fencing
        case .disarm: self = .disarm
        case .disarmAck: self = .disarmAck
        case .mirror: self = .mirror(try tlvs.flow())
        case .mirrorAck: self = .mirrorAck
        case .hello: self = .hello
        case .helloAck: self = .helloAck(Capabilities(rawValue: try tlvs.required(.capabilities)))
        }
    }
}

extension Command {
    /// The TLV of which there may be several.
    fileprivate var repeatedTLV: TLVType? {
        switch self {
        case .resend: .sequence
        case .arm: .owner
        default: nil
        }
    }
}

extension TLVReader {
    fileprivate func start() throws(ControlFrameError) -> Start {
        let directions: UInt32 = try value(.count) ?? 1
        guard directions > 0 else { throw .badValue(TLVType.count.rawValue) }
        guard let awaitsState = Self.truth(try value(.awaitsState) ?? 0) else { throw .badValue(TLVType.awaitsState.rawValue) }
        guard let isRepeated = Self.truth(try value(.repeated) ?? 0) else { throw .badValue(TLVType.repeated.rawValue) }
        return Start(
            from: try required(.vnfFrom), to: try required(.vnfTo), subject: try subject(), directions: directions,
            peerAddress: try text(.peerAddress), straightTo: try address(.straightTo),
            heldUnder: try value(.heldUnder).map(HandoverID.init(rawValue:)), awaitsState: awaitsState, isRepeated: isRepeated)
    }

    fileprivate func wrapped() throws(ControlFrameError) -> WrappedFrame {
        let sequence: UInt32 = try required(.sequence)
        var part: WrappedFrame.Part?
        if let packed: UInt32 = try value(.part) {
            let found = WrappedFrame.Part(index: UInt16(truncatingIfNeeded: packed >> 16), of: UInt16(truncatingIfNeeded: packed))
            guard found.index < found.of else { throw .badValue(TLVType.part.rawValue) }
            part = found
        }
        let wrapped = WrappedFrame(sequence: sequence, part: part, bytes: try bytes(.wrappedFrame))
        // No frame is divided into nothing, and a lost one has no parts.
        guard part == nil || !wrapped.bytes.isEmpty else { throw .badValue(TLVType.wrappedFrame.rawValue) }
        return wrapped
    }

    fileprivate func usage() throws(ControlFrameError) -> BufferUsage? {
        guard var reader = try reader(.bufferUsage, count: 16) else { return nil }
        do {
            return BufferUsage(packets: try reader.read(), bytes: try reader.read(), peakPackets: try reader.read())
        } catch { throw .badValue(TLVType.bufferUsage.rawValue) }
    }
}

extension ControlFrame {
    /// The frame as bytes, padded with zeros to the shortest Ethernet frame.
    ///
    /// Texts are cut to 255 bytes, RESEND to ``ControlMessage/resendLimit`` numbers, a wrapped frame to 65,535 bytes.
    public func encoded() -> [UInt8] {
        Self.padded(unpadded(counter: nil))
    }

    static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + repeatElement(0, count: max(0, Size.shortestFrame - bytes.count))
    }

    /// The frame up to the end of its TLVs; if there is a counter, that and a tag of zeros come last.
    func unpadded(counter: UInt64?) -> [UInt8] {
        var writer = ByteWriter(capacity: Size.shortestFrame + message.sizeHint)
        writer.write(destination)
        writer.write(source)
        writer.write(EtherType.sharp)
        writer.write(message.command.rawValue)
        writer.write(handover.rawValue)
        let lengthOffset = writer.count
        writer.write(UInt32(0))
        let start = writer.count
        message.write(to: &writer)
        if let uptime { writer.write(.uptime, uptime) }
        if let process { writer.write(.process, process.rawValue) }
        if let counter { writer.writeAuthentication(counter: counter) }
        writer.patch(UInt32(writer.count - start), at: lengthOffset)
        return writer.bytes
    }
}

extension ControlMessage {
    fileprivate var command: Command {
        switch self {
        case .startSource: .startSource
        case .startDestination: .startDestination
        case .startAck: .startAck
        case .followUp: .followUp
        case .releaseFinished: .releaseFinished
        case .releaseFinishedAck: .releaseFinishedAck
        case .handoverFinished: .handoverFinished
        case .handoverFinishedAck: .handoverFinishedAck
        case .fence: .fence
        case .fenceAck: .fenceAck
        case .abort: .abort
        case .abortAck: .abortAck
        case .resend: .resend
        case .transfer: .transfer
        case .transferAck: .transferAck
        case .transport: .transport
        case .straggler: .straggler
        case .stragglerAck: .stragglerAck
        case .arm: .arm
        case .armAck: .armAck
        case .seen: .seen
        case .seenAck: .seenAck
        case .sync: .sync
        case .syncAck: .syncAck
        case .frozen: .frozen
        case .freezing: .freezing
        case .fencing: .fencing
        case .disarm: .disarm
        case .disarmAck: .disarmAck
        case .mirror: .mirror
        case .mirrorAck: .mirrorAck
        case .hello: .hello
        case .helloAck: .helloAck
        }
    }

    fileprivate var sizeHint: Int {
        switch self {
        case .transport(let frame), .straggler(let frame): frame.bytes.count + Size.authentication
        default: Size.authentication
        }
    }

    fileprivate func write(to writer: inout ByteWriter) {
        switch self {
        case .followUp, .releaseFinishedAck, .transferAck, .armAck, .frozen, .freezing, .fencing, .disarm, .disarmAck, .mirrorAck,
            .hello:
            break
        case .startAck(let received):
            if let received { writer.write(.count, received) }
        case .abortAck(let refusal):
            if let refusal { writer.write(.reason, refusal) }
        case .startSource(let start), .startDestination(let start):
            writer.write(.vnfFrom, start.from)
            writer.write(.vnfTo, start.to)
            writer.write(start.subject)
            writer.write(.count, start.directions)
            if let address = start.peerAddress { writer.write(.peerAddress, address) }
            if let address = start.straightTo { writer.write(.straightTo, address) }
            if let arming = start.heldUnder { writer.write(.heldUnder, arming.rawValue) }
            if start.awaitsState { writer.write(.awaitsState, UInt8(1)) }
            if start.isRepeated { writer.write(.repeated, UInt8(1)) }
        case .releaseFinished(let count):
            writer.write(.count, count)
        case .fence(let flow), .handoverFinishedAck(let flow), .syncAck(let flow):
            if let flow { writer.write(flow) }
        case .fenceAck(let stragglers, let flow):
            if let flow { writer.write(flow) }
            writer.write(.count, stragglers)
        case .handoverFinished(let usage, let flow):
            if let flow { writer.write(flow) }
            if let usage { writer.write(usage) }
        case .abort(let reason):
            writer.write(.reason, reason)
        case .resend(let sequences):
            for sequence in sequences.prefix(ControlMessage.resendLimit) { writer.write(.sequence, sequence) }
        case .transfer(let peer):
            writer.write(.vnfFrom, peer.vnf)
            if let address = peer.address { writer.write(.peerAddress, address) }
        case .transport(let frame), .straggler(let frame):
            writer.write(frame)
        case .stragglerAck(let sequence):
            writer.write(.sequence, sequence)
        case .arm(let arm):
            writer.write(arm)
        case .seen(let seen):
            writer.write(seen.flow)
            writer.write(.wrappedFrame, seen.sample)
        case .mirror(let flow):
            writer.write(flow)
        case .seenAck(let answer):
            writer.write(answer)
        case .helloAck(let capabilities):
            writer.write(.capabilities, capabilities.rawValue)
        case .sync(let sync):
            if let flow = sync.flow { writer.write(flow) }
            writer.write(.count, sync.count)
        }
    }
}

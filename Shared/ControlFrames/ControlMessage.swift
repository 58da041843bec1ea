import Frames

/// What a control frame says (paper, Section 3.4, with the commands that real switches made necessary).
public enum ControlMessage: Hashable, Sendable {
    /// To the source: freeze the flow, and return to the controller what still arrives.
    case startSource(Start)
    /// To the destination: hold the flow from now on.
    case startDestination(Start)
    /// From either end: START was carried out. A destination says how many TRANSPORT numbers it knows of on this interface: the
    /// highest it has seen and one, so that a restarted controller goes on numbering there.
    case startAck(received: UInt32?)
    /// The paper's test frame behind the controller's buffer; it ends nothing here.
    case followUp
    /// To the destination: so many TRANSPORT frames were sent on this interface, and no more will come. In direct mode the number is the
    /// largest, and means: the source is gone, so whatever stragglers came are all.
    case releaseFinished(count: UInt32)
    /// From the destination: all of them are here.
    case releaseFinishedAck
    /// From the destination: frames pass straight through again, in a group handover those of the flow that is named. To the source:
    /// the direction is closed, stop intercepting. To the destination of a group handover: all its flows are known.
    case handoverFinished(BufferUsage?, flow: FlowKey? = nil)
    /// HANDOVER_FINISHED was received; the flow is the one that it named.
    case handoverFinishedAck(flow: FlowKey? = nil)
    /// To the source: everything that the old rule sent here, in a group handover of the flow that is named, lies before this frame.
    case fence(flow: FlowKey? = nil)
    /// From the source: so many stragglers were returned before the fence; the flow is the one that the fence named.
    case fenceAck(stragglers: UInt32, flow: FlowKey? = nil)
    /// From an end: the handover cannot go on. To an end: it will not.
    case abort(reason: String)
    /// ABORT was received. With a reason it is refused: the state is in place, and the handover goes on.
    case abortAck(refusal: String?)
    /// These TRANSPORT or STRAGGLER frames are missing; at most ``resendLimit`` at a time.
    case resend([UInt32])
    /// To the destination: fetch the state.
    case transfer(Peer)
    /// TRANSFER was received; after a START that awaits the state, also that it is in place.
    case transferAck
    /// To the destination: a frame that the controller buffered, or the news that it is lost (``WrappedFrame/isTombstone``).
    case transport(WrappedFrame)
    /// From the source: a frame that arrived after START. It goes to the controller, or in direct mode to the destination.
    case straggler(WrappedFrame)
    /// The straggler was received.
    case stragglerAck(sequence: UInt32)
    /// To the destination, in direct mode: hold what comes on this interface and is not yours. The frame names the arming.
    case arm(Arm)
    /// From the destination: everything that the arming covers is held from now on.
    case armAck
    /// From the destination: a flow is held under the arming that nobody has named yet.
    case seen(Seen)
    /// To the destination: what becomes of a flow that was seen.
    case seenAck(SeenAck)
    /// From the source's HSL to the destination's: how many stragglers there are.
    case sync(Sync)
    /// From the destination's HSL to the source's: all stragglers that SYNC counted are here; the flow is the one that SYNC named.
    case syncAck(flow: FlowKey? = nil)
    /// From the source's HSL to the destination's, out of every interface: the VNF has frozen the state, and this lies behind all that it
    /// has sent out there. The destination need not wait until the controller says the same with TRANSFER; so nobody answers it.
    case frozen
    /// From the source, to a START that is repeated: its VNF was told, and has not said yet that it has frozen the state.
    case freezing
    /// From the source, to a FENCE: the destination's HSL has not got all stragglers, and has asked for some since this was said last.
    case fencing
    /// To the destination: hold nothing new under the arming.
    case disarm
    /// DISARM was received.
    case disarmAck
    /// From the source: its VNF has named the flow's other direction, which enters on this interface.
    case mirror(FlowKey)
    /// MIRROR was received.
    case mirrorAck
    /// To an instance: say what you can. It is about no handover, and so is its answer: both carry ``HandoverID/none``.
    case hello
    /// From an instance: what it can. It says so when it is asked, and once when it starts.
    case helloAck(Capabilities)

    /// What ABORT says when an agent knows nothing of the handover that a frame names: it has started anew.
    public static let unknownHandover = "unknown handover"

    /// How many sequence numbers one RESEND names at most, so that it fits any link of MTU 1,280 and more. Encoding leaves out
    /// the rest: whoever is missing frames asks again.
    public static let resendLimit = 150
}

/// The VNF at the other end of a handover.
public struct Peer: Hashable, Sendable {
    /// In TRANSFER: no instance has the state any more, and the destination goes on with what it has.
    public static let nobody = Peer(vnf: 0)

    /// Its number.
    public var vnf: UInt16
    /// Where it is reached on the management network, up to 255 bytes of UTF-8.
    public var address: String?

    /// A VNF and its address.
    public init(vnf: UInt16, address: String? = nil) {
        self.vnf = vnf
        self.address = address
    }
}

/// A data frame on its way through the control path: all of it, or one part.
public struct WrappedFrame: Hashable, Sendable {
    /// Which part of a frame this is.
    public struct Part: Hashable, Sendable {
        /// The part's place, from 0.
        public var index: UInt16
        /// How many parts there are.
        public var of: UInt16

        /// Part `index` of `of`.
        public init(index: UInt16, of: UInt16) {
            self.index = index
            self.of = of
        }
    }

    /// The frame's number within its handover and direction, from 0.
    public var sequence: UInt32
    /// Which part this is; nil for a whole frame.
    public var part: Part?
    /// The frame's or the part's bytes, without the checksum.
    public var bytes: [UInt8]

    /// A frame or a part of one.
    public init(sequence: UInt32, part: Part? = nil, bytes: [UInt8]) {
        self.sequence = sequence
        self.part = part
        self.bytes = bytes
    }

    /// Stands in a TRANSPORT for a frame that is lost, so that those behind it need not wait: the controller that had it has died.
    public static func tombstone(_ sequence: UInt32) -> WrappedFrame {
        WrappedFrame(sequence: sequence, bytes: [])
    }

    /// Whether this stands for a frame that is lost: it is whole, and empty.
    public var isTombstone: Bool { part == nil && bytes.isEmpty }
}

/// What the destination's HSL buffered for one direction of a handover.
public struct BufferUsage: Hashable, Sendable {
    /// Packets that had to wait.
    public var packets: UInt32
    /// Their bytes.
    public var bytes: UInt64
    /// The most packets that waited at one time.
    public var peakPackets: UInt32

    /// The three counts.
    public init(packets: UInt32, bytes: UInt64, peakPackets: UInt32) {
        self.packets = packets
        self.bytes = bytes
        self.peakPackets = peakPackets
    }
}

import Frames
import Wire

/// A port of the switch (OpenFlow 1.3.5, Section 7.2.1).
public struct PortDescription: Hashable, Sendable {
    /// The number by which the port is addressed.
    public var number: UInt32
    /// The port's Ethernet address.
    public var hardwareAddress: MACAddress
    /// The port's name, up to 15 bytes.
    public var name: String
    /// What was configured (OFPPC_…).
    public var config: UInt32
    /// How it is (OFPPS_…).
    public var state: UInt32
    /// The speeds and media in use (OFPPF_…).
    public var current: UInt32
    /// The speeds and media that the port advertises (OFPPF_…).
    public var advertised: UInt32
    /// The speeds and media that the port supports (OFPPF_…).
    public var supported: UInt32
    /// The speeds and media that the other end advertises (OFPPF_…).
    public var peer: UInt32
    /// The bit rate in use, kbit/s.
    public var currentSpeed: UInt32
    /// The highest bit rate, kbit/s.
    public var maxSpeed: UInt32

    /// Whether the link is there and nobody has taken the port down.
    public var isUp: Bool { config & 1 == 0 && state & 1 == 0 }

    static let byteCount = 64

    /// A port.
    public init(
        number: UInt32, hardwareAddress: MACAddress, name: String, config: UInt32 = 0, state: UInt32 = 0, current: UInt32 = 0,
        advertised: UInt32 = 0, supported: UInt32 = 0, peer: UInt32 = 0, currentSpeed: UInt32 = 0, maxSpeed: UInt32 = 0
    ) {
        self.number = number
        self.hardwareAddress = hardwareAddress
        self.name = name
        self.config = config
        self.state = state
        self.current = current
        self.advertised = advertised
        self.supported = supported
        self.peer = peer
        self.currentSpeed = currentSpeed
        self.maxSpeed = maxSpeed
    }

    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        var port = try reader.part(Self.byteCount, of: .port)
        number = try port.next()
        try port.skip(4)
        hardwareAddress = MACAddress(bits: try port.next48())
        try port.skip(2)
        name = try port.text(16)
        config = try port.next()
        state = try port.next()
        current = try port.next()
        advertised = try port.next()
        supported = try port.next()
        peer = try port.next()
        currentSpeed = try port.next()
        maxSpeed = try port.next()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(number)
        writer.pad(4)
        writer.write(hardwareAddress)
        writer.pad(2)
        writer.write(name, in: 16)
        for word in [config, state, current, advertised, supported, peer, currentSpeed, maxSpeed] { writer.write(word) }
    }
}

/// A port was added, removed or changed (OpenFlow 1.3.5, Section 7.4.3).
public struct PortStatus: Hashable, Sendable {
    /// What happened to the port (OFPPR_…); numbers without a name are kept.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        /// The number as in the message.
        public let rawValue: UInt8
        /// The reason of that number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The port is new.
        public static let add = Reason(rawValue: 0)
        /// The port is gone.
        public static let delete = Reason(rawValue: 1)
        /// The port has changed.
        public static let modify = Reason(rawValue: 2)
    }

    /// What happened.
    public var reason: Reason
    /// The port as it is now, or as it was.
    public var port: PortDescription

    /// What happened to a port.
    public init(reason: Reason, port: PortDescription) {
        self.reason = reason
        self.port = port
    }

    init(_ body: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(body, of: .portStatus)
        reason = Reason(rawValue: try reader.next())
        try reader.skip(7)
        port = try PortDescription(&reader)
        try reader.finish()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(reason.rawValue)
        writer.pad(7)
        port.encode(into: &writer)
    }
}

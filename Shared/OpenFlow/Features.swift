import Wire

/// The datapath's identity and abilities (OpenFlow 1.3.5, Section 7.3.1).
public struct FeaturesReply: Hashable, Sendable {
    /// The number that names the switch; its low 48 bits are a MAC address by custom.
    public var datapathID: UInt64
    /// How many packets the switch can keep for the controller.
    public var bufferCount: UInt32
    /// How many flow tables there are.
    public var tableCount: UInt8
    /// Zero on the main connection.
    public var auxiliaryID: UInt8
    /// What the switch can do (OFPC_…).
    public var capabilities: UInt32

    /// A switch's identity and abilities.
    public init(datapathID: UInt64, bufferCount: UInt32 = 0, tableCount: UInt8, auxiliaryID: UInt8 = 0, capabilities: UInt32 = 0) {
        self.datapathID = datapathID
        self.bufferCount = bufferCount
        self.tableCount = tableCount
        self.auxiliaryID = auxiliaryID
        self.capabilities = capabilities
    }

    init(_ body: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(body, of: .featuresReply)
        datapathID = try reader.next()
        bufferCount = try reader.next()
        tableCount = try reader.next()
        auxiliaryID = try reader.next()
        try reader.skip(2)
        capabilities = try reader.next()
        try reader.skip(4)
        try reader.finish()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(datapathID)
        writer.write(bufferCount)
        writer.write(tableCount)
        writer.write(auxiliaryID)
        writer.pad(2)
        writer.write(capabilities)
        writer.pad(4)
    }
}

/// How the switch treats fragments and how much of a packet it sends up (OpenFlow 1.3.5, Section 7.3.2).
public struct SwitchConfiguration: Hashable, Sendable {
    /// What happens to IP fragments (OFPC_FRAG_…).
    public var flags: UInt16
    /// How many bytes of a packet that matched no entry are sent up; 0xFFFF asks for all of it.
    public var missSendLength: UInt16

    /// A configuration; by default fragments are treated as any packet, and packets are sent up whole.
    public init(flags: UInt16 = 0, missSendLength: UInt16 = .max) {
        self.flags = flags
        self.missSendLength = missSendLength
    }

    init(_ body: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(body, of: .configuration)
        flags = try reader.next()
        missSendLength = try reader.next()
        try reader.finish()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(flags)
        writer.write(missSendLength)
    }
}

/// A vendor's message (OpenFlow 1.3.5, Section 7.5.4).
public struct Experimenter: Hashable, Sendable {
    /// Who defines it.
    public var experimenter: UInt32
    /// What it is, by that vendor.
    public var type: UInt32
    /// Its content.
    public var data: [UInt8]

    /// A vendor's message.
    public init(experimenter: UInt32, type: UInt32, data: [UInt8]) {
        self.experimenter = experimenter
        self.type = type
        self.data = data
    }

    init(_ body: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(body, of: .experimenter)
        experimenter = try reader.next()
        type = try reader.next()
        data = reader.rest()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(experimenter)
        writer.write(type)
        writer.write(data)
    }
}

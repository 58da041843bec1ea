import Wire

/// A packet that the controller hands to the switch (OpenFlow 1.3.5, Section 7.3.7).
public struct PacketOut: Hashable, Sendable {
    /// A packet that the switch keeps; none when ``data`` holds it.
    public var bufferID: UInt32
    /// The port that the packet counts as come in by: a port of the switch, or ``PortNumber/controller``.
    public var inPort: UInt32
    /// What is done with it.
    public var actions: [Action]
    /// The Ethernet frame.
    public var data: [UInt8]

    /// A packet with what to do with it.
    public init(bufferID: UInt32 = BufferNumber.none, inPort: UInt32, actions: [Action], data: [UInt8]) {
        self.bufferID = bufferID
        self.inPort = inPort
        self.actions = actions
        self.data = data
    }

    init(_ body: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(body, of: .packetOut)
        bufferID = try reader.next()
        inPort = try reader.next()
        let length = Int(try reader.next(UInt16.self))
        try reader.skip(6)
        var list = try reader.part(length, of: .action)
        actions = try Action.list(&list)
        data = reader.rest()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(bufferID)
        writer.write(inPort)
        let length = writer.count
        writer.write(UInt16(0))
        writer.pad(6)
        let start = writer.count
        for action in actions { action.encode(into: &writer) }
        writer.patch(UInt16(truncatingIfNeeded: writer.count - start), at: length)
        writer.write(data)
    }
}

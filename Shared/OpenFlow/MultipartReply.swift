import Wire

/// A part of the answer to a ``MultipartRequest`` (OpenFlow 1.3.5, Section 7.3.5).
public struct MultipartReply: Hashable, Sendable {
    /// What is answered.
    public enum Body: Hashable, Sendable {
        /// Who made the switch.
        case description(SwitchDescription)
        /// Flow entries with their counters.
        case flow([FlowStatistics])
        /// The sums of flow entries' counters.
        case aggregate(AggregateStatistics)
        /// The tables' counters.
        case table([TableStatistics])
        /// The ports' counters.
        case portStatistics([PortStatistics])
        /// The ports.
        case portDescription([PortDescription])
        /// Something that is not modelled, with the bytes behind the padding.
        case other(type: UInt16, body: [UInt8])
    }

    /// Whether more replies of the same transaction follow.
    public var more: Bool
    /// What is answered.
    public var body: Body

    /// A reply; by default the last of its transaction.
    public init(_ body: Body, more: Bool = false) {
        self.body = body
        self.more = more
    }

    init(_ bytes: RawSpan) throws(OpenFlowError) {
        var reader = MessageReader(bytes, of: .multipart)
        let type: UInt16 = try reader.next()
        more = try reader.next(UInt16.self) & 1 == 1
        try reader.skip(4)
        switch type {
        case MultipartType.description: body = .description(try SwitchDescription(&reader))
        case MultipartType.flow:
            var entries: [FlowStatistics] = []
            while reader.remaining > 0 { entries.append(try FlowStatistics(&reader)) }
            body = .flow(entries)
        case MultipartType.aggregate: body = .aggregate(try AggregateStatistics(&reader))
        case MultipartType.table:
            var tables: [TableStatistics] = []
            while reader.remaining > 0 { tables.append(try TableStatistics(&reader)) }
            body = .table(tables)
        case MultipartType.portStatistics:
            var ports: [PortStatistics] = []
            while reader.remaining > 0 { ports.append(try PortStatistics(&reader)) }
            body = .portStatistics(ports)
        case MultipartType.portDescription:
            var ports: [PortDescription] = []
            while reader.remaining > 0 { ports.append(try PortDescription(&reader)) }
            body = .portDescription(ports)
        default: body = .other(type: type, body: reader.rest())
        }
        try reader.finish()
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(type)
        writer.write(UInt16(more ? 1 : 0))
        writer.pad(4)
        switch body {
        case .description(let description): description.encode(into: &writer)
        case .flow(let entries): for entry in entries { entry.encode(into: &writer) }
        case .aggregate(let sums): sums.encode(into: &writer)
        case .table(let tables): for table in tables { table.encode(into: &writer) }
        case .portStatistics(let ports): for port in ports { port.encode(into: &writer) }
        case .portDescription(let ports): for port in ports { port.encode(into: &writer) }
        case .other(_, let body): writer.write(body)
        }
    }

    private var type: UInt16 {
        switch body {
        case .description: MultipartType.description
        case .flow: MultipartType.flow
        case .aggregate: MultipartType.aggregate
        case .table: MultipartType.table
        case .portStatistics: MultipartType.portStatistics
        case .portDescription: MultipartType.portDescription
        case .other(let type, _): type
        }
    }
}

/// Who made the switch (OpenFlow 1.3.5, Section 7.3.5.1). Texts are cut to what the message has room for.
public struct SwitchDescription: Hashable, Sendable {
    /// The manufacturer, up to 255 bytes.
    public var manufacturer: String
    /// The hardware, up to 255 bytes.
    public var hardware: String
    /// The software, up to 255 bytes.
    public var software: String
    /// The serial number, up to 31 bytes.
    public var serialNumber: String
    /// What people call the datapath, up to 255 bytes.
    public var datapath: String

    /// A switch's description.
    public init(manufacturer: String, hardware: String, software: String, serialNumber: String, datapath: String) {
        self.manufacturer = manufacturer
        self.hardware = hardware
        self.software = software
        self.serialNumber = serialNumber
        self.datapath = datapath
    }

    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        manufacturer = try reader.text(256)
        hardware = try reader.text(256)
        software = try reader.text(256)
        serialNumber = try reader.text(32)
        datapath = try reader.text(256)
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(manufacturer, in: 256)
        writer.write(hardware, in: 256)
        writer.write(software, in: 256)
        writer.write(serialNumber, in: 32)
        writer.write(datapath, in: 256)
    }
}

import Frames
import Wire

/// One field of a match as it stands on the wire (OpenFlow 1.3.5, Section 7.2.3.2).
public struct RawOXM: Hashable, Sendable {
    /// Who defines the field; 0x8000 is OpenFlow itself.
    public let oxmClass: UInt16
    /// The field's number in its class, 0…127.
    public let field: UInt8
    /// Whether the second half of the payload is a mask.
    public let hasMask: Bool
    /// Value and mask, at most 255 bytes.
    public let payload: [UInt8]

    /// A field; nil when the number or the payload does not fit into an OXM header.
    public init?(oxmClass: UInt16, field: UInt8, hasMask: Bool, payload: [UInt8]) {
        guard field <= 0x7F, payload.count <= 0xFF else { return nil }
        self.init(OXMHeader(oxmClass: oxmClass, field: field, hasMask: hasMask, length: payload.count), payload)
    }

    init(_ header: OXMHeader, _ payload: [UInt8]) {
        oxmClass = header.oxmClass
        field = header.field
        hasMask = header.hasMask
        self.payload = payload
    }

    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        let header = try OXMHeader(&reader)
        var payload = try reader.part(header.length, of: .oxm)
        self.init(header, payload.rest())
    }

    var header: OXMHeader { OXMHeader(oxmClass: oxmClass, field: field, hasMask: hasMask, length: payload.count) }

    func encode(into writer: inout ByteWriter) {
        header.encode(into: &writer)
        writer.write(payload)
    }
}

/// The four bytes before a field's value.
struct OXMHeader {
    static let basicClass: UInt16 = 0x8000

    let oxmClass: UInt16
    let field: UInt8
    let hasMask: Bool
    let length: Int
}

extension OXMHeader {
    init(_ reader: inout MessageReader) throws(OpenFlowError) {
        oxmClass = try reader.next()
        let fieldAndMask: UInt8 = try reader.next()
        field = fieldAndMask >> 1
        hasMask = fieldAndMask & 1 == 1
        length = Int(try reader.next(UInt8.self))
    }

    func encode(into writer: inout ByteWriter) {
        writer.write(oxmClass)
        writer.write(field << 1 | (hasMask ? 1 : 0))
        writer.write(UInt8(truncatingIfNeeded: length))
    }
}

/// The modelled fields of class 0x8000 (OpenFlow 1.3.5, Section 7.2.3.7). Their order is such that prerequisites come first.
enum OXMField {
    static let inPort: UInt8 = 0
    static let metadata: UInt8 = 2
    static let ethDestination: UInt8 = 3
    static let ethSource: UInt8 = 4
    static let etherType: UInt8 = 5
    static let vlan: UInt8 = 6
    static let vlanPriority: UInt8 = 7
    static let dscp: UInt8 = 8
    static let ecn: UInt8 = 9
    static let ipProtocol: UInt8 = 10
    static let ipv4Source: UInt8 = 11
    static let ipv4Destination: UInt8 = 12
    static let tcpSource: UInt8 = 13
    static let tcpDestination: UInt8 = 14
    static let udpSource: UInt8 = 15
    static let udpDestination: UInt8 = 16
    static let sctpSource: UInt8 = 17
    static let sctpDestination: UInt8 = 18
    static let icmpv4Type: UInt8 = 19
    static let icmpv4Code: UInt8 = 20
    static let arpOperation: UInt8 = 21
    static let arpSenderIP: UInt8 = 22
    static let arpTargetIP: UInt8 = 23
    static let arpSenderMAC: UInt8 = 24
    static let arpTargetMAC: UInt8 = 25
    static let ipv6Source: UInt8 = 26
    static let ipv6Destination: UInt8 = 27
    static let flowLabel: UInt8 = 28
    static let icmpv6Type: UInt8 = 29
    static let icmpv6Code: UInt8 = 30
    static let ndTarget: UInt8 = 31
    static let ndSourceMAC: UInt8 = 32
    static let ndTargetMAC: UInt8 = 33
}

/// A type that is a field's value.
protocol OXMValue: Hashable {
    static var byteCount: Int { get }
    init(_ reader: inout MessageReader) throws(OpenFlowError)
    func encode(into writer: inout ByteWriter)
}

extension OXMValue where Self: FixedWidthInteger & BitwiseCopyable {
    static var byteCount: Int { MemoryLayout<Self>.size }
    init(_ reader: inout MessageReader) throws(OpenFlowError) { self = try reader.next() }
    func encode(into writer: inout ByteWriter) { writer.write(self) }
}

extension UInt8: OXMValue {}
extension UInt16: OXMValue {}
extension UInt32: OXMValue {}
extension UInt64: OXMValue {}

extension MACAddress: OXMValue {
    static var byteCount: Int { 6 }
    init(_ reader: inout MessageReader) throws(OpenFlowError) { self.init(bits: try reader.next48()) }
    func encode(into writer: inout ByteWriter) { writer.write(self) }
}

extension IPv4Address: OXMValue {
    static var byteCount: Int { 4 }
    init(_ reader: inout MessageReader) throws(OpenFlowError) { self.init(bits: try reader.next()) }
    func encode(into writer: inout ByteWriter) { writer.write(self) }
}

extension IPv6Address: OXMValue {
    static var byteCount: Int { 16 }
    init(_ reader: inout MessageReader) throws(OpenFlowError) { self.init(high: try reader.next(), low: try reader.next()) }
    func encode(into writer: inout ByteWriter) { writer.write(self) }
}

extension FlowLabel: OXMValue {
    static var byteCount: Int { 4 }
    init(_ reader: inout MessageReader) throws(OpenFlowError) { self.init(bits: try reader.next()) }
    func encode(into writer: inout ByteWriter) { writer.write(bits) }
}

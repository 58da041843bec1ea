import Frames
import Wire

/// Writes one netlink request about connections.
struct AttributeWriter {
    private var writer = ByteWriter(capacity: 256)

    /// A request with its headers (`struct nlmsghdr`, `struct nfgenmsg`).
    init(type: UInt16, flags: UInt16, sequence: UInt32, family: UInt8) {
        writer.write(UInt32(0))
        writer.write(type.bigEndian)
        writer.write((Netlink.Flags.request | flags).bigEndian)
        writer.write(sequence.bigEndian)
        writer.write(UInt32(0))
        writer.write(family)
        writer.pad(3)
    }

    /// The request, its length filled in.
    func finished() -> [UInt8] {
        var finished = writer
        finished.patch(UInt32(writer.count).bigEndian, at: 0)
        return finished.bytes
    }

    /// Adds an attribute whose value is an integer in network order.
    mutating func add(_ type: UInt16, _ value: some FixedWidthInteger) {
        add(type) { $0.write(value) }
    }

    /// Adds an attribute whose value is an address.
    mutating func add(_ type: UInt16, _ address: IPv4Address) {
        add(type) { $0.write(address) }
    }

    /// Adds an attribute whose value is an address.
    mutating func add(_ type: UInt16, _ address: IPv6Address) {
        add(type) { $0.write(address) }
    }

    /// Adds an attribute of two bytes.
    mutating func add(_ type: UInt16, _ first: UInt8, _ second: UInt8) {
        add(type) { $0.write([first, second]) }
    }

    /// Adds an attribute that holds attributes.
    mutating func nest(_ type: UInt16, _ body: (inout AttributeWriter) -> Void) {
        let start = writer.count
        writer.write(UInt16(0))
        writer.write((type | Netlink.nested).bigEndian)
        body(&self)
        writer.patch(UInt16(writer.count - start).bigEndian, at: start)
    }

    private mutating func add(_ type: UInt16, _ value: (inout ByteWriter) -> Void) {
        let start = writer.count
        writer.write(UInt16(0))
        writer.write(type.bigEndian)
        value(&writer)
        writer.patch(UInt16(writer.count - start).bigEndian, at: start)
        writer.pad(from: start, to: 4)
    }
}

import Frames
import Wire

extension ByteWriter {
    mutating func write<T: FixedWidthInteger>(_ type: TLVType, _ value: T) {
        writeHeader(type, count: MemoryLayout<T>.size)
        write(value)
    }

    mutating func write(_ type: TLVType, _ address: MACAddress) {
        writeHeader(type, count: 6)
        write(address)
    }

    mutating func write(_ type: TLVType, _ address: IPv4Address) {
        write(type, address.bits)
    }

    mutating func write(_ type: TLVType, _ address: IPv6Address) {
        writeHeader(type, count: 16)
        write(address)
    }

    mutating func write(_ type: TLVType, _ bytes: [UInt8]) {
        writeHeader(type, count: bytes.count)
        write(bytes)
    }

    /// Appends as much of a text as a TLV may carry, cut between characters.
    mutating func write(_ type: TLVType, _ text: String) {
        var shortened = text
        while shortened.utf8.count > Size.longestText { shortened.removeLast() }
        writeHeader(type, count: shortened.utf8.count)
        write(shortened.utf8)
    }

    /// Appends a counter and a tag of zeros.
    mutating func writeAuthentication(counter: UInt64) {
        write(.counter, counter)
        writeHeader(.tag, count: Size.tag)
        pad(Size.tag)
    }

    mutating func write(_ frame: WrappedFrame) {
        write(.sequence, frame.sequence)
        if let part = frame.part { write(.part, UInt32(part.index) << 16 | UInt32(part.of)) }
        let count = min(frame.bytes.count, Int(UInt16.max))
        writeHeader(.wrappedFrame, count: count)
        write(frame.bytes.prefix(count))
    }

    mutating func write(_ usage: BufferUsage) {
        writeHeader(.bufferUsage, count: 16)
        write(usage.packets)
        write(usage.bytes)
        write(usage.peakPackets)
    }

    private mutating func writeHeader(_ type: TLVType, count: Int) {
        write(type.rawValue)
        write(UInt16(count))
    }
}

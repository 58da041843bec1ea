import CLinux
import Foundation
import Frames
import Shims
import SystemTestSupport

/// An end of the traffic: sends one batch of frames again and again, and counts what arrives.
protocol TrafficPort: AnyObject {
    /// Sends the batch once; returns how many frames it has.
    func send() -> Int
    /// Takes what waits; returns how many frames that were.
    func receive() -> Int
}

/// An interface, through an AF_PACKET ring.
final class InterfacePort: TrafficPort {
    let shim: any Shim
    private var outgoing: FrameBatch
    private var incoming = FrameBatch(slotSize: 0)

    init(_ interface: String, sending frames: [[UInt8]] = []) throws {
        shim = try ShimURL("packet:\(interface)").open()
        outgoing = FrameBatch(slotSize: 2_048)
        for frame in frames where !outgoing.append(copying: frame.span.bytes) { throw BenchFailure("a frame is too long") }
    }

    func send() -> Int {
        shim.transmit(outgoing)
        return outgoing.count
    }

    /// Sends other frames, in batches.
    func send(_ frames: some Collection<[UInt8]>) {
        var batch = FrameBatch(slotSize: 2_048)
        for frame in frames {
            _ = batch.append(copying: frame.span.bytes)
            guard batch.isFull else { continue }
            shim.transmit(batch)
            batch.removeAll()
        }
        shim.transmit(batch)
    }

    func receive() -> Int { receive { _ in } }

    /// Takes what waits, and shows it.
    func receive(_ look: (UnsafeRawBufferPointer) -> Void) -> Int {
        shim.receive(into: &incoming)
        for index in 0..<incoming.count { look(incoming[index]) }
        defer {
            incoming.removeAll()
            shim.release()
        }
        return incoming.count
    }
}

/// A function on a UNIX socket of messages.
final class MessagePort: TrafficPort {
    private let descriptor: CInt
    private var outgoing: [iovec] = []
    private var incoming: [iovec]
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 2 * 64 * 2_048, alignment: 64)

    init(_ path: String, sending frames: [[UInt8]]) throws {
        let descriptor = socket(AF_UNIX, CInt(SOCK_SEQPACKET.rawValue), 0)
        self.descriptor = descriptor
        incoming = []
        guard withUNIXAddress(path, { connect(descriptor, $0, $1) }) == 0 else { throw BenchFailure("\(path): nobody listens") }
        var size: CInt = 8 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        for (index, frame) in frames.prefix(64).enumerated() {
            let place = memory + index * 2_048
            place.copyMemory(from: frame, byteCount: frame.count)
            outgoing.append(iovec(iov_base: place, iov_len: frame.count))
        }
    }

    deinit {
        close(descriptor)
        memory.deallocate()
    }

    func send() -> Int {
        Int(max(0, clinux_send_frames(descriptor, outgoing, UInt32(outgoing.count))))
    }

    func receive() -> Int {
        incoming.removeAll(keepingCapacity: true)
        for index in 0..<64 { incoming.append(iovec(iov_base: memory + (64 + index) * 2_048, iov_len: 2_048)) }
        return Int(max(0, clinux_receive_frames(descriptor, &incoming, 64)))
    }
}

/// UDP packets in Ethernet frames, a flow a number.
enum BenchFrames {
    /// The flow of a number, as the agent knows it.
    static func flow(_ number: Int) -> FlowKey {
        let source = IPv4Address(bits: 0x0A01_0000 + UInt32(number))
        return FlowKey(network: .ipv4(source: source, destination: IPv4Address(bits: 0x0A02_0001), .udp(source: 5_000, destination: 7)))
    }

    /// A packet of a flow; `reversed` are the Ethernet addresses of the other way.
    static func frame(_ number: Int, length: Int, reversed: Bool = false) -> [UInt8] {
        let (left, right): ([UInt8], [UInt8]) = ([2, 0, 0, 0, 0, 0xAA], [2, 0, 0, 0, 0, 0xBB])
        let ip = length - 14
        let source = UInt32(0x0A01_0000 + number)
        var header: [UInt8] = [0x45, 0, UInt8(ip >> 8), UInt8(ip & 0xFF), 0, 0, 0, 0, 64, 17, 0, 0]
        header += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: source >> $0) } + [0x0A, 2, 0, 1]
        var sum = stride(from: 0, to: 20, by: 2).reduce(0) { $0 + Int(header[$1]) << 8 + Int(header[$1 + 1]) }
        sum = (sum & 0xFFFF) + sum >> 16
        let checksum = ~sum & 0xFFFF
        (header[10], header[11]) = (UInt8(checksum >> 8), UInt8(checksum & 0xFF))
        let udp: [UInt8] = [0x13, 0x88, 0, 7, UInt8((ip - 20) >> 8), UInt8((ip - 20) & 0xFF), 0, 0]
        let ethernet = (reversed ? left + right : right + left) + [0x08, 0x00]
        return ethernet + header + udp + Array(repeating: 0x55, count: ip - 28)
    }

    /// A batch of one flow's packets.
    static func batch(_ count: Int, length: Int, reversed: Bool = false) -> [[UInt8]] {
        Array(repeating: frame(60_000, length: length, reversed: reversed), count: count)
    }
}

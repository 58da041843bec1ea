import CLinux
import Glibc

/// An AF_XDP socket on one queue of an interface, with its memory and rings (kernel documentation, networking/af_xdp).
///
/// It talks to the kernel itself, without libxdp: that would bring a dispatcher program, which lives in a mounted file system and outlives
/// a killed agent, for four rings' worth of code.
struct XDPSocket: ~Copyable {
    let descriptor: CInt
    let mtu: Int
    private let layout: XDPMemory.Layout
    private var memory: XDPMemory
    /// Chunks to send with that nobody uses.
    private let free: UnsafeMutablePointer<UInt64>
    private var freeCount: Int
    /// Frames received since the last release.
    private var held = 0

    /// Opens a socket on an interface's only queue.
    init(_ interface: Interface, index: CInt, native: Bool) throws(ShimError) {
        let mtu = try interface.mtu()
        guard mtu <= XDPMemory.Layout.largestMTU else {
            throw ShimError(
                interface.url.text, "AF_XDP carries no frames of its MTU (\(mtu))",
                remedy: "use packet:\(interface.name), or an MTU of \(XDPMemory.Layout.largestMTU) at most")
        }
        let queues = try interface.checked(clinux_interface_queues(interface.name), "its queues cannot be counted")
        guard queues == 1 else {
            throw ShimError(
                interface.url.text, "it has \(queues) receive queues, and a socket serves one",
                remedy: "leave it one (ethtool -L \(interface.name) combined 1), or use packet:\(interface.name)")
        }
        let descriptor = socket(CInt(AF_XDP), CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 {
            throw BPFFailure(what: "an AF_XDP socket cannot be opened", reason: errno).ofPort(
                interface.url, alternative: "use packet:\(interface.name) instead")
        }
        let layout = XDPMemory.Layout(mtu: mtu)
        guard var memory = XDPMemory(socket: descriptor, layout, index, native: native) else {
            let reason = errno
            close(descriptor)
            let remedy =
                reason == ENOBUFS || reason == ENOMEM
                ? "raise the limit of locked memory (ulimit -l), or give it CAP_IPC_LOCK" : "use packet:\(interface.name) instead"
            throw ShimError(interface.url.text, "its AF_XDP rings cannot be set up: \(errorText(reason))", remedy: remedy)
        }
        for index in 0..<XDPMemory.Layout.received { memory.fill.append(layout.address(index)) }
        memory.fill.publish()
        widenSendBuffer(descriptor, to: usualSendBuffer)
        self.descriptor = descriptor
        self.mtu = mtu
        self.layout = layout
        self.memory = memory
        free = .allocate(capacity: XDPMemory.Layout.sent)
        freeCount = XDPMemory.Layout.sent
        for index in 0..<XDPMemory.Layout.sent { free[index] = layout.address(XDPMemory.Layout.received + index) }
    }

    deinit {
        close(descriptor)
        free.deallocate()
    }

    /// Adds received frames to `frames` until it is full or none waits.
    mutating func receive(into frames: inout FrameBatch, counting counters: inout ShimCounters) {
        let count = min(memory.rx.waiting, frames.capacity - frames.count)
        for _ in 0..<count {
            let entry = memory.rx.next()
            frames.append(referringTo: UnsafeRawBufferPointer(start: memory.base + Int(entry.addr), count: Int(entry.len)))
            counters.received.bytes += Int(entry.len)
        }
        counters.received.frames += count
        held += count
    }

    /// Hands the chunks of the frames received since the last call back to the kernel.
    mutating func release() {
        guard held > 0 else { return }
        let start = ~UInt64(layout.chunk - 1)
        for distance in stride(from: held, to: 0, by: -1) { memory.fill.append(memory.rx.entry(before: distance).addr & start) }
        held = 0
        memory.fill.publish()
        memory.rx.publish()
    }

    /// Sends frames in order; says whether the interface is down.
    mutating func transmit(_ frames: borrowing FrameBatch, counting counters: inout ShimCounters) -> Bool {
        reclaim()
        for index in 0..<frames.count {
            let frame = frames[index]
            guard frame.count <= longestFrame(mtu, for: frame) else {
                counters.oversize += 1
                continue
            }
            guard frame.count >= 14, let base = frame.baseAddress else {
                counters.refused += 1
                continue
            }
            if freeCount == 0 {
                if push(counting: &counters) { return noteDown(frames.count - index, &counters) }
                guard freeCount > 0 else {
                    counters.txQueueFull += frames.count - index
                    return false
                }
            }
            freeCount -= 1
            let chunk = free[freeCount]
            (memory.base + Int(chunk)).copyMemory(from: base, byteCount: frame.count)
            memory.tx.append(xdp_desc(addr: chunk, len: UInt32(frame.count), options: 0))
            counters.transmitted.frames += 1
            counters.transmitted.bytes += frame.count
        }
        return push(counting: &counters)
    }

    /// Sends what a full queue made wait.
    mutating func sendRest(counting counters: inout ShimCounters) {
        if memory.tx.unconsumed > 0 { _ = push(counting: &counters) }
    }

    /// What the kernel dropped since the socket was opened.
    func kernelDrops() -> Int? {
        var statistics = xdp_statistics()
        var size = socklen_t(MemoryLayout<xdp_statistics>.size)
        guard getsockopt(descriptor, SOL_XDP, XDP_STATISTICS, &statistics, &size) == 0 else { return nil }
        return Int(statistics.rx_dropped + statistics.rx_ring_full)
    }

    private func noteDown(_ unsent: Int, _ counters: inout ShimCounters) -> Bool {
        counters.interfaceDown += unsent
        return true
    }

    /// Takes the chunks back whose frames are out.
    private mutating func reclaim() {
        let count = memory.completion.waiting
        guard count > 0 else { return }
        for _ in 0..<count {
            free[freeCount] = memory.completion.next()
            freeCount += 1
        }
        memory.completion.publish()
    }

    /// Has the kernel send what is in the ring, for as long as a full queue may hold us up; says whether the interface is down.
    private mutating func push(counting counters: inout ShimCounters) -> Bool {
        memory.tx.publish()
        defer { reclaim() }
        var deadline: timespec?
        while memory.tx.unconsumed > 0 || freeCount == 0 {
            // A call sends a few dozen frames, and says EAGAIN where there are more.
            if sendto(descriptor, nil, 0, CInt(MSG_DONTWAIT), nil, 0) < 0 {
                switch errno {
                case EAGAIN, EINTR, ENOBUFS: break
                // The interface's queue was full, and the frame is gone.
                case EBUSY:
                    counters.transmitted.frames -= 1
                    counters.txQueueFull += 1
                case let reason:
                    let unsent = memory.tx.unconsumed
                    counters.transmitted.frames -= unsent
                    return counters.countUnsent(reason, frames: unsent)
                }
            }
            reclaim()
            guard memory.tx.unconsumed > 0 || freeCount == 0 else { break }
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            guard let end = deadline else {
                deadline = timespec(tv_sec: now.tv_sec, tv_nsec: now.tv_nsec + sendPatience * 1_000)
                continue
            }
            if (now.tv_sec - end.tv_sec) * 1_000_000_000 + now.tv_nsec - end.tv_nsec >= 0 { break }
        }
        return false
    }
}

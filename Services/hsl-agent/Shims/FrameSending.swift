import CLinux
import Glibc

/// Sends every frame through a socket, with as few system calls as that takes, and counts; says whether the interface is down.
func send(_ frames: borrowing FrameBatch, through socket: CInt, counting counters: inout ShimCounters) -> Bool {
    var isDown = false
    var next = 0
    while next < frames.count {
        let sent = Int(clinux_send_frames(socket, frames.vectors + next, UInt32(frames.count - next)))
        guard sent <= 0 else {
            for index in next..<next + sent { counters.transmitted.bytes += frames.vectors[index].iov_len }
            counters.transmitted.frames += sent
            next += sent
            continue
        }
        let reason = CInt(-sent)
        if reason == EINTR { continue }
        // What holds for one frame holds for all behind it: waiting for each would hold up every other port.
        let affected = [EAGAIN, ENETDOWN, ENXIO, ENODEV, EPIPE, ECONNRESET].contains(reason) ? frames.count - next : 1
        isDown = counters.countUnsent(reason, frames: affected) || isDown
        next += affected
    }
    return isDown
}

/// How much may wait in a socket to be sent, in bytes.
let usualSendBuffer: CInt = 8 << 20

/// How long a full send queue may hold the caller up before frames are dropped, in microseconds.
let sendPatience = 5_000

/// Asks for a send buffer beyond the system's limit, which takes CAP_NET_ADMIN; without it the usual one has to do.
func widenSendBuffer(_ socket: CInt, to size: CInt) {
    var size = size
    if setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, socklen_t(MemoryLayout<CInt>.size)) < 0 {
        setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }
}

/// Has a blocking socket give up sending after ``sendPatience``; 0, or -1 and errno.
func limitSendPatience(_ socket: CInt) -> CInt {
    var patience = timeval(tv_sec: 0, tv_usec: sendPatience)
    return setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
}

/// Takes the error that a socket is waiting to report, 0 if none.
func pendingError(of socket: CInt) -> CInt {
    var reason: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &reason, &size) == 0 ? reason : errno
}

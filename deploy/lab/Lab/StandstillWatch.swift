import CLab
import Foundation
import LabSockets
import Synchronization
import TrafficKit

/// A time in which a processor did nothing for this machine: whoever runs the machine gave it to somebody else, or its kernel let nobody in.
/// What is late because of it says nothing about the system that is measured.
package struct Standstill: Hashable, Sendable {
    /// When it began, in nanoseconds of the monotonic clock.
    package let began: UInt64
    /// When it was over.
    package let ended: UInt64

    /// From one time to another.
    package init(began: UInt64, ended: UInt64) {
        self.began = began
        self.ended = ended
    }

    /// Whether a packet was on its way meanwhile.
    package func overlaps(_ delay: LongestDelay) -> Bool { delay.sentAt < ended && began < delay.arrivedAt }
}

/// Looks for standstills: on each processor a thread that goes before all others wants to run every millisecond.
package final class StandstillWatch: Sendable {
    /// Nanoseconds by which a thread may be late before the processor counts as having stood still.
    package static let tolerance: UInt64 = 2_000_000
    private static let period: UInt64 = 1_000_000
    /// So many are remembered.
    private static let memory = 10_000

    private let isOver = Atomic(false)
    private let found = Mutex<[Standstill]>([])
    private let threads = DispatchGroup()

    /// Begins to look; nil where the kernel lets no thread go before others.
    package init?() {
        let isRefused = Atomic(false)
        let started = DispatchGroup()
        for processor in 0..<sysconf(Int32(_SC_NPROCESSORS_ONLN)) {
            threads.enter()
            started.enter()
            let thread = Thread { [self] in
                if lab_go_before_others(Int32(processor)) != 0 { isRefused.store(true, ordering: .relaxed) }
                started.leave()
                look()
                threads.leave()
            }
            thread.start()
        }
        started.wait()
        if isRefused.load(ordering: .relaxed) {
            _ = stop()
            return nil
        }
    }

    /// Stops looking; what was found, in order.
    package func stop() -> [Standstill] {
        isOver.store(true, ordering: .relaxed)
        threads.wait()
        return found.withLock { $0.sorted { $0.began < $1.began } }
    }

    private func look() {
        var due = monotonicNow()
        while !isOver.load(ordering: .relaxed) {
            due += Self.period
            var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
            while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
            let now = monotonicNow()
            if now > due + Self.tolerance {
                found.withLock { if $0.count < Self.memory { $0.append(Standstill(began: due, ended: now)) } }
                due = now
            }
        }
    }
}

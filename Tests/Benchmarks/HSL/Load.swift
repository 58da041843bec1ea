import Foundation

/// Traffic between two ends, as fast as what lies between them takes it.
enum Load {
    /// What went through.
    struct Outcome {
        var frames = 0
        var lost = 0
        /// Processor time of the thread that sent and received, in seconds.
        var ownTime = 0.0
    }

    /// How many frames may be under way in one direction.
    private static let window = 256

    /// Sends both ways for `seconds`, and waits for what is under way. No end is ever more than a window ahead of the other, so that
    /// nothing is lost for want of room.
    static func run(_ left: any TrafficPort, _ right: any TrafficPort, seconds: Double) -> Outcome {
        var outcome = Outcome()
        let before = threadTime()
        var (toRight, toLeft) = (0, 0)
        let end = clock() + seconds
        var lastArrival = clock()
        while true {
            let now = clock()
            if now < end {
                if toRight < window { toRight += left.send() }
                if toLeft < window { toLeft += right.send() }
            }
            let (right, left) = (right.receive(), left.receive())
            if right + left > 0 {
                lastArrival = now
                toRight -= right
                toLeft -= left
                outcome.frames += right + left
            } else {
                if toRight + toLeft == 0, now >= end { break }
                if now - lastArrival > 0.1 {
                    outcome.lost += toRight + toLeft
                    (toRight, toLeft, lastArrival) = (0, 0, now)
                }
                sched_yield()
            }
        }
        outcome.ownTime = threadTime() - before
        return outcome
    }

    /// The median time that one frame takes from left to right, in microseconds, at a thousand frames a second.
    static func latency(_ left: any TrafficPort, _ right: any TrafficPort, frames: Int) -> Double {
        var delays: [Double] = []
        for _ in 0..<frames {
            let sent = clock()
            let count = left.send()
            var arrived = 0
            while arrived < count, clock() - sent < 0.1 { arrived += right.receive() }
            if arrived == count { delays.append((clock() - sent) * 1e6) }
            while clock() - sent < 0.001 {}
        }
        return median(delays)
    }

    /// Monotonic time in seconds.
    static func clock() -> Double { read(CLOCK_MONOTONIC) }

    private static func threadTime() -> Double { read(CLOCK_THREAD_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// The middle one, 0 of none.
func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }

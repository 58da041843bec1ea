import ControlFrames
import Timing

/// Which process of an instance's agent says something, as far as it says that.
struct Speaker: Hashable, Sendable {
    /// Its number; an older agent has none.
    let process: ProcessNumber?
    /// When it began, at the latest; nil if it need not say, because it knows all that was ever said of what it answers, or cannot.
    let begun: Instant?

    /// Whether another process has certainly spoken.
    func differs(from other: Speaker) -> Bool {
        guard let process, let another = other.process else { return false }
        return process != another
    }
}

/// What is known of the agents' processes: of each instance, when the one that spoke last began, at the latest.
///
/// What a frame takes on its way makes its sender seem younger than it is, never older. So the best of all that a process has said holds.
struct Processes: Sendable {
    private var known: [VNFID: (process: ProcessNumber, begun: Instant)] = [:]

    /// Who has sent a frame that has just come.
    mutating func speaker(of frame: ControlFrame, from vnf: VNFID, at now: Instant) -> Speaker {
        let begun = frame.uptime.map { now + .microseconds(-Int64($0)) }
        guard let process = frame.process else { return Speaker(process: nil, begun: begun) }
        var earliest = begun ?? now
        if let before = known[vnf], before.process == process { earliest = min(earliest, before.begun) }
        known[vnf] = (process, earliest)
        return Speaker(process: process, begun: begun == nil ? nil : earliest)
    }
}

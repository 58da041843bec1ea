import ExampleVNFKit

/// A case for the lab: what runs, what is done to it, and what must hold. A value, so that a new case is a few lines.
///
/// The traffic starts, goes on for ``margin`` seconds, then the steps are taken one after the other, and after another margin
/// everything is counted.
package struct Scenario: Hashable, Sendable, Codable {
    /// What the report calls it.
    package var title = "no handover"
    /// How many functions stand between the switches, all in one group; the first has the flows that no rule names.
    package var functions = 2
    /// How many switches each side has, 1 or 2, and so how many hosts: with two, packets may have to cross the trunk between them.
    package var switchesPerSide = 1
    /// The traffic. The first stream is the one that the case is about.
    package var streams = [Stream()]
    /// TCP connections beside it.
    package var connections: [Connection] = []
    /// What is done, in order.
    package var steps: [Step] = []
    /// What must hold.
    package var expectations = Expectations()
    /// Milliseconds by which the functions prolong each state transfer.
    package var stateMs = 0
    /// Functions that do something wrong.
    package var faults: [Int: Fault] = [:]
    /// Milliseconds that a state transfer may take, if not what is usual.
    package var stateLimitMs: Int?
    /// The MTU of all links.
    package var mtu = 1500
    /// Whether frames may go past the agents while nothing is armed.
    package var fastPath = false
    /// Seconds of traffic before the first step and after the last.
    package var margin = 1.0
    /// Whether the switches keep a cache entry for each flow, where they would keep one for many; for large caches.
    package var cachesEachFlow = false
    /// Whether the controller keeps its state in a directory that outlives it.
    package var keepsControllerState = false
    /// The functions whose agents take no part in direct mode.
    package var sharpOnly: Set<Int> = []
    /// Whether the entries in the switches' tables are counted before, during and after the handovers.
    package var countsEntries = false
    /// Milliseconds that OpenFlow messages take longer, each way.
    package var controllerDelayMs = 0.0

    /// One flow, and nothing is done to it.
    package init() {}

    /// The stream that the case is about.
    package var measured: Stream {
        get { streams.first ?? Stream() }
        set { streams = [newValue] + streams.dropFirst() }
    }

    /// The same traffic with nothing done to it.
    package var withoutSteps: Scenario {
        var scenario = self
        scenario.title = "no handover, \(counted(measured.flows, "flow"))"
        scenario.steps = []
        scenario.expectations.outcome = .any
        return scenario
    }

    /// A stream by its name.
    package func stream(_ name: String) -> Stream? { streams.first { $0.name == name } }
}

/// What must hold at the end of a scenario, beside that every step could be taken.
package struct Expectations: Hashable, Sendable, Codable {
    /// How the flow handovers must have ended.
    package enum Outcome: String, Hashable, Sendable, Codable {
        /// All that the steps asked for completed, and there were no others.
        case completed
        /// Each in one of the ways in which a handover may end; none is open, none was forgotten.
        case ended
        /// Nobody looks.
        case any
    }

    /// How the flow handovers must have ended.
    package var outcome = Outcome.completed
    /// Streams of which packets may be lost, reordered or doubled, and whose state may differ; of all others nothing may.
    package var lossy: Set<String> = []
    /// Whether records and rules must own up to every packet that the streams that may lose packets lost; none may come late or twice.
    package var lossesInRecords = false
    /// Rules that have no flow to move when they come.
    package var unmoved: Set<String> = []
    /// Rules whose flows come back to where they were, because their destination cannot take them.
    package var aborted: Set<String> = []

    /// Nothing is lost and everything completes.
    package init() {}
}

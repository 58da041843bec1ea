import ExampleVNFKit
import TrafficKit

/// Everything that was seen in a run, before anybody judges it.
package struct Observations {
    /// What both ends of a stream counted.
    package struct Ends {
        /// Host 1's end.
        package var sender: TrafficReport
        /// Host 2's end.
        package var reflector: TrafficReport

        /// What both ends counted.
        package init(sender: TrafficReport, reflector: TrafficReport) {
            self.sender = sender
            self.reflector = reflector
        }
    }

    /// Both ends of each stream, by name.
    package var streams: [String: Ends]
    /// What the functions know, by number.
    package var functions: [Int: StateDump]
    /// All handover records, also those that a controller has forgotten since.
    package var handovers: [Handover] = []
    /// How many of them were open when they were last heard of.
    package var forgotten = 0
    /// Packets that rules say were lost on their way to the controller.
    package var lostByRules = 0
    /// What the machine dropped, by where.
    package var drops: [String: Int]
    /// The step that could not be taken, and why.
    package var trouble: String?
    /// TCP connections.
    package var connections: [LabReport.ConnectionBytes] = []
    /// Requests that arrived by themselves.
    package var requests: LabReport.Requests?
    /// The most entries seen in the switches' caches.
    package var cachedFlows: Int?
    /// What the switches say of packets and messages that went to the controller and came from it.
    package var throughController: LabReport.ThroughController?
    /// The entries in the switches' tables, where they were counted.
    package var tableEntries: TableEntries?
    /// Forged control frames.
    package var forged: LabReport.Forged?
    /// When the machine stood still; nil where nobody could look.
    package var standstills: [Standstill]?
    /// What was written down on the way.
    package var snapshots: [String: LabReport.Snapshot] = [:]

    /// What the hosts and the functions counted, and what the machine dropped.
    package init(streams: [String: Ends], functions: [Int: StateDump], drops: [String: Int]) {
        self.streams = streams
        self.functions = functions
        self.drops = drops
    }
}

/// A number and what it counts, in the plural where one is due.
func counted(_ number: Int, _ what: String) -> String {
    number == 1 ? "1 \(what)" : "\(number) \(what)s"
}

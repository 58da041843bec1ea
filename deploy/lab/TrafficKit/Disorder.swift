/// Packets of a flow that arrived behind a later one: which, and when. What belongs to one event is taken together.
package struct Disorder: Hashable, Sendable, Codable {
    /// How many are remembered; those beyond are only counted, with all others.
    package static let memory = 16

    /// The flow's number.
    package var flow: Int
    /// The first packet that came late.
    package var sequence: UInt32
    /// The highest number that had come before it.
    package var behind: UInt32
    /// How many came behind that number.
    package var packets: Int
    /// What the lab called the stretch of time.
    package var label: String
    /// Milliseconds from the beginning of that stretch; in the first one from the first packet that arrived.
    package var afterMs: Double

    /// A disorder of all its parts.
    package init(flow: Int, sequence: UInt32, behind: UInt32, packets: Int, label: String, afterMs: Double) {
        (self.flow, self.sequence, self.behind) = (flow, sequence, behind)
        (self.packets, self.label, self.afterMs) = (packets, label, afterMs)
    }
}

extension Disorder: CustomStringConvertible {
    package var description: String {
        let milliseconds = (afterMs * 10).rounded() / 10
        return "\(packets) of flow \(flow) from number \(sequence) on came behind number \(behind), \(milliseconds) ms into \"\(label)\""
    }
}

/// UDP flows between the two hosts, under a name: each packet numbered, and its loss, order and delay counted.
package struct Stream: Hashable, Sendable, Codable {
    /// The stream that a case is about: delays are measured here.
    package static let measured = "measured"

    /// What it is called.
    package var name = measured
    /// How many flows.
    package var flows = 1
    /// Packets a second from host 1, over all flows together.
    package var rate = 1000.0
    /// Bytes of each Ethernet frame without its checksum, 58 and up.
    package var size = 58
    /// Whether host 2 answers every packet.
    package var bidirectional = true
    /// Which pair of addresses it goes between: 10.0.0.1 and .2 for 0, .3 and .4 for 1, and so on up to ``Layout/addressPairs``. With two
    /// switches on each side those from ``Layout/firstOtherPair`` on belong to hosts 3 and 4.
    package var addressPair = 0
    /// The number of its first flow: streams between the same addresses have different ones.
    package var firstFlow = 0
    /// Whether a step starts it, rather than the beginning of the run.
    package var startsLater = false
    /// Whether the report has the delay of each packet.
    package var keepsDelays = false

    /// The stream that a case is about: one flow of 1,000 packets a second, both ways.
    package init() {}

    /// A stream beside that one.
    package init(_ name: String, flows: Int, rate: Double, addressPair: Int, bidirectional: Bool = true, startsLater: Bool = false) {
        self.name = name
        self.flows = flows
        self.rate = rate
        self.addressPair = addressPair
        self.bidirectional = bidirectional
        self.startsLater = startsLater
    }

    /// The address of host 1, from which flow i goes out of port 5000 + i, counted from the first.
    package var source: String { "10.0.0.\(2 * addressPair + 1)" }
    /// The address of host 2, where flow i comes to port 7000 + i.
    package var destination: String { "10.0.0.\(2 * addressPair + 2)" }
    /// The ports of a flow.
    package func ports(of flow: Int) -> (source: Int, destination: Int) { (5000 + firstFlow + flow, 7000 + firstFlow + flow) }

    /// A flow's name in records and states, forward and reverse.
    package func names(of flow: Int) -> (forward: String, reverse: String) {
        let ports = ports(of: flow)
        let ends = ("\(source):\(ports.source)", "\(destination):\(ports.destination)")
        return ("udp \(ends.0) > \(ends.1)", "udp \(ends.1) > \(ends.0)")
    }
}

/// A TCP connection between the two hosts' kernels whose bytes are compared at the end.
package struct Connection: Hashable, Sendable, Codable {
    /// What it is called.
    package var name = "connection"
    /// Bytes a second from host 1.
    package var rate = 1_000_000.0
    /// Which pair of addresses it goes between, as in ``Stream/addressPair``.
    package var addressPair = 0

    /// A connection of 1 MB a second.
    package init() {}

    /// The address of host 1.
    package var source: String { "10.0.0.\(2 * addressPair + 1)" }
    /// The address of host 2.
    package var destination: String { "10.0.0.\(2 * addressPair + 2)" }
}

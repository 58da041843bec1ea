import TrafficKit

/// The state that the example function keeps of a flow in one direction.
package typealias SequenceState = SequenceDigest

/// Everything the example function knows about itself.
package struct StateDump: Hashable, Sendable, Codable {
    /// A flow in one direction.
    package struct Flow: Hashable, Sendable, Codable {
        /// The flow as `udp 10.0.0.1:5000 > 10.0.0.2:7000`.
        package var flow: String
        /// Packets and digest.
        package var state: SequenceState
        /// `owned`, `frozen` or `awaiting`.
        package var phase: String

        /// A flow, its state and its phase.
        package init(flow: String, state: SequenceState, phase: String) {
            self.flow = flow
            self.state = state
            self.phase = phase
        }
    }

    /// All flows it knows.
    package var flows: [Flow]
    /// Frames it passed on, in both directions.
    package var forwarded: Int
    /// Frames that reached it though the protocol says they must not: of a frozen flow, or before the state was in.
    package var violations: Int
    /// Frames whose headers could not be read; they are passed on like all others.
    package var unreadable: Int
    /// Frames that the kernel dropped because the function did not read them in time.
    package var kernelDrops: Int
    /// Frames that the kernel refused to send.
    package var refused: Int
    /// Whether the HSL agent is on the control channel; nothing if the function was started without one.
    package var controlChannel: Bool?

    /// A dump of everything.
    package init(
        flows: [Flow], forwarded: Int, violations: Int, unreadable: Int, kernelDrops: Int, refused: Int, controlChannel: Bool?
    ) {
        self.flows = flows
        self.forwarded = forwarded
        self.violations = violations
        self.unreadable = unreadable
        self.kernelDrops = kernelDrops
        self.refused = refused
        self.controlChannel = controlChannel
    }
}

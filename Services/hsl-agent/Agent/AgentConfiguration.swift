import ControlFrames
import HSLCore
import Shims

/// What an agent is to bridge.
public struct AgentConfiguration: Sendable {
    /// An interface towards a switch and the network function's interface that belongs to it.
    public struct Pair: Hashable, Sendable {
        /// Towards the switch.
        public let network: ShimURL
        /// Towards the network function.
        public let function: ShimURL

        /// Reads `NETWORK,FUNCTION`: two URLs with a comma between them.
        public init(_ text: String) throws(ShimError) {
            let urls = text.split(separator: ",", omittingEmptySubsequences: false)
            guard urls.count == 2 else {
                throw ShimError(text, "not a pair of ports", remedy: "write NETWORK,FUNCTION, such as packet:eth0,tap:vnf0")
            }
            network = try ShimURL(String(urls[0]))
            function = try ShimURL(String(urls[1]))
        }
    }

    /// Whether frames may go past the agent while nothing is armed.
    public enum FastPathMode: String, CaseIterable, Sendable {
        /// Where ports and kernel allow it.
        case auto
        /// As `auto`, with a warning where they do not.
        case on
        /// Never.
        case off
    }

    /// The network function's number.
    public var vnf: UInt16
    /// The pairs of ports, at least one.
    public var pairs: [Pair]
    /// Where the network function connects, if it is told anything.
    public var controlChannel: String?
    /// How much handovers may hold back.
    public var limits: Limits
    /// The key that control frames are sealed with, if they are.
    public var key: ControlKey?
    /// Whether frames may go past the agent while nothing is armed.
    public var fastPath: FastPathMode

    /// An agent of the function `vnf` that bridges `pairs`.
    public init(
        vnf: UInt16, pairs: [Pair], controlChannel: String? = nil, limits: Limits = Limits(), key: ControlKey? = nil,
        fastPath: FastPathMode = .auto
    ) {
        self.vnf = vnf
        self.pairs = pairs
        self.controlChannel = controlChannel
        self.limits = limits
        self.key = key
        self.fastPath = fastPath
    }
}

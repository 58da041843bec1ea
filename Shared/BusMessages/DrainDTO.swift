/// What an instance is drained to.
public struct DrainSpecification: Hashable, Sendable {
    /// The instance that takes the flows; nil is any other of the group.
    public let destination: RuleSpecification.Destination?
    /// Who detects and buffers; nil leaves that to the controller.
    public let mode: RuleSpecification.Mode?

    /// A drain with its defaults.
    public init(destination: RuleSpecification.Destination? = nil, mode: RuleSpecification.Mode? = nil) {
        self.destination = destination
        self.mode = mode
    }
}

extension DrainSpecification: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable { case destination, mode }

    /// Reads the fields and refuses others.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.object(of: CodingKeys.self)
        destination = try fields.decodeIfPresent(RuleSpecification.Destination.self, forKey: .destination)
        mode = try fields.optionalChoice(.mode, of: RuleSpecification.Mode.self)
    }
}

/// An instance that is out of service, or on its way there or back.
public struct DrainDTO: Hashable, Sendable, Codable {
    /// How far it is.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Flows are still on their way to the other instance.
        case draining
        /// Every flow is there, and new ones go there.
        case drained
        /// It was called off, and flows go back.
        case returning
    }

    /// The instance.
    public let vnf: UInt16
    /// The instance that has its flows.
    public let destination: UInt16
    /// How far it is.
    public let state: State
    /// The rules that it is done by.
    public let rules: [String]
    /// Their flow handovers.
    public let handovers: RuleDTO.Counts

    /// A drain in its present state.
    public init(vnf: UInt16, destination: UInt16, state: State, rules: [String], handovers: RuleDTO.Counts = RuleDTO.Counts()) {
        self.vnf = vnf
        self.destination = destination
        self.state = state
        self.rules = rules
        self.handovers = handovers
    }
}

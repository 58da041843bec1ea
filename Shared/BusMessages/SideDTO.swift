extension GroupDTO {
    /// One end of the group: a switch, or several with trunks between them.
    ///
    /// In JSON `{"switch":"s1","hostPorts":["h1"]}`, with `"group":"g2"` where another group is next in a chain, or
    /// `{"switches":[{"switch":"s1","hostPorts":["h1"]},{"switch":"s3"}],"trunks":[[{"switch":"s1","port":"a"},{"switch":"s3","port":"b"}]]}`.
    public struct Side: Hashable, Sendable {
        /// A switch of the side.
        public struct Member: Hashable, Sendable, Encodable {
            /// The switch.
            public let `switch`: String
            /// The ports behind which hosts are, at most 1,024; none where only VNFs or trunks are, or another group in a chain.
            public let hostPorts: [PortReference]

            /// A switch with these host ports.
            public init(switch id: String, hostPorts: [PortReference] = []) {
                self.switch = id
                self.hostPorts = hostPorts
            }
        }

        /// One end of a trunk.
        public struct TrunkEnd: Hashable, Sendable, Encodable {
            /// The switch.
            public let `switch`: String
            /// The port there.
            public let port: PortReference

            /// A port of a switch.
            public init(switch id: String, port: PortReference) {
                self.switch = id
                self.port = port
            }
        }

        /// A link between two switches of the side; in JSON an array of its ends.
        public struct Trunk: Hashable, Sendable {
            /// One end.
            public let first: TrunkEnd
            /// The other end.
            public let second: TrunkEnd

            /// A link between two ports.
            public init(_ first: TrunkEnd, _ second: TrunkEnd) {
                self.first = first
                self.second = second
            }
        }

        /// The switches, 1 to 64.
        public let switches: [Member]
        /// The links between them, at most 1,024.
        public let trunks: [Trunk]
        /// The group that is next there, in a chain: enough that one of the two names the other. Only where there is one switch.
        public let group: String?

        /// The end at a switch with these host ports, or with another group behind it.
        public init(switch id: String, hostPorts: [PortReference], group: String? = nil) {
            switches = [Member(switch: id, hostPorts: hostPorts)]
            trunks = []
            self.group = group
        }

        /// The end at several switches.
        public init(switches: [Member], trunks: [Trunk]) {
            self.switches = switches
            self.trunks = trunks
            group = nil
        }
    }
}

extension GroupDTO.Side: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable { case `switch`, hostPorts, group, switches, trunks }

    /// Writes the short form where there is one switch.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        if switches.count == 1, trunks.isEmpty {
            try fields.encode(switches[0].switch, forKey: .switch)
            try fields.encode(switches[0].hostPorts, forKey: .hostPorts)
            try fields.encodeIfPresent(group, forKey: .group)
        } else {
            try fields.encode(switches, forKey: .switches)
            try fields.encode(trunks, forKey: .trunks)
        }
    }

    /// Reads the fields of either form and refuses others.
    public init(from decoder: any Decoder) throws {
        let all = try decoder.object(of: CodingKeys.self)
        guard all.contains(.switches) || all.contains(.trunks) else {
            let fields = try decoder.object(only: [CodingKeys.switch, .hostPorts, .group])
            let hasHosts = fields.contains(.hostPorts) || !fields.contains(.group)
            self.init(
                switch: try fields.identifier(.switch),
                hostPorts: hasHosts ? try fields.array(.hostPorts, of: PortReference.self, limit: 1_024) : [],
                group: try fields.contains(.group) ? fields.identifier(.group) : nil)
            return
        }
        let fields = try decoder.object(only: [CodingKeys.switches, .trunks])
        let switches = try fields.array(.switches, of: Member.self, limit: 64)
        guard !switches.isEmpty else { throw fields.error(.switches, "must have at least one element") }
        self.init(switches: switches, trunks: try fields.contains(.trunks) ? fields.array(.trunks, of: Trunk.self, limit: 1_024) : [])
    }
}

extension GroupDTO.Side.Member: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case `switch`, hostPorts }

    /// Reads the fields and refuses others.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.object(of: CodingKeys.self)
        `switch` = try fields.identifier(.switch)
        hostPorts = try fields.contains(.hostPorts) ? fields.array(.hostPorts, of: PortReference.self, limit: 1_024) : []
    }
}

extension GroupDTO.Side.TrunkEnd: Decodable {
    enum CodingKeys: String, CodingKey, CaseIterable { case `switch`, port }

    /// Reads the fields and refuses others.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.object(of: CodingKeys.self)
        `switch` = try fields.identifier(.switch)
        port = try fields.decode(PortReference.self, forKey: .port)
    }
}

extension GroupDTO.Side.Trunk: Codable {
    /// Writes both ends.
    public func encode(to encoder: any Encoder) throws {
        var ends = encoder.unkeyedContainer()
        try ends.encode(first)
        try ends.encode(second)
    }

    /// Reads two ends, no more.
    public init(from decoder: any Decoder) throws {
        let ends = try decoder.singleValueContainer().decode([GroupDTO.Side.TrunkEnd].self)
        guard ends.count == 2 else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "must have two ends"))
        }
        self.init(ends[0], ends[1])
    }
}

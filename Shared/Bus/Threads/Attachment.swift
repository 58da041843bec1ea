/// Where a socket is attached, and how.
public enum Attachment: Hashable, Sendable {
    /// Others connect here.
    case bind(String)
    /// Others listen there.
    case connect(String)

    /// The endpoint of either.
    public var endpoint: String {
        switch self {
        case .bind(let endpoint), .connect(let endpoint): endpoint
        }
    }
}

extension BusSocket {
    /// Attaches the socket everywhere; returns the endpoints, with the ports that wildcards became.
    mutating func attach(_ attachments: [Attachment]) throws(BusError) -> [String] {
        var endpoints: [String] = []
        for attachment in attachments {
            switch attachment {
            case .bind(let endpoint): endpoints.append(try bind(endpoint))
            case .connect(let endpoint):
                try connect(endpoint)
                endpoints.append(endpoint)
            }
        }
        return endpoints
    }
}

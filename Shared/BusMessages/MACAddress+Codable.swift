import Frames

extension MACAddress: Codable {
    /// Reads six hexadecimal octets with colons between them.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        guard let address = MACAddress(try value.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "must be an Ethernet address as 02:00:00:00:01:01")
        }
        self = address
    }

    /// Writes six hexadecimal octets with colons between them.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(description)
    }
}

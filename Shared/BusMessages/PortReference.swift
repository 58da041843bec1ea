/// A switch port as an operator names it.
public enum PortReference: Hashable, Sendable {
    /// By its name in the port description, 1 to 15 bytes (OpenFlow 1.3.5, Section 7.2.1).
    case name(String)
    /// By its OpenFlow port number, 1…0xffffff00 (OFPP_MAX).
    case number(UInt32)
}

extension PortReference: Codable {
    /// Reads a JSON string as a name and a JSON number as a port number.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let name = try? value.decode(String.self) {
            guard (1...15).contains(name.utf8.count) else {
                throw DecodingError.dataCorruptedError(in: value, debugDescription: "must be a port name of 1 to 15 bytes")
            }
            self = .name(name)
        } else if let wide = try? value.decode(Int64.self), (1...0xFFFF_FF00).contains(wide), let number = UInt32(exactly: wide) {
            self = .number(number)
        } else {
            throw DecodingError.dataCorruptedError(
                in: value, debugDescription: "must be a port name or an OpenFlow port number, 1…4294967040")
        }
    }

    /// Writes a name as a string and a number as a number.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .name(let name): try value.encode(name)
        case .number(let number): try value.encode(number)
        }
    }
}

extension PortReference: CustomStringConvertible {
    /// The name or number as it is.
    public var description: String {
        switch self {
        case .name(let name): name
        case .number(let number): "\(number)"
        }
    }
}

/// The 64 bits by which a switch introduces itself (OpenFlow 1.3.5, Section 7.3.1).
public struct DatapathID: Hashable, Sendable {
    /// The identifier as an integer.
    public let bits: UInt64

    /// The identifier of value `bits`.
    public init(bits: UInt64) {
        self.bits = bits
    }
}

extension DatapathID: LosslessStringConvertible {
    /// Up to sixteen hexadecimal digits, as Open vSwitch prints them; nil for anything else.
    public init?(_ text: String) {
        guard (1...16).contains(text.utf8.count), text.allSatisfy(\.isHexDigit), let bits = UInt64(text, radix: 16) else { return nil }
        self.init(bits: bits)
    }

    /// Sixteen hexadecimal digits.
    public var description: String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension DatapathID: Codable {
    /// Reads up to sixteen hexadecimal digits in a string.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        guard let id = DatapathID(try value.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "must be 1 to 16 hexadecimal digits")
        }
        self = id
    }

    /// Writes sixteen hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(description)
    }
}

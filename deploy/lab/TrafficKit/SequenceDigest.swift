/// A running digest over a sequence of payloads: two equal ones mean the same payloads in the same order.
///
/// Hosts compute it over what they send and receive, the example VNF over what passes it: that is how the lab knows that a
/// function's state is S⟨p1…pn⟩ (paper, Section 3.6). It guards against mistakes, not against forgery.
package struct SequenceDigest: Hashable, Sendable {
    /// How many payloads went in.
    package private(set) var packets: UInt64
    /// The digest of all of them, in order.
    package private(set) var value: UInt64

    /// The digest of no payload.
    package init() {
        packets = 0
        value = 0x9E37_79B9_7F4A_7C15
    }

    /// A digest that was computed elsewhere.
    package init(packets: UInt64, value: UInt64) {
        self.packets = packets
        self.value = value
    }

    /// Takes in the next payload.
    package mutating func append(_ payload: RawSpan) {
        var hash = Self.mix(value, UInt64(payload.byteCount))
        payload.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                hash = Self.mix(hash, UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            while offset < bytes.count {
                hash = Self.mix(hash, UInt64(bytes[offset]))
                offset += 1
            }
        }
        value = hash
        packets += 1
    }

    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
        return product ^ (product >> 32)
    }
}

/// As JSON: `{"packets":12,"digest":"00c0ffee00c0ffee"}`; hexadecimal, since JSON's numbers lose the last bits of 64.
extension SequenceDigest: Codable {
    private enum CodingKeys: String, CodingKey {
        case packets, digest
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        packets = try container.decode(UInt64.self, forKey: .packets)
        guard let value = UInt64(try container.decode(String.self, forKey: .digest), radix: 16) else {
            throw DecodingError.dataCorruptedError(forKey: .digest, in: container, debugDescription: "not a hexadecimal number")
        }
        self.value = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(packets, forKey: .packets)
        let digits = String(value, radix: 16)
        try container.encode(String(repeating: "0", count: 16 - digits.count) + digits, forKey: .digest)
    }
}

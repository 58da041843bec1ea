/// The twelve bits that name a VLAN (IEEE 802.1Q).
public struct VLANIdentifier: MaskableValue {
    /// The identifier, 0…4095; 0 where a tag carries nothing but a priority.
    public let bits: UInt16

    /// The identifier made of the low twelve bits of `bits`; the upper four are ignored.
    public init(bits: UInt16) {
        self.bits = bits & 0x0FFF
    }

    /// The value with every bit set.
    public static let allOnes = VLANIdentifier(bits: .max)
    /// The bits that are set in both.
    public func intersection(_ other: VLANIdentifier) -> VLANIdentifier { VLANIdentifier(bits: bits & other.bits) }
}

/// The twenty bits by which an IPv6 sender may mark the packets of a flow (RFC 6437).
public struct FlowLabel: MaskableValue {
    /// The label, 0…1,048,575; 0 where the sender marks nothing.
    public let bits: UInt32

    /// The label made of the low twenty bits of `bits`; the upper twelve are ignored.
    public init(bits: UInt32) {
        self.bits = bits & 0xF_FFFF
    }

    /// The value with every bit set.
    public static let allOnes = FlowLabel(bits: .max)
    /// The bits that are set in both.
    public func intersection(_ other: FlowLabel) -> FlowLabel { FlowLabel(bits: bits & other.bits) }
}

extension VLANIdentifier: LosslessStringConvertible {
    /// `0x` and hexadecimal digits, at most twelve bits; nil for anything else.
    public init?(_ text: String) {
        guard let bits = hexadecimal(text), bits <= Self.allOnes.bits else { return nil }
        self.init(bits: UInt16(bits))
    }

    /// `0x` and four hexadecimal digits, as OpenFlow writes the field.
    public var description: String { hexadecimal(UInt32(bits), digits: 4) }
}

extension FlowLabel: LosslessStringConvertible {
    /// `0x` and hexadecimal digits, at most twenty bits; nil for anything else.
    public init?(_ text: String) {
        guard let bits = hexadecimal(text), bits <= Self.allOnes.bits else { return nil }
        self.init(bits: bits)
    }

    /// `0x` and five hexadecimal digits.
    public var description: String { hexadecimal(bits, digits: 5) }
}

private func hexadecimal(_ text: String) -> UInt32? {
    let digits = text.dropFirst(2)
    guard text.hasPrefix("0x"), !digits.isEmpty, digits.allSatisfy(\.isHexDigit) else { return nil }
    return UInt32(digits, radix: 16)
}

private func hexadecimal(_ number: UInt32, digits: Int) -> String {
    let text = String(number, radix: 16)
    return "0x" + String(repeating: "0", count: max(digits - text.count, 0)) + text
}

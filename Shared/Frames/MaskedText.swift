/// A value that is written as text, with or without a mask.
package protocol MaskedText: MaskableValue, LosslessStringConvertible {
    /// What the value is called in an error.
    static var name: String { get }
    /// The mask of so many leading ones; nil where there is no such mask, or none of this kind.
    static func prefix(_ length: Int) -> Self?
    /// How many leading ones the mask is made of; nil where it is not, or where prefixes are not written.
    var prefixLength: Int? { get }
}

/// Why text is not a masked value.
package enum MaskedTextError: Error, Hashable, CustomStringConvertible {
    /// The value cannot be read.
    case value(name: String)
    /// The mask cannot be read.
    case mask(name: String)
    /// The mask leaves out bits that the value sets.
    case bitsOutsideMask(meant: String)

    /// The error for people, to stand behind the field's name.
    package var description: String {
        switch self {
        case .value(let name): "must be \(name)"
        case .mask(let name): "has a mask that is not \(name)"
        case .bitsOutsideMask(let meant): "has bits set outside its mask; \(meant) would have none"
        }
    }
}

extension Masked where Value: MaskedText {
    /// Reads `value`, `value/mask` or `value/prefix length`.
    package init(text: String) throws(MaskedTextError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let value = Value(String(first)) else { throw .value(name: Value.name) }
        guard parts.count == 2 else {
            self.init(value)
            return
        }
        let mask: Value?
        if !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            mask = Int(parts[1]).flatMap(Value.prefix)
        } else {
            mask = Value(String(parts[1]))
        }
        guard let mask else { throw .mask(name: Value.name) }
        self.init(value, mask: mask)
        guard self.value == value else { throw .bitsOutsideMask(meant: maskedText(self)) }
    }
}

/// The shortest text that reads as `masked` again.
package func maskedText<Value: MaskedText>(_ masked: Masked<Value>) -> String {
    if masked.isExact { return "\(masked.value)" }
    return "\(masked.value)/\(masked.mask.prefixLength.map(String.init) ?? "\(masked.mask)")"
}

extension MACAddress: MaskedText {
    package static var name: String { "an Ethernet address as 02:00:00:00:01:01" }
    package static func prefix(_ length: Int) -> MACAddress? { nil }
    package var prefixLength: Int? { nil }
}

extension IPv4Address: MaskedText {
    package static var name: String { "an IPv4 address as 10.0.0.1" }

    package static func prefix(_ length: Int) -> IPv4Address? {
        guard (0...32).contains(length) else { return nil }
        return IPv4Address(bits: UInt32.max << (32 - length))
    }

    package var prefixLength: Int? {
        let ones = (~bits).leadingZeroBitCount
        return IPv4Address.prefix(ones) == self ? ones : nil
    }
}

extension IPv6Address: MaskedText {
    package static var name: String { "an IPv6 address as 2001:db8::1" }

    package static func prefix(_ length: Int) -> IPv6Address? {
        guard (0...128).contains(length) else { return nil }
        return IPv6Address(high: UInt64.max << max(64 - length, 0), low: UInt64.max << min(128 - length, 64))
    }

    package var prefixLength: Int? {
        let ones = high == .max ? 64 + (~low).leadingZeroBitCount : (~high).leadingZeroBitCount
        return IPv6Address.prefix(ones) == self ? ones : nil
    }
}

extension VLANIdentifier: MaskedText {
    package static var name: String { "a hexadecimal number of twelve bits as 0x0100" }
    package static func prefix(_ length: Int) -> VLANIdentifier? { nil }
    package var prefixLength: Int? { nil }
}

extension FlowLabel: MaskedText {
    package static var name: String { "a hexadecimal number of twenty bits as 0x00012" }
    package static func prefix(_ length: Int) -> FlowLabel? { nil }
    package var prefixLength: Int? { nil }
}

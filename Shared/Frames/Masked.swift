/// A value of which only the bits set in `mask` have to agree.
public struct Masked<Value: MaskableValue>: Hashable, Sendable {
    /// The bits to agree with; zero where the mask is.
    public let value: Value
    /// One for each bit that has to agree.
    public let mask: Value

    /// A match of all bits.
    public init(_ value: Value) {
        self.init(value, mask: .allOnes)
    }

    /// A match of the bits set in `mask`; what `value` says elsewhere is ignored.
    public init(_ value: Value, mask: Value) {
        self.value = value.intersection(mask)
        self.mask = mask
    }

    /// Whether all bits have to agree.
    public var isExact: Bool { mask == .allOnes }

    /// Whether `other` agrees in every bit of the mask.
    public func matches(_ other: Value) -> Bool { other.intersection(mask) == value }

    /// Whether some value agrees with both.
    public func overlaps(_ other: Masked) -> Bool {
        let shared = mask.intersection(other.mask)
        return value.intersection(shared) == other.value.intersection(shared)
    }
}

/// A fixed number of bits that can be matched under a mask.
public protocol MaskableValue: Hashable, Sendable {
    /// The value with every bit set.
    static var allOnes: Self { get }
    /// The bits that are set in both.
    func intersection(_ other: Self) -> Self
}

extension MACAddress: MaskableValue {
    /// The value with every bit set.
    public static var allOnes: MACAddress { .broadcast }
    /// The bits that are set in both.
    public func intersection(_ other: MACAddress) -> MACAddress { MACAddress(bits: bits & other.bits) }
}

extension IPv4Address: MaskableValue {
    /// The value with every bit set.
    public static var allOnes: IPv4Address { IPv4Address(bits: .max) }
    /// The bits that are set in both.
    public func intersection(_ other: IPv4Address) -> IPv4Address { IPv4Address(bits: bits & other.bits) }
}

extension IPv6Address: MaskableValue {
    /// The value with every bit set.
    public static var allOnes: IPv6Address { IPv6Address(high: .max, low: .max) }
    /// The bits that are set in both.
    public func intersection(_ other: IPv6Address) -> IPv6Address { IPv6Address(high: high & other.high, low: low & other.low) }
}

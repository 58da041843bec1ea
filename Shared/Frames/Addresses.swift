import Wire

/// A 48-bit Ethernet address.
public struct MACAddress: Hashable, Sendable {
    /// The address in the low 48 bits.
    public let bits: UInt64

    /// The address whose low 48 bits are `bits`; the upper sixteen are ignored.
    public init(bits: UInt64) {
        self.bits = bits & 0xFFFF_FFFF_FFFF
    }

    /// The address of all zeros, which control frames to the controller carry as destination.
    public static let zero = MACAddress(bits: 0)
    /// The address of all ones.
    public static let broadcast = MACAddress(bits: 0xFFFF_FFFF_FFFF)

    /// Whether the group bit is set (multicast and broadcast).
    public var isGroup: Bool { bits >> 40 & 1 == 1 }
}

extension MACAddress: LosslessStringConvertible {
    /// Six hexadecimal octets with colons between them; nil for anything else.
    public init?(_ text: String) {
        let octets = text.split(separator: ":", omittingEmptySubsequences: false)
        guard octets.count == 6 else { return nil }
        var bits: UInt64 = 0
        for octet in octets {
            guard (1...2).contains(octet.count), octet.first != "+", octet.first != "-", let value = UInt8(octet, radix: 16) else {
                return nil
            }
            bits = bits << 8 | UInt64(value)
        }
        self.init(bits: bits)
    }

    /// The address as six hexadecimal octets with colons between them.
    public var description: String {
        (0..<6).map { index in
            let octet = bits >> UInt64(40 - 8 * index) & 0xFF
            return (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }.joined(separator: ":")
    }
}

/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable {
    /// The address as an integer: 10.0.0.1 is 0x0A000001.
    public let bits: UInt32

    /// The address whose value is `bits`.
    public init(bits: UInt32) {
        self.bits = bits
    }

    /// Whether the address stands for many hosts: multicast (224.0.0.0/4) or 255.255.255.255.
    public var isGroup: Bool { bits >> 28 == 0xE || bits == .max }
}

extension IPv4Address: LosslessStringConvertible {
    /// Four decimal octets with dots between them; nil for anything else, leading zeros included, which some programs read as octal.
    public init?(_ text: String) {
        var (bits, octet, digits, dots): (UInt32, UInt32, Int, Int) = (0, 0, 0, 0)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits == 0 || octet > 0 else { return nil }
                octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                guard octet <= 255 else { return nil }
            case UInt8(ascii: "."):
                guard digits > 0, dots < 3 else { return nil }
                bits = bits << 8 | octet
                (octet, digits, dots) = (0, 0, dots + 1)
            default: return nil
            }
        }
        guard dots == 3, digits > 0 else { return nil }
        self.init(bits: bits << 8 | octet)
    }

    /// The address as four decimal octets with dots between them.
    public var description: String {
        "\(bits >> 24).\(bits >> 16 & 0xFF).\(bits >> 8 & 0xFF).\(bits & 0xFF)"
    }
}

/// An IPv6 address.
public struct IPv6Address: Hashable, Sendable {
    /// The first eight octets as an integer.
    public let high: UInt64
    /// The last eight octets as an integer.
    public let low: UInt64

    /// The address made of two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Whether the address stands for many hosts: multicast (ff00::/8).
    public var isGroup: Bool { high >> 56 == 0xFF }
}

extension IPv6Address: LosslessStringConvertible {
    /// Eight groups of hexadecimal digits, of which one run of zeros may be written `::`; nil for anything else.
    public init?(_ text: String) {
        func groups(_ part: Substring) -> [UInt16]? {
            guard !part.isEmpty else { return [] }
            var values: [UInt16] = []
            for group in part.split(separator: ":", omittingEmptySubsequences: false) {
                guard (1...4).contains(group.count), group.allSatisfy(\.isHexDigit), let value = UInt16(group, radix: 16) else {
                    return nil
                }
                values.append(value)
            }
            return values
        }
        var all: [UInt16]
        if let gap = text.firstRange(of: "::") {
            guard let before = groups(text[..<gap.lowerBound]), let after = groups(text[gap.upperBound...]),
                before.count + after.count < 8
            else { return nil }
            all = before + Array(repeating: 0, count: 8 - before.count - after.count) + after
        } else {
            guard let whole = groups(text[...]), whole.count == 8 else { return nil }
            all = whole
        }
        func half(_ groups: ArraySlice<UInt16>) -> UInt64 { groups.reduce(0) { $0 << 16 | UInt64($1) } }
        self.init(high: half(all[0..<4]), low: half(all[4..<8]))
    }

    /// The address in the form of RFC 5952: lower case, the longest run of two or more zero groups as `::`.
    public var description: String {
        let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> UInt64($0)) } }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = max(end, start + 1)
        }
        func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        guard !longest.isEmpty else { return text(groups[...]) }
        return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
    }
}

extension ByteReader {
    /// The next six bytes as an Ethernet address.
    public mutating func readMAC() throws(WireError) -> MACAddress { MACAddress(bits: try read48()) }
    /// The next four bytes as an IPv4 address.
    public mutating func readIPv4() throws(WireError) -> IPv4Address { IPv4Address(bits: try read()) }
    /// The next sixteen bytes as an IPv6 address.
    public mutating func readIPv6() throws(WireError) -> IPv6Address { IPv6Address(high: try read(), low: try read()) }
}

extension ByteWriter {
    /// Appends an Ethernet address.
    public mutating func write(_ address: MACAddress) { write48(address.bits) }
    /// Appends an IPv4 address.
    public mutating func write(_ address: IPv4Address) { write(address.bits) }
    /// Appends an IPv6 address.
    public mutating func write(_ address: IPv6Address) {
        write(address.high)
        write(address.low)
    }
}

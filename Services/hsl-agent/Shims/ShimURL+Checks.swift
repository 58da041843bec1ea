import Frames

/// What the kinds of port demand of their URLs.
extension ShimURL {
    /// MTUs that an Ethernet interface may have, in bytes.
    static let mtuRange = 68...65_521

    /// Throws unless the target can be an interface's name.
    func requireInterface() throws(ShimError) {
        guard !target.isEmpty else { throw ShimError(text, "no interface named", remedy: "write SCHEME:INTERFACE") }
        guard target.utf8.count <= 15 else {
            throw ShimError(text, "the interface's name is longer than 15 bytes", remedy: "Linux has no longer names; choose a shorter one")
        }
        let isPlain = target.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }
        guard isPlain, target != ".", target != ".." else {
            throw ShimError(text, "'\(target)' cannot be an interface's name", remedy: "use printable ASCII without '/' and spaces")
        }
    }

    /// Throws unless the target can be a path.
    func requirePath() throws(ShimError) {
        guard !target.isEmpty, !target.utf8.contains(0) else { throw ShimError(text, "no file named", remedy: "write \(scheme):PATH") }
    }

    /// Throws where a parameter was given that is not one of `known`.
    func requireParameters(in known: String...) throws(ShimError) {
        for name in parameters.keys.sorted() where !known.contains(name) {
            let remedy = known.isEmpty ? "\(scheme): takes none" : "\(scheme): takes \(known.joined(separator: ", "))"
            throw ShimError(text, "unknown parameter '\(name)'", remedy: remedy)
        }
    }

    /// A parameter that is a number; nil where it is not given.
    func number(_ name: String, in range: ClosedRange<Int>) throws(ShimError) -> Int? {
        guard let value = parameters[name] else { return nil }
        guard let number = Int(value), range.contains(number) else {
            throw ShimError(text, "\(name) is '\(value)'", remedy: "give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The parameter `mac`; nil where it is not given.
    func address() throws(ShimError) -> MACAddress? {
        guard let value = parameters["mac"] else { return nil }
        guard let address = MACAddress(value), !address.isGroup, address != .zero else {
            throw ShimError(text, "'\(value)' is no unicast Ethernet address", remedy: "write mac=02:00:00:00:00:01")
        }
        return address
    }
}

/// What a port without an interface is given instead of asking one.
struct GivenLink {
    /// Its MTU in bytes, of the parameter `mtu`.
    let mtu: Int
    /// Its Ethernet address, of the parameter `mac`.
    let address: MACAddress

    init(_ url: ShimURL) throws(ShimError) {
        mtu = try url.number("mtu", in: ShimURL.mtuRange) ?? 1_500
        address = try url.address() ?? MACAddress(bits: 0x0200_0000_0001)
    }
}

/// The longest frame that an MTU allows, which counts neither the Ethernet header nor one VLAN tag.
func longestFrame(_ mtu: Int, for frame: UnsafeRawBufferPointer) -> Int {
    guard frame.count >= 14 else { return mtu + 14 }
    let type = UInt16(frame[12]) << 8 | UInt16(frame[13])
    return mtu + 14 + (type == EtherType.vlan || type == EtherType.serviceVLAN ? 4 : 0)
}

import Frames

/// Which port a shim is to open, as the command line says it: `packet:eth0`, `tap:vnf0?mtu=9000&mac=02:00:00:00:00:01`.
public struct ShimURL: Hashable, Sendable {
    /// How frames are moved.
    public enum Scheme: Hashable, Sendable {
        /// An AF_PACKET ring on a network interface.
        case packet
        /// libpcap on a network interface.
        case pcap
        /// A TAP interface, made if there is none.
        case tap(TAPSettings)
    }

    /// What a TAP interface is set to when it is opened; nil leaves what the kernel chose.
    public struct TAPSettings: Hashable, Sendable {
        /// Its Ethernet address.
        public var mac: MACAddress?
        /// Its MTU in bytes.
        public var mtu: Int?
        /// How many frames wait for their reader before the kernel drops.
        public var queueLength = 10_000

        /// The settings of a TAP without parameters.
        public init() {}
    }

    /// How frames are moved.
    public let scheme: Scheme
    /// The network interface.
    public let interface: String
    /// The URL as it was given.
    public let text: String

    /// Reads a URL.
    public init(_ text: String) throws(ShimError) {
        guard let colon = text.firstIndex(of: ":") else {
            throw ShimError(text, "not a port", remedy: "write SCHEME:INTERFACE, such as packet:eth0")
        }
        let rest = text[text.index(after: colon)...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let parameters = rest.count == 2 ? rest[1].split(separator: "&").map(String.init) : []
        interface = String(rest[0])
        self.text = text
        try Self.check(interface: interface, of: text)
        switch text[..<colon] {
        case "packet", "pcap":
            scheme = text[..<colon] == "pcap" ? .pcap : .packet
            guard parameters.isEmpty else {
                throw ShimError(text, "unknown parameter '\(parameters[0])'", remedy: "only tap: takes parameters")
            }
        case "tap": scheme = .tap(try TAPSettings(parameters, of: text))
        default:
            throw ShimError(text, "unknown scheme '\(text[..<colon])'", remedy: "the schemes are packet, pcap and tap")
        }
    }

    private static func check(interface: String, of text: String) throws(ShimError) {
        guard !interface.isEmpty else { throw ShimError(text, "no interface named", remedy: "write SCHEME:INTERFACE") }
        guard interface.utf8.count <= 15 else {
            throw ShimError(text, "the interface's name is longer than 15 bytes", remedy: "Linux has no longer names; choose a shorter one")
        }
        let isPlain = interface.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }
        guard isPlain, interface != ".", interface != ".." else {
            throw ShimError(text, "'\(interface)' cannot be an interface's name", remedy: "use printable ASCII without '/' and spaces")
        }
    }
}

extension ShimURL.TAPSettings {
    init(_ parameters: [String], of text: String) throws(ShimError) {
        for parameter in parameters {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : ""
            switch parts[0] {
            case "mac":
                guard let address = MACAddress(value), !address.isGroup, address != .zero else {
                    throw ShimError(text, "'\(value)' is no unicast Ethernet address", remedy: "write mac=02:00:00:00:00:01")
                }
                mac = address
            case "mtu": mtu = try Self.number(value, in: 68...65_521, parameter: "mtu", of: text)
            case "txqueuelen": queueLength = try Self.number(value, in: 1...1_000_000, parameter: "txqueuelen", of: text)
            default:
                throw ShimError(text, "unknown parameter '\(parts[0])'", remedy: "tap: takes mac, mtu and txqueuelen")
            }
        }
    }

    private static func number(_ value: String, in range: ClosedRange<Int>, parameter: String, of text: String) throws(ShimError) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw ShimError(
                text, "\(parameter) is '\(value)'", remedy: "give a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

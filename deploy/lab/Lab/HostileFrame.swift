/// A frame that a host has no business to send.
package enum HostileFrame: Hashable, Sendable, Codable {
    /// A control frame of this command for a handover, to one of ``receivers``.
    case control(Command, handover: UInt16, receiver: Int)
    /// A frame of so few bytes that only the Ethernet header fits, and the beginning of an IPv4 header.
    case short(bytes: Int)

    /// A command of the protocol (design, Section 3).
    package enum Command: UInt16, Hashable, Sendable, Codable, CaseIterable {
        case startSource = 0x0001
        case startDestination = 0x0002
        case releaseFinished = 0x0005
        case handoverFinished = 0x0007
        case fence = 0x0009
        case abort = 0x000B
        case transport = 0x0100
    }

    /// Everybody whom a forger would like to reach: the functions' interfaces at the ingress switch, all, and the controller.
    package static let receivers = ["02:00:00:00:01:01", "02:00:00:00:02:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"]

    /// Every command for every handover to everybody.
    package static func forgeries(of handovers: ClosedRange<UInt16>) -> [HostileFrame] {
        handovers.flatMap { handover in
            Command.allCases.flatMap { command in receivers.indices.map { .control(command, handover: handover, receiver: $0) } }
        }
    }

    /// The frame as it goes out of host 1.
    package var bytes: [UInt8] {
        switch self {
        case .short(let count):
            let start = Self.mac(Layout.hosts[1].mac) + Self.mac(Layout.hosts[0].mac) + [0x08, 0x00, 0x45, 0x00]
            return Array((start + Array(repeating: 0, count: max(0, count))).prefix(count))
        case .control(let command, let handover, let receiver):
            let body = command.body
            let frame =
                Self.mac(Self.receivers[receiver % Self.receivers.count]) + Self.mac(Layout.hosts[0].mac) + [0x82, 0x1C]
                + Self.number(command.rawValue) + Self.number(handover) + Self.number(UInt32(body.count)) + body
            return frame + Array(repeating: 0, count: max(0, 60 - frame.count))
        }
    }

    private static func mac(_ text: String) -> [UInt8] {
        text.split(separator: ":").map { UInt8($0, radix: 16) ?? 0 }
    }

    fileprivate static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}

extension HostileFrame.Command {
    /// The TLVs that make the command believable: written by hand, as somebody with the protocol's description would.
    fileprivate var body: [UInt8] {
        switch self {
        case .startSource, .startDestination:
            Self.tlv(0x0001, UInt16(1)) + Self.tlv(0x0002, UInt16(2)) + Self.tlv(0x0003, UInt16(0x0800))
                + Self.tlv(0x0006, UInt32(0x0A00_0001)) + Self.tlv(0x0007, UInt32(0x0A00_0002)) + Self.tlv(0x0022, UInt8(17))
                + Self.tlv(0x0008, UInt16(5000)) + Self.tlv(0x0009, UInt16(7000)) + Self.tlv(0x0031, UInt32(2))
        case .releaseFinished: Self.tlv(0x0031, UInt32(0))
        case .handoverFinished, .fence: []
        case .abort: Self.tlv(0x0034, Array("forged".utf8))
        case .transport: Self.tlv(0x0030, UInt32(0)) + Self.tlv(0x0100, HostileFrame.short(bytes: 60).bytes)
        }
    }

    private static func tlv(_ type: UInt16, _ value: some FixedWidthInteger) -> [UInt8] { tlv(type, HostileFrame.number(value)) }

    private static func tlv(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
        HostileFrame.number(type) + HostileFrame.number(UInt16(value.count)) + value
    }
}
